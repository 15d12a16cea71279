/** What a running guest takes at once, what waits, and what is refused: every row of qemu-server's own list. */

import { afterAll, describe, expect, test } from 'vitest';
import { endpointsOf, PVE_VERSIONS } from '../../../../src/simulator/index.ts';
import { CHANGE_RULES, ruleOf } from '../../../../src/simulator/handlers/qemu/change-rules.ts';
import { NODE, type Form, type PveClient } from '../../../support/pve.ts';
import { asRoot, closeStages, current, GIB, pendingKeys, stage, type Guest } from './host.ts';

let client: PveClient;
afterAll(async () => {
  expect(await closeStages()).toEqual([]);
});

const NIC = 'virtio=BC:24:11:00:00:01,bridge=vmbr0';
const DISK = 'local-lvm:vm-101-disk-1';

/** Has something of everything, so that all of it can be changed and taken away. */
const GUEST: Guest = {
  running: true,
  config: {
    cores: '2',
    sockets: '2',
    memory: '4096',
    balloon: '2048',
    shares: '500',
    numa: '1',
    agent: 'enabled=1',
    net0: NIC,
    tags: 'a',
    description: 'x',
    cpuunits: '200',
    cpulimit: '2',
    tablet: '1',
    vcpus: '2',
    usb0: 'spice',
    ide0: 'local:iso/talos.iso,media=cdrom',
    sata0: 'none,media=cdrom',
    scsi5: 'none,media=cdrom',
    ciuser: 'me',
    ipconfig0: 'ip=dhcp',
    nameserver: '10.0.0.1',
    cpu: 'host',
    machine: 'q35',
    bios: 'ovmf',
    serial0: 'socket',
    vga: 'std',
    boot: 'order=scsi0;ide0',
  },
  drives: {
    scsi1: { storage: 'local-lvm', size: GIB, options: { cache: 'none', mbps: '10' } },
    virtio1: { storage: 'local-lvm', size: GIB },
    ide1: { storage: 'local-lvm', size: GIB },
    sata1: { storage: 'local-lvm', size: GIB },
    efidisk0: { storage: 'local-lvm', size: 528 * 1024, options: { efitype: '4m' } },
  },
};

type Outcome = 'now' | 'waits' | `refused: ${string}`;

/** One key, its new value or `null` to delete it, and what comes of it. */
type Row = readonly [key: string, value: string | number | null, outcome: Outcome, hotplug?: string];

const OFF = '0';

const AT_ONCE: readonly Row[] = [
  ['description', 'new', 'now', OFF],
  ['description', null, 'now', OFF],
  ['name', 'new', 'now', OFF],
  ['onboot', 1, 'now', OFF],
  ['protection', 1, 'now', OFF],
  ['shares', 400, 'now', OFF],
  ['shares', null, 'now', OFF],
  ['startup', 'order=3', 'now', OFF],
  ['tags', 'b', 'now', OFF],
  ['tags', null, 'now', OFF],
  ['migrate_downtime', '0.5', 'now', OFF],
  ['migrate_speed', 5, 'now', OFF],
  ['vmstatestorage', 'local-lvm', 'now', OFF],
  ['ciuser', 'you', 'now', OFF],
  ['ciuser', null, 'now', OFF],
  ['cipassword', 'secret', 'now', OFF],
  ['citype', 'nocloud', 'now', OFF],
  ['ciupgrade', 0, 'now', OFF],
  ['cicustom', 'user=local:snippets/user.yaml', 'now', OFF],
  ['nameserver', '10.0.0.2', 'now', OFF],
  ['nameserver', null, 'now', OFF],
  ['searchdomain', 'lan', 'now', OFF],
  ['sshkeys', 'ssh-ed25519%20AAAA', 'now', OFF],
  ['ipconfig0', 'ip=10.0.0.2/24', 'now', OFF],
  ['ipconfig0', null, 'now', OFF],
  ['ipconfig3', 'ip=dhcp', 'now', OFF],
  ['cpuunits', 300, 'now', OFF],
  ['cpuunits', null, 'now', OFF],
  ['cpulimit', '1', 'now', OFF],
  ['cpulimit', null, 'now', OFF],
];

const BY_VALUE: readonly Row[] = [
  ['balloon', 1024, 'now', OFF],
  ['balloon', 0, 'waits'],
  ['balloon', null, 'now', OFF],
  ['agent', 'enabled=1,fstrim_cloned_disks=1', 'now', OFF],
  ['agent', 'enabled=0', 'waits'],
  ['agent', 'enabled=1,type=isa', 'waits'],
  ['agent', null, 'waits'],
  ['hotplug', 'disk', 'now', 'network,disk'],
  ['hotplug', 'disk,cpu', 'waits'],
  ['hotplug', 'disk,memory', 'waits'],
  ['hotplug', 'disk', 'waits', 'disk,cpu'],
  ['hotplug', null, 'now', 'network'],
  ['hotplug', null, 'waits', 'network,memory'],
];

const NICS: readonly Row[] = [
  ['net0', `${NIC},tag=20`, 'now', OFF],
  ['net0', `${NIC},trunks=10;20`, 'refused: vlan aware feature need to be enabled to use trunks', OFF],
  ['net0', `${NIC},firewall=1`, 'now', OFF],
  ['net0', `${NIC},rate=10`, 'now', OFF],
  ['net0', `${NIC},link_down=1`, 'now', OFF],
  ['net0', 'virtio=BC:24:11:00:00:01,bridge=vmbr1', 'now', OFF],
  [
    'net0',
    'virtio=BC:24:11:00:00:01,bridge=vmbr9',
    "refused: bridge 'vmbr9' is neither a linux nor an OVS bridge!",
    OFF,
  ],
  ['net0', 'virtio=BC:24:11:00:00:02,bridge=vmbr0', 'now'],
  ['net0', 'virtio=BC:24:11:00:00:02,bridge=vmbr0', 'waits', OFF],
  ['net0', 'e1000=BC:24:11:00:00:01,bridge=vmbr0', 'now'],
  ['net0', 'e1000=BC:24:11:00:00:01,bridge=vmbr0', 'waits', 'disk'],
  ['net0', `${NIC},queues=2`, 'now'],
  ['net0', `${NIC},queues=2`, 'waits', OFF],
  ['net0', `${NIC},mtu=1400`, 'now'],
  ['net0', `${NIC},mtu=1400`, 'waits', OFF],
  ['net0', 'virtio=BC:24:11:00:00:01', 'waits', OFF],
  ['net1', NIC, 'now', 'network'],
  ['net1', NIC, 'waits', 'disk'],
  [
    'net1',
    'virtio,bridge=vmbr9',
    'refused: network script /usr/libexec/qemu-server/pve-bridge-hotplug failed with status 512',
  ],
  ['net0', null, 'now'],
  ['net0', null, 'waits', OFF],
];

const DISKS: readonly Row[] = [
  ['scsi2', 'local-lvm:1', 'now', 'disk'],
  ['scsi2', 'local-lvm:1', 'waits', 'network'],
  ['virtio2', 'local-lvm:1', 'now'],
  ['ide3', 'local-lvm:1', 'waits'],
  ['sata3', 'local-lvm:1', 'waits'],
  ['ide3', 'local:iso/talos.iso,media=cdrom', 'waits'],
  ['scsi1', 'local-lvm:2', 'now'],
  ['scsi1', 'local-lvm:2', 'waits', OFF],
  ['scsi0', 'local-lvm:2', "refused: can't unplug bootdisk 'scsi0'"],
  ['ide1', 'local-lvm:2', "refused: can't unplug device 'ide1'"],
  ['ide1', 'local-lvm:2', 'waits', OFF],
  ['scsi0', `local-lvm:vm-101-disk-0,mbps=5`, 'now', OFF],
  ...['aio=native', 'discard=on', 'iothread=1', 'queues=2', 'product=x', 'vendor=x', 'ssd=1', 'ro=1'].map(
    (option): Row => ['scsi1', `${DISK},cache=none,mbps=10,${option}`, 'waits'],
  ),
  ['scsi1', `${DISK},cache=unsafe,mbps=10`, 'waits'],
  ...['mbps=20', 'mbps=10,iops=100', 'mbps=10,backup=0', 'mbps=10,replicate=0', 'mbps=10,serial=x'].map(
    (option): Row => ['scsi1', `${DISK},cache=none,${option}`, 'now', OFF],
  ),
  ['scsi1', null, 'now'],
  ['scsi1', null, 'waits', OFF],
  ['scsi0', null, "refused: can't unplug bootdisk 'scsi0'"],
  ['virtio1', null, 'now'],
  ['ide1', null, 'waits'],
  ['sata1', null, 'waits'],
  ['efidisk0', null, 'waits'],
  ['efidisk0', 'local-lvm:1,efitype=4m', 'waits'],
  ['tpmstate0', 'local-lvm:1,version=v2.0', 'waits'],
];

const DISCS: readonly Row[] = [
  ['ide0', 'local:iso/other.iso,media=cdrom', 'now', OFF],
  ['ide0', 'none,media=cdrom', 'now', OFF],
  ['sata0', 'local:iso/other.iso,media=cdrom', 'now', OFF],
  ['scsi5', 'local:iso/other.iso,media=cdrom', 'now', OFF],
  ['ide0', 'local-lvm:1', 'refused: unable to change media type'],
  ['scsi1', 'none,media=cdrom', 'refused: unable to change media type'],
  ['ide0', null, 'waits'],
  ['sata0', null, 'waits'],
  ['scsi5', null, 'now'],
  ['scsi5', null, 'waits', OFF],
];

const FEATURES: readonly Row[] = [
  ['tablet', 0, 'now', 'usb'],
  ['tablet', 0, 'waits', 'disk'],
  ['tablet', null, 'now'],
  ['tablet', null, 'waits', OFF],
  ['usb1', 'spice', 'now'],
  ['usb1', 'spice', 'waits', 'disk'],
  ['usb0', null, 'now'],
  ['usb0', null, 'waits', OFF],
  ['vcpus', 3, 'now', 'cpu'],
  ['vcpus', 4, 'now', 'cpu'],
  ['vcpus', 5, "refused: you can't add more vcpus than maxcpus", 'cpu'],
  ['vcpus', 3, 'waits'],
  ['vcpus', null, 'now', 'cpu'],
  ['vcpus', null, 'waits'],
  ['memory', 8192, 'now', 'memory'],
  ['memory', 8192, 'waits'],
  ['memory', 2048, 'now', 'memory'],
];

const LATER: readonly Row[] = [
  ...(
    [
      ['cores', 4],
      ['sockets', 1],
      ['cpu', 'kvm64'],
      ['numa', 0],
      ['numa0', 'cpus=0,memory=4096'],
      ['affinity', '0-1'],
      ['hugepages', '2'],
      ['bios', 'seabios'],
      ['machine', 'pc'],
      ['boot', 'order=ide0'],
      ['bootdisk', 'scsi0'],
      ['scsihw', 'lsi'],
      ['smbios1', 'serial=x'],
      ['vmgenid', '1'],
      ['serial1', 'socket'],
      ['parallel0', '/dev/parport0'],
      ['vga', 'virtio'],
      ['args', '-x'],
      ['ostype', 'other'],
      ['acpi', 0],
      ['kvm', 0],
      ['watchdog', 'i6300esb'],
      ['audio0', 'device=AC97'],
      ['rng0', '/dev/urandom'],
      ['hostpci0', '01:00.0'],
      ['virtiofs0', 'share'],
      ['keyboard', 'de'],
      ['localtime', 1],
      ['startdate', 'now'],
      ['tdf', 1],
      ['freeze', 1],
      ['reboot', 0],
      ['autostart', 1],
      ['ivshmem', 'size=1'],
      ['spice_enhancements', 'foldersharing=1'],
      ['arch', 'x86_64'],
    ] as const
  ).map(([key, value]): Row => [key, value, 'waits']),
  ...['cores', 'sockets', 'cpu', 'numa', 'bios', 'machine', 'boot', 'scsihw', 'serial0', 'vga', 'ostype'].map(
    (key): Row => [key, null, 'waits'],
  ),
];

const FEATURES_ON = 'network,disk,usb';

/** @param config what is other about the guest, `null` for what it lacks */
async function change(
  [key, value, , hotplug = FEATURES_ON]: Row,
  config: Readonly<Record<string, string | null>> = {},
): Promise<Outcome> {
  const all: [string, string | null][] = Object.entries({ ...GUEST.config, hotplug, ...config });
  const options = all.flatMap(([name, text]) => (text === null ? [] : [[name, text] as const]));
  client = await stage({ ...GUEST, config: Object.fromEntries(options) }, { node: { bridges: ['vmbr0', 'vmbr1'] } });
  const form: Form = value === null ? { delete: key } : { [key]: value };
  const before = current(client);
  // Some of it is root's alone.
  const answer = await client.call('PUT', `${NODE}/101/config`, form, await asRoot(client));
  const isWaiting = pendingKeys(client).includes(key);
  if (answer.status === 200) {
    if (!isWaiting) expect(current(client)[key] === undefined, key).toBe(value === null);
    else expect(current(client)[key], key).toBe(before[key]);
    return isWaiting ? 'waits' : 'now';
  }
  expect([answer.status, answer.reason], JSON.stringify(answer)).toEqual([400, 'Parameter verification failed.']);
  expect(current(client)[key], 'a refused change is not taken').toBe(before[key]);
  expect(isWaiting, 'and waits').toBe(true);
  const { [key]: text = '', ...rest } = answer.errors ?? {};
  expect(rest).toEqual({});
  expect(text).toMatch(/^hotplug problem - .*\n$/);
  return `refused: ${text.trim().slice('hotplug problem - '.length)}`;
}

describe.each<[string, readonly Row[]]>([
  ['what the guest has nothing to do with', AT_ONCE],
  ['what depends on the value', BY_VALUE],
  ['NICs', NICS],
  ['disks', DISKS],
  ['discs', DISCS],
  ['what needs a hotplug feature', FEATURES],
  ['everything else', LATER],
])('%s', (_what, rows) => {
  test.each(rows.map((row) => [row[0], row[1], row[3] ?? 'default', row[2], row] as const))(
    '%s = %s with hotplug %s: %s',
    async (_key, _value, _hotplug, outcome, row) => {
      expect(await change(row)).toBe(outcome);
    },
  );
});

describe('it depends on the guest', () => {
  test.each<[string, Readonly<Record<string, string | null>>, Row]>([
    ['one without a balloon gets none', { balloon: '0' }, ['balloon', 1024, 'waits']],
    ['one without a balloon keeps that', { balloon: '0' }, ['balloon', null, 'waits']],
    ['one without an agent', { agent: null }, ['agent', 'enabled=1', 'waits']],
    ['one without features', { hotplug: null }, ['vcpus', 3, 'waits']],
    ['one with the standard features', { hotplug: '1' }, ['net1', NIC, 'now']],
    ['one of an old machine', { machine: 'pc-q35-7.0' }, ['usb1', 'spice', 'waits']],
    ['one of a machine just new enough', { machine: 'pc-q35-7.1' }, ['usb1', 'spice', 'now']],
    ['one of a newer machine', { machine: 'pc-i440fx-10.0' }, ['usb1', 'spice', 'now']],
    ['one of another system', { ostype: 'other' }, ['usb1', 'spice', 'waits']],
    ['one of Windows 7', { ostype: 'win7' }, ['usb1', 'spice', 'waits']],
    ['one of Windows 8', { ostype: 'win8' }, ['usb1', 'spice', 'now']],
    [
      'one that boots by the older option',
      { boot: 'cdn', bootdisk: 'scsi1' },
      ['scsi1', null, "refused: can't unplug bootdisk 'scsi1'"],
    ],
    ['one that boots from elsewhere', { boot: 'order=scsi1' }, ['scsi0', null, 'now']],
    ['a NIC without a bridge', { net0: 'virtio=BC:24:11:00:00:01' }, ['net0', NIC, 'waits', OFF]],
    ['too little pluggable memory', {}, ['memory', 1023, "refused: memory can't be lower than 1024 MB", 'memory']],
    ['just enough pluggable memory', {}, ['memory', 1024, 'now', 'memory']],
    ['no memory at all', {}, ['memory', null, "refused: memory can't be lower than 1024 MB", 'memory']],
  ])('%s: %o', async (_what, config, row) => {
    expect(await change(row, { balloon: '512', ...config })).toBe(row[2]);
  });
});

test('every key of the rules is one of a VM, and every rule was tried', () => {
  const named = new Set(CHANGE_RULES.flatMap(({ keys }) => keys.split(' ')));
  const known = new Set(
    PVE_VERSIONS.flatMap((version) => endpointsOf(version))
      .filter(({ name }) => name === 'PUT /nodes/{node}/qemu/{vmid}/config')
      .flatMap(({ parameters }) => [...parameters.keys()]),
  );
  const families = new Set([...known].flatMap((key) => [key, key.replace(/\d+$/, '[n]')]));
  expect([...named].filter((key) => !families.has(key))).toEqual([]);
  const tested = new Set([AT_ONCE, BY_VALUE, NICS, DISKS, DISCS, FEATURES, LATER].flat().map(([key]) => ruleOf(key)));
  expect(CHANGE_RULES.filter((rule) => !tested.has(rule))).toEqual([]);
});
