/** A host with a VM 101 to try things on, and a VM 9999 of somebody else. */

import type { AccessSeed, HostSeed, PveVersion, SimulatorOptions } from '../../../../src/simulator/index.ts';
import type { DriveSeed, Host, NodeSeed, VmSeed } from '../../../../src/simulator/state/host.ts';
import { seedVm } from '../../../../src/simulator/state/seed.ts';
import type { Volume } from '../../../../src/simulator/state/volume.ts';
import { pve, seed, type PveClient } from '../../../support/pve.ts';

export const GIB = 2 ** 30;

export interface Guest {
  readonly config?: Readonly<Record<string, string>>;
  readonly drives?: Readonly<Record<string, DriveSeed>>;
  readonly running?: boolean;
  readonly template?: boolean;
}

export interface Stage extends Omit<SimulatorOptions, 'seed' | 'version'> {
  readonly node?: Partial<NodeSeed>;
  readonly version?: PveVersion;
  readonly seed?: Partial<HostSeed>;
  /** The test changes more of the host than its VMs and their volumes. */
  readonly alone?: true;
}

const DISK: DriveSeed = { storage: 'local-lvm', size: 10 * GIB };

/** Files as an administrator has put them there. */
const FILES: NonNullable<HostSeed['files']> = [
  { node: 'pve', storage: 'local', content: 'iso', name: 'talos.iso', size: 100 },
  { node: 'pve', storage: 'local', content: 'iso', name: 'other.iso', size: 100 },
  { node: 'pve', storage: 'local', content: 'snippets', name: 'user.yaml', size: 1_000 },
  { node: 'pve', storage: 'local', content: 'snippets', name: 'meta.yaml', size: 1_000 },
  { node: 'pve', storage: 'local', content: 'snippets', name: 'large.yaml', size: 3 * 2 ** 20 },
  { node: 'pve', storage: 'local', content: 'import', name: 'talos.qcow2', size: 100, virtualSize: 10 * GIB },
];

function vmSeed({ config = {}, drives = {}, ...rest }: Guest, vmid: number): VmSeed {
  return {
    vmid,
    node: 'pve',
    config: { scsihw: 'virtio-scsi-single', ostype: 'l26', boot: 'order=scsi0', ...config },
    drives: { scsi0: DISK, ...drives },
    ...rest,
  };
}

interface Kept {
  readonly client: PveClient;
  readonly files: readonly Volume[];
}

/** To start a simulator takes longer than a test, so one serves all that need the same host. */
const kept = new Map<string, Kept>();

/** @param guest what VM 101 is besides a disk at scsi0 */
export async function stage(guest: Guest, { node, seed: more, alone, ...options }: Stage = {}): Promise<PveClient> {
  const key = alone === true ? `alone ${kept.size}` : JSON.stringify([node, more, options]);
  const { client, files } = kept.get(key) ?? (await open(key, { node: node ?? {}, seed: more ?? {}, ...options }));
  const { host } = client.simulator;
  await host.tasks.settled();
  clear(host);
  for (const file of files) host.storages.put('pve', file);
  seedVm(host, vmSeed(guest, 101));
  seedVm(host, vmSeed({ drives: { scsi1: DISK } }, 9999));
  return client;
}

async function open(key: string, { node, seed: more, ...options }: Stage): Promise<Kept> {
  const nodes = [{ name: 'pve', bridges: ['vmbr0'], ...node }];
  const client = await pve({ ...options, seed: seed({ nodes, files: FILES, vms: [], ...more }) });
  const opened = { client, files: client.simulator.host.storages.allVolumes() };
  kept.set(key, opened);
  return opened;
}

function clear({ vms, storages }: Host): void {
  for (const { vmid } of vms.all()) vms.remove(vmid);
  for (const { volid } of storages.allVolumes()) storages.remove('pve', volid);
}

/** After each test, or once: what the simulators of a file have to say for themselves at their end. */
export async function closeStages(): Promise<readonly string[]> {
  const crashes = [...kept.values()].flatMap(({ client }) => client.simulator.log.crashes());
  for (const { client } of kept.values()) await client.close();
  kept.clear();
  return crashes.map(({ method, path, crash }) => `${method} ${path}: ${crash ?? ''}`);
}

export const TOKEN = { user: 'talmox@pve', name: 'ci', secret: 'bbbbbbbb-0000-4000-8000-000000000002' };

/** `/vms/101 VM.Audit,VM.Config.Disk` */
export type Grant = `${string} ${string}`;

/** A stage on which the client has these privileges and no more. */
export function only(...grants: readonly Grant[]): Stage {
  const id = `${TOKEN.user}!${TOKEN.name}`;
  const roles = grants.map((grant, index) => [`Role${index}`, (grant.split(' ')[1] ?? '').split(',')] as const);
  const access: AccessSeed = {
    users: [{ id: 'root@pam' }, { id: TOKEN.user }],
    tokens: [{ id, secret: TOKEN.secret, privilegeSeparation: false }],
    roles: Object.fromEntries(roles),
    acl: grants.map((grant, index) => ({ path: grant.split(' ')[0] ?? '', who: TOKEN.user, role: `Role${index}` })),
  };
  return { seed: { access }, token: TOKEN };
}

/** Root by password, where the stage has the access of `seed()`. @returns headers in place of the token's */
export async function asRoot(client: PveClient): Promise<Record<string, string>> {
  const form = { username: 'root@pam', password: 'secret' };
  const { data } = await client.call('POST', '/access/ticket', form, { authorization: '' });
  return {
    authorization: '',
    cookie: `PVEAuthCookie=${encodeURIComponent(data.ticket)}`,
    csrfpreventiontoken: data.CSRFPreventionToken,
  };
}

/** What a VM holds now, pending changes left out. */
export function current(client: PveClient, vmid = 101): Record<string, string> {
  return Object.fromEntries(client.simulator.host.vms.get('pve', vmid).config);
}

export function pendingKeys(client: PveClient, vmid = 101): string[] {
  const { pending, pendingDeletes } = client.simulator.host.vms.get('pve', vmid);
  return [...pending.keys(), ...pendingDeletes.keys()].sort();
}

/** Disks of VMs, attached or not. */
export function volumes(client: PveClient): string[] {
  return client.simulator.host.storages
    .allVolumes()
    .filter(({ content }) => content === 'images')
    .map(({ volid }) => volid)
    .sort();
}
