import { afterAll, expect, test } from 'vitest';
import type { PveVersion } from '../../../../src/simulator/index.ts';
import { NODE, type PveClient } from '../../../support/pve.ts';
import { closeStages, GIB, stage, type Guest, type Stage } from './host.ts';

let client: PveClient;
afterAll(async () => {
  expect(await closeStages()).toEqual([]);
});

const QEMU = 'start failed: QEMU exited with code 1';
const CLOUD_INIT = { ide2: { storage: 'local-lvm', size: 0, cloudInit: true } };
const firmware = { efidisk0: { storage: 'local-lvm', size: 528 * 1024, options: { efitype: '4m' } } };
const tpm = { tpmstate0: { storage: 'local-lvm', size: 4 * 2 ** 20, options: { version: 'v2.0' } } };

/** Starts VM 101. @returns how the task ended; whether the VM runs must fit */
async function start(guest: Guest, options: Stage = {}, before: (host: PveClient) => void = () => undefined) {
  client = await stage(guest, options);
  before(client);
  const status = await client.task('POST', `${NODE}/101/status/start`);
  const isUp = /^(OK|WARNINGS: \d+)$/.test(status);
  expect(client.simulator.host.vms.get('pve', 101).pid !== null, status).toBe(isUp || guest.running === true);
  return status;
}

const logOf = (): string[] => client.simulator.host.tasks.list()[0]?.lines.map(String) ?? [];
const without =
  (volid: string) =>
  ({ simulator }: PveClient) => {
    simulator.host.storages.remove('pve', volid);
  };

test.each<[string, Guest, string]>([
  ['a template', { template: true }, "you can't start a vm if it's a template"],
  ['somebody works on it', { config: { lock: 'clone' } }, 'VM is locked (clone)'],
  ['a backup of it has stopped', { config: { lock: 'backup' } }, 'VM is locked (backup)'],
  ['it runs already', { running: true }, 'VM 101 already running'],
  ['a backup has started it', { config: { lock: 'backup' }, running: true }, 'OK'],
  ['it was hibernated', { config: { lock: 'suspended' } }, 'OK'],
])('%s', async (_what, guest, status) => {
  expect(await start(guest)).toBe(status);
});

test('a hibernated VM is unlocked by its start', async () => {
  await start({ config: { lock: 'suspended' } });
  expect(await client.config(101)).not.toHaveProperty('lock');
});

test.each<[string, Guest, string]>([
  ['ISO', { config: { ide0: 'local:iso/talos.iso,media=cdrom' } }, 'local:iso/talos.iso'],
  ['disk', {}, 'local-lvm:vm-101-disk-0'],
  ['EFI volume', { config: { bios: 'ovmf' }, drives: firmware }, 'local-lvm:vm-101-disk-1'],
  ['TPM volume', { drives: tpm }, 'local-lvm:vm-101-disk-1'],
])('its %s is gone', async (_what, guest, volid) => {
  expect(await start(guest)).toBe('OK');
  expect(await start(guest, {}, without(volid))).toBe(`volume '${volid}' does not exist`);
});

test('the source of an import may be gone, and so may a disk that is not attached', async () => {
  const guest = { config: { unused0: 'local-lvm:vm-101-disk-7' } };
  expect(await start(guest, {}, without('local:import/talos.qcow2'))).toBe('OK');
});

test.each<[string, string, readonly string[], string]>([
  ['iso', 'local', ['import', 'snippets'], "storage 'local' does not support content-type 'iso'"],
  ['images', 'local-lvm', ['rootdir'], "storage 'local-lvm' does not support content-type 'images'"],
])('no %s on %s any more', async (_kind, id, content, status) => {
  const guest = { config: { ide0: 'local:iso/talos.iso,media=cdrom' } };
  const change = ({ simulator }: PveClient): void => {
    const { storages } = simulator.host;
    storages.add({ ...storages.get(id), content, nodes: ['pve'] });
  };
  expect(await start(guest, { alone: true }, change)).toBe(status);
});

test('a storage that this node does not have', async () => {
  const change = ({ simulator }: PveClient): void => {
    simulator.host.storages.add({ id: 'local-lvm', type: 'lvmthin', content: ['images'], nodes: ['pve2'] });
  };
  expect(await start({}, { alone: true }, change)).toBe("storage 'local-lvm' is not available on node 'pve'");
});

test.each<[string, string, string]>([
  ['are there', 'user=local:snippets/user.yaml,meta=local:snippets/meta.yaml', 'OK'],
  ['are not', 'user=local:snippets/nope.yaml', "volume 'local:snippets/nope.yaml' does not exist"],
  ['are no snippets', 'user=local:iso/talos.iso', 'local:iso/talos.iso is not in the snippets directory'],
  ['are just small enough', 'user=local:snippets/large.yaml', 'OK'],
  [
    'are too large together',
    'user=local:snippets/large.yaml,meta=local:snippets/meta.yaml',
    'Cloud-Init sum of snippets too big (> 3 MiB)',
  ],
])('snippets that %s', async (_what, cicustom, status) => {
  expect(await start({ config: { cicustom }, drives: CLOUD_INIT })).toBe(status);
});

test('snippets of a storage that is not meant for them are read all the same', async () => {
  const change = ({ simulator }: PveClient): void => {
    const { storages } = simulator.host;
    storages.add({ ...storages.get('local'), content: ['iso'], nodes: ['pve'] });
  };
  const guest = { config: { cicustom: 'user=local:snippets/user.yaml' }, drives: CLOUD_INIT };
  expect(await start(guest, { alone: true }, change)).toBe('OK');
});

test('without a cloud-init drive nobody looks for snippets', async () => {
  expect(await start({ config: { cicustom: 'user=local:snippets/nope.yaml' } })).toBe('OK');
});

test('a cloud-init drive that is gone is made anew', async () => {
  expect(await start({ drives: CLOUD_INIT }, {}, without('local-lvm:vm-101-cloudinit'))).toBe('OK');
  expect(client.simulator.host.storages.volume('pve', 'local-lvm:vm-101-cloudinit')).toBeDefined();
});

test.each<[Record<string, string>, number | undefined, string]>([
  [{ cores: '16' }, undefined, 'OK'],
  [{ cores: '17' }, undefined, 'MAX 16 vcpus allowed per VM on this node'],
  [{ cores: '4' }, 4, 'OK'],
  [{ cores: '5' }, 4, 'MAX 4 vcpus allowed per VM on this node'],
  [{ cores: '3', sockets: '2' }, 6, 'OK'],
  [{ cores: '3', sockets: '2' }, 5, 'MAX 5 vcpus allowed per VM on this node'],
  [{ cores: '5', vcpus: '1' }, 4, 'MAX 4 vcpus allowed per VM on this node'],
])('%o on a host with %s threads', async (config, cpus, status) => {
  expect(await start({ config }, { node: cpus === undefined ? {} : { cpus } })).toBe(status);
});

test.each<[string, Record<string, string>, string]>([
  ['divides', { numa: '1', sockets: '3', memory: '3072' }, 'OK'],
  ['does not divide', { numa: '1', sockets: '3', memory: '4096' }, QEMU],
  ['does not divide, and need not', { numa: '0', sockets: '3', memory: '4096' }, 'OK'],
  ['is given to nodes', { numa: '1', memory: '2048', numa0: 'cpus=0,memory=1024', numa1: 'cpus=1,memory=1024' }, 'OK'],
  [
    'is given to nodes, and not all of it',
    { numa: '1', memory: '2048', numa0: 'cpus=0,memory=1024' },
    'total memory for NUMA nodes must be equal to vm static memory',
  ],
  ['is not given to a node', { numa: '1', memory: '2048', numa0: 'cpus=0' }, 'missing NUMA node0 memory value'],
  [
    'is of a node of the host that is not there',
    { numa: '1', memory: '2048', numa0: 'cpus=0,memory=2048,hostnodes=1,policy=bind' },
    "host NUMA node1 doesn't exist",
  ],
  [
    'is of a node of the host, without a policy',
    { numa: '1', memory: '2048', numa0: 'cpus=0,memory=2048,hostnodes=0' },
    'you need to define a policy for hostnode 0',
  ],
  [
    'is of a node of the host',
    { numa: '1', memory: '2048', numa0: 'cpus=0,memory=2048,hostnodes=0,policy=bind' },
    'OK',
  ],
  ['is pluggable', { numa: '1', hotplug: 'memory', memory: '1536' }, 'OK'],
  ['is pluggable without NUMA', { hotplug: 'memory', memory: '2048' }, 'NUMA needs to be enabled for memory hotplug'],
  [
    'is pluggable, and custom',
    { numa: '1', hotplug: 'memory', memory: '1024', numa0: 'cpus=0,memory=1024' },
    'cannot enable memory hotplugging with custom NUMA topology',
  ],
  ['is pluggable, and just enough', { numa: '1', hotplug: 'memory', memory: '1024' }, 'OK'],
  ['is pluggable, and too little', { numa: '1', hotplug: 'memory', memory: '1023' }, 'minimum memory must be 1024MB'],
  [
    'is pluggable in other pieces',
    { numa: '1', hotplug: 'memory', memory: '1537' },
    'memory size (1537) must be aligned to 512 for hotplugging',
  ],
  // 1024 and 32 modules of 512 MiB: from there on they are twice as large.
  ['is pluggable in small pieces to 17 GiB', { numa: '1', hotplug: 'memory', memory: '17408' }, 'OK'],
  [
    'is pluggable in larger pieces above',
    { numa: '1', hotplug: 'memory', memory: '17920' },
    'memory size (17920) must be aligned to 1024 for hotplugging',
  ],
])('memory that %s', async (_what, config, status) => {
  expect(await start({ config })).toBe(status);
});

test('why QEMU fails stands in the log alone', async () => {
  await start({ config: { numa: '1', sockets: '3', memory: '4096' } });
  expect(logOf().join('\n')).toContain('1365.3');
});

const nic = (rest: string, model = 'virtio'): Guest => ({ config: { net0: `${model}=BC:24:11:00:00:01,${rest}` } });

test.each<[string, Guest, string]>([
  ['a bridge that is not there', nic('bridge=vmbr9'), "bridge 'vmbr9' does not exist"],
  ['that bridge, of another model', nic('bridge=vmbr9', 'e1000'), QEMU],
  ['no bridge', nic('firewall=0'), 'OK'],
  ["the bridge's MTU", nic('bridge=vmbr0,mtu=1500'), 'OK'],
  ['whatever the bridge has', nic('bridge=vmbr0,mtu=1'), 'OK'],
  ['a larger MTU', nic('bridge=vmbr0,mtu=1501'), "netdev net0: MTU '1501' is bigger than the bridge MTU '1500'"],
  ['the least MTU', nic('bridge=vmbr0,mtu=576'), 'OK'],
  ['less', nic('bridge=vmbr0,mtu=575'), "netdev net0: MTU '575' is smaller than the IP minimum MTU '576'"],
  ['an MTU that its model ignores', nic('bridge=vmbr0,mtu=9000', 'e1000'), 'OK'],
  ['the MTU of a larger bridge', nic('bridge=jumbo,mtu=9000'), 'OK'],
  ['a tag, on a bridge that is not VLAN aware', nic('bridge=vmbr0,tag=10'), 'OK'],
  ['a tag, on a bridge without a port', nic('bridge=internal,tag=10'), QEMU],
  ['trunks', nic('bridge=vmbr0,trunks=10'), QEMU],
  ['trunks, on a bridge for them', nic('bridge=jumbo,trunks=10'), 'OK'],
])('a NIC with %s', async (_what, guest, status) => {
  const jumbo = { name: 'jumbo', mtu: 9000, vlanAware: true };
  const bridges = ['vmbr0', jumbo, { name: 'internal', ports: [] }];
  expect(await start(guest, { node: { bridges } })).toBe(status);
});

test.each<[PveVersion, string, string, string | null]>([
  ['9.1', 'pc-q35-10.1', '10.1.2', null],
  ['9.1', 'pc-q35-10.2', '10.1.2', 'pc-q35-10.2'],
  ['9.1', 'pc-i440fx-11.0', '10.1.2', 'pc-i440fx-11.0'],
  ['9.0', 'pc-q35-10.0+pve1', '10.0.2', null],
  ['8.4', 'pc-q35-9.2', '9.2.0', null],
  ['8.4', 'pc-q35-10.0', '9.2.0', 'pc-q35-10.0'],
  ['8.4', 'q35', '9.2.0', null],
])('Proxmox VE %s and machine %s', async (version, machine, qemu, refused) => {
  const text = `Installed QEMU version '${qemu}' is too old to run machine type '${String(refused)}', please upgrade node 'pve'`;
  expect(await start({ config: { machine } }, { version })).toBe(refused === null ? 'OK' : text);
});

test.each<[string, Guest, string]>([
  ['has its disk', { config: { bios: 'ovmf' }, drives: firmware }, 'OK'],
  ['has none', { config: { bios: 'ovmf' } }, 'WARNINGS: 1'],
  [
    'has a processor of 32 bits',
    { config: { bios: 'ovmf', cpu: 'qemu32' }, drives: firmware },
    'OVMF (UEFI) BIOS is not supported on 32-bit CPU types',
  ],
])('firmware that %s', async (_what, guest, status) => {
  expect(await start(guest)).toBe(status);
});

test('what is lost without a disk for the firmware is told', async () => {
  await start({ config: { bios: 'ovmf' } });
  expect(logOf()).toContain('WARN: no efidisk configured! Using temporary efivars disk.');
});

test.each<[string, string, string]>([
  ['virtio-scsi-single', 'scsi0', 'OK'],
  ['virtio-scsi-pci', 'scsi0', 'WARNINGS: 1'],
  ['virtio-scsi-pci', 'virtio0', 'OK'],
])('a thread of its own for a disk, by %s at %s', async (scsihw, key, status) => {
  const drives = { [key]: { storage: 'local-lvm', size: GIB, options: { iothread: '1' } } };
  expect(await start({ config: { scsihw }, drives })).toBe(status);
});

test.each<[PveVersion, string]>([
  ['8.4', "start failed: swtpm currently only supports 'raw' state volumes"],
  ['9.0', "start failed: swtpm currently only supports 'raw' state volumes"],
  ['9.1', 'OK'],
])('a TPM in a qcow2 file under Proxmox VE %s', async (version, status) => {
  const change = ({ simulator }: PveClient): void => {
    const { host } = simulator;
    const { volid } = host.storages.allocate({ node: 'pve', storage: 'files', vmid: 101, size: 4096, format: 'qcow2' });
    host.vms.get('pve', 101).config.set('tpmstate0', `${volid},version=v2.0`);
  };
  expect(await start({}, { version }, change)).toBe(status);
});

test.each<[string, Guest, Stage['node'], string]>([
  ['that the host cannot be', { config: { cpu: 'x86-64-v4' } }, { supportedCpuModels: ['x86-64-v3'] }, QEMU],
  ['that it can be', { config: { cpu: 'x86-64-v3' } }, { supportedCpuModels: ['x86-64-v3'] }, 'OK'],
  ['of the host', { config: { cpu: 'host' } }, { supportedCpuModels: [] }, 'OK'],
  ['that nobody asked for', {}, { supportedCpuModels: [] }, 'OK'],
  ['that is emulated', { config: { cpu: 'x86-64-v4', kvm: '0' } }, { supportedCpuModels: [] }, 'OK'],
  [
    'without virtualization',
    {},
    { cpuFlags: ['fpu'] },
    'KVM virtualisation configured, but not available. Either disable in VM configuration or enable in BIOS.',
  ],
  ['without virtualization, emulated', { config: { kvm: '0' } }, { cpuFlags: ['fpu'] }, 'OK'],
])('a processor %s', async (_what, guest, node, status) => {
  expect(await start(guest, { node: node ?? {} })).toBe(status);
});

test.each<[PveVersion, string]>([
  ['8.4', 'MAX 16 vcpus allowed per VM on this node'],
  ['9.0', 'MAX 16 vcpus allowed per VM on this node'],
  ['9.1', "volume 'local-lvm:vm-101-disk-0' does not exist"],
])('of two faults, Proxmox VE %s tells: %s', async (version, status) => {
  expect(await start({ config: { cores: '17' } }, { version }, without('local-lvm:vm-101-disk-0'))).toBe(status);
});

test('what waited is taken over by a start', async () => {
  client = await stage({ running: true });
  await client.call('PUT', `${NODE}/101/config`, { cores: 4 });
  await client.task('POST', `${NODE}/101/status/stop`);
  expect(await client.task('POST', `${NODE}/101/status/start`)).toBe('OK');
  expect(await client.get(`${NODE}/101/pending`)).toContainEqual({ key: 'cores', value: 4 });
});

test('a reboot that does not come up again has done its part', async () => {
  client = await stage({ running: true });
  await client.call('PUT', `${NODE}/101/config`, { cores: 64 });
  expect(await client.task('POST', `${NODE}/101/status/reboot`)).toBe('OK');
  expect(logOf()).toContain('MAX 16 vcpus allowed per VM on this node');
  expect(await client.get(`${NODE}/101/status/current`)).toMatchObject({ status: 'stopped' });
});

test('a new VM that does not start was made all the same', async () => {
  client = await stage({});
  expect(await client.task('POST', NODE, { vmid: 102, cores: 64, start: 1 })).toBe('OK');
  const tasks = client.simulator.host.tasks.list().filter(({ id }) => id === '102');
  const ends = tasks.map(({ type, exitStatus }) => [type, exitStatus]);
  expect(ends).toEqual([
    ['qmstart', 'MAX 16 vcpus allowed per VM on this node'],
    ['qmcreate', 'OK'],
  ]);
  // The client was told of the first.
  expect(client.simulator.log.writes().at(-1)?.upid).toContain(':qmcreate:102:');
  expect(await client.get(`${NODE}/102/status/current`)).toMatchObject({ status: 'stopped' });
});

test('a new VM that can start does', async () => {
  client = await stage({});
  expect(await client.task('POST', NODE, { vmid: 103, start: 1 })).toBe('OK');
  expect(await client.get(`${NODE}/103/status/current`)).toMatchObject({ status: 'running' });
});
