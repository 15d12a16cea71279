/** Values of a VM's options as they are stored, and which of them a running guest takes at once. */

import { splitList } from '../../schema/formats.ts';
import { DRIVE } from '../../state/config.ts';
import type { Host } from '../../state/host.ts';
import type { VirtualMachine, VmConfig } from '../../state/vms.ts';
import { detach } from './disks.ts';

/** Options that are no business of the running guest. */
const IMMEDIATE: ReadonlySet<string> = new Set([
  'cicustom',
  'cipassword',
  'citype',
  'ciupgrade',
  'ciuser',
  'description',
  'hookscript',
  'lock',
  'migrate_downtime',
  'migrate_speed',
  'name',
  'nameserver',
  'onboot',
  'protection',
  'searchdomain',
  'shares',
  'sshkeys',
  'startup',
  'tags',
  'vmstatestorage',
]);
const DEFAULT_HOTPLUG = ['network', 'disk', 'usb'];

/** What a request's options become before they are stored. */
export function storedOptions(host: Host, options: VmConfig): VmConfig {
  const out: VmConfig = new Map();
  for (const [key, value] of options) out.set(key === 'cdrom' ? 'ide2' : key, storedValue(host, key, value));
  return out;
}

function storedValue(host: Host, key: string, value: string): string {
  if (/^net\d+$/.test(key)) return withMacAddress(host, value, false);
  switch (key) {
    case 'tags':
      return [...new Set(splitList(value).map((tag) => tag.toLowerCase()))].sort().join(';');
    case 'vmgenid':
      return value === '1' ? host.random.uuid() : value;
    case 'description':
      return value.replace(/\s+$/, '');
    case 'cipassword':
      // Only that it is hashed can be seen: answers mask it.
      return value.startsWith('$') ? value : `$5$${host.random.hex(16)}`;
    default:
      return value;
  }
}

/** @param fresh a new address even where there is one */
export function withMacAddress(host: Host, value: string, fresh: boolean): string {
  const nic = host.configs.parse('net0', value);
  if (nic === null) return value;
  return host.configs.print(
    'net0',
    fresh || nic['macaddr'] === undefined ? { ...nic, macaddr: host.random.macAddress() } : nic,
  );
}

/** Moves what can take effect now from pending to current: all of it on a stopped VM. */
export function applyPending(host: Host, vm: VirtualMachine): void {
  const isImmediate = immediacy(vm);
  for (const [key, force] of [...vm.pendingDeletes]) {
    const isGone = !vm.config.has(key);
    if (!isGone && !isImmediate(key)) continue;
    vm.pendingDeletes.delete(key);
    if (isGone) continue;
    if (DRIVE.test(key)) detach(host, vm, key, force);
    else vm.config.delete(key);
  }
  for (const [key, value] of [...vm.pending]) {
    const before = vm.config.get(key);
    if (before === value) vm.pending.delete(key);
    else if (isImmediate(key)) {
      vm.pending.delete(key);
      if (DRIVE.test(key) && before !== undefined && isOtherVolume(host, key, before, value))
        detach(host, vm, key, false);
      vm.config.set(key, value);
    }
  }
}

function isOtherVolume(host: Host, key: string, before: string, after: string): boolean {
  return host.configs.drive(key, before)?.file !== host.configs.drive(key, after)?.file;
}

function immediacy(vm: VirtualMachine): (key: string) => boolean {
  if (vm.pid === null) return () => true;
  const value = vm.config.get('hotplug') ?? '1';
  const features = value === '1' ? DEFAULT_HOTPLUG : splitList(value);
  return (key) =>
    IMMEDIATE.has(key) ||
    /^(ipconfig|unused)\d+$/.test(key) ||
    (/^net\d+$/.test(key) && features.includes('network')) ||
    (/^(scsi|virtio)\d+$/.test(key) && features.includes('disk')) ||
    // A drive that holds a disc already can be given another.
    (DRIVE.test(key) && vm.config.has(key) && /media=cdrom/.test(vm.pending.get(key) ?? ''));
}
