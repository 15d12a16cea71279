/**
 * What a running guest takes at once, and what waits for its next start.
 * Source: qemu-server src/PVE/QemuServer.pm, vmconfig_hotplug_pending and what it calls; alike in 8.4 and 9.x.
 */

/** How a change meets a running guest. `hotplug.ts` says what each one does. */
export type Rule =
  /** The guest has nothing to do with it. */
  | 'at once'
  /** It waits until the VM was stopped and started, or rebooted by the API. */
  | 'next start'
  | 'balloon'
  | 'agent'
  | 'hotplug list'
  | 'NIC'
  | 'drive'
  | 'tablet'
  | 'USB device'
  | 'vcpus'
  | 'memory';

export interface ChangeRule {
  /** Names, separated by spaces; `net[n]` is net0 and all that follow. */
  readonly keys: string;
  readonly change: Rule;
  readonly remove: Rule;
}

/** Values that go into the image of a cloud-init drive and nowhere else. */
const CLOUD_INIT = 'cicustom cipassword citype ciupgrade ciuser nameserver searchdomain sshkeys ipconfig[n]';

export const CHANGE_RULES: readonly ChangeRule[] = [
  {
    keys:
      'description hookscript lock migrate_downtime migrate_speed name onboot protection shares startup tags ' +
      'vmstatestorage',
    change: 'at once',
    remove: 'at once',
  },
  { keys: CLOUD_INIT, change: 'at once', remove: 'at once' },
  { keys: 'cpuunits cpulimit', change: 'at once', remove: 'at once' },
  { keys: 'balloon', change: 'balloon', remove: 'balloon' },
  { keys: 'agent', change: 'agent', remove: 'next start' },
  { keys: 'net[n]', change: 'NIC', remove: 'NIC' },
  { keys: 'scsi[n] virtio[n]', change: 'drive', remove: 'drive' },
  { keys: 'ide[n] sata[n]', change: 'drive', remove: 'next start' },
  { keys: 'vcpus', change: 'vcpus', remove: 'vcpus' },
  { keys: 'memory', change: 'memory', remove: 'memory' },
  { keys: 'tablet', change: 'tablet', remove: 'tablet' },
  { keys: 'usb[n]', change: 'USB device', remove: 'USB device' },
  { keys: 'hotplug', change: 'hotplug list', remove: 'hotplug list' },
];

/** Everything without a row: processors, firmware, machine, boot order, graphics, passed through devices, ... */
const OTHER: ChangeRule = { keys: '', change: 'next start', remove: 'next start' };

const BY_KEY = new Map(CHANGE_RULES.flatMap((rule) => rule.keys.split(' ').map((key) => [key, rule] as const)));

export function ruleOf(key: string): ChangeRule {
  return BY_KEY.get(key.replace(/\d+$/, '[n]')) ?? BY_KEY.get(key) ?? OTHER;
}

/** What the image of a cloud-init drive is made of. Source: cloudinit_pending_properties. */
const IMAGE_KEYS = new Set([...CLOUD_INIT.split(' '), 'name', 'net[n]']);

export function isInImage(key: string): boolean {
  return IMAGE_KEYS.has(key) || IMAGE_KEYS.has(key.replace(/\d+$/, '[n]'));
}
