/** VMs that are there from the start. */

import { checkProperty, type Errors } from '../schema/check.ts';
import { vmConfigProperties } from '../schema/facts.ts';
import { fail } from './errors.ts';
import { Host, type DriveSeed, type HostOptions, type HostSeed, type VmSeed } from './host.ts';
import { needImages } from './storages.ts';

/** A host with the VMs of its seed. @throws ApiError for a seed that cannot be: a VM id twice, an option that is none */
export function seededHost(seed: HostSeed, options: HostOptions): Host {
  const host = new Host(seed, options);
  for (const vm of seed.vms ?? []) seedVm(host, vm);
  return host;
}

/** Puts a VM onto a host, as if it had been there all along. @throws ApiError where it cannot be */
export function seedVm(host: Host, seed: VmSeed): void {
  const { vmid, node } = seed;
  if (host.guest(vmid) !== null) fail(`VM ${vmid} already exists`);
  host.node(node);
  needValidOptions(host, seed);
  const vm = host.vms.add(vmid, node, new Map(Object.entries(seed.config)));
  for (const [key, drive] of Object.entries(seed.drives ?? {})) vm.config.set(key, seedDrive(host, seed, key, drive));
  if (seed.template === true) vm.config.set('template', '1');
  if (seed.running === true) {
    vm.pid = host.tasks.nextPid();
    vm.startedAt = host.clock.now();
  }
  if (seed.pool !== undefined) host.pools.addVm(seed.pool, vmid);
  host.vms.announceAsOld(vm);
}

/** Keys that Proxmox writes and no request may. */
const INTERNAL: ReadonlySet<string> = new Set([
  'meta',
  'runningcpu',
  'runningmachine',
  'template',
  'vmgenid',
  'vmstate',
]);

function needValidOptions(host: Host, { vmid, config }: VmSeed): void {
  const properties = vmConfigProperties(host.version);
  const errors: Errors = {};
  for (const [key, value] of Object.entries(config)) {
    const property = properties.get(key);
    if (property !== undefined) checkProperty(value, property, key, errors);
    else if (!INTERNAL.has(key)) errors[key] = 'unknown option';
  }
  const [first] = Object.entries(errors);
  if (first !== undefined) fail(`VM ${vmid}: ${first[0]}: ${first[1].trim()}`);
}

function seedDrive(
  host: Host,
  { vmid, node, template }: VmSeed,
  key: string,
  { storage, size, cloudInit, options = {} }: DriveSeed,
): string {
  const { storages } = host;
  const isFile = storages.on(node, storage).path !== null;
  needImages(storages.get(storage));
  if (cloudInit === true) {
    const { volid } = storages.allocate({
      node,
      storage,
      vmid,
      size: 4 * 2 ** 20,
      format: isFile ? 'qcow2' : 'raw',
      name: `vm-${vmid}-cloudinit`,
    });
    return host.configs.print(key, { file: volid, media: 'cdrom', ...options });
  }
  const made = storages.allocate({ node, storage, vmid, size });
  const volume = template === true ? storages.toBase(node, made) : made;
  return host.configs.print(key, { file: volume.volid, size: String(volume.size), ...options });
}
