/** What an option of a VM needs, by its name and by its value. */

import { afterAll, describe, expect, test } from 'vitest';
import { NODE, type Form, type PveClient } from '../../../support/pve.ts';
import { closeStages, only, stage, type Grant, type Guest } from './host.ts';

let client: PveClient;
afterAll(async () => {
  expect(await closeStages()).toEqual([]);
});

const vm = (...names: string[]): Grant => `/vms/101 ${['VM.Audit', 'VM.Config.Options', ...names].join(',')}`;
const HARDWARE = vm('VM.Config.HWType');

/** What each key needs on the VM. */
const KEYS: readonly (readonly [privilege: string, form: Form])[] = [
  ['VM.Config.CPU', { cores: 2, cpu: 'host', cpulimit: 1, cpuunits: 100, numa: 1, sockets: 1, vcpus: 1 }],
  ['VM.Config.CPU', { numa0: 'cpus=0,memory=512' }],
  ['VM.Config.Memory', { memory: 1024, balloon: 512, shares: 100 }],
  ['VM.Config.HWType', { acpi: 1, audio0: 'device=AC97', hotplug: 1, kvm: 1, machine: 'q35', scsihw: 'lsi' }],
  ['VM.Config.HWType', { smbios1: 'serial=x', tablet: 1, vga: 'std', watchdog: 'i6300esb', serial1: 'socket' }],
  ['VM.Config.HWType', { rng0: '/dev/urandom', usb1: 'spice' }],
  ['VM.Config.Network', { net0: 'virtio' }],
  ['VM.Config.Disk', { boot: 'order=scsi0', bootdisk: 'scsi0' }],
  ['VM.PowerMgmt', { freeze: 1 }],
];

describe.each(KEYS.flatMap(([privilege, form]) => Object.entries(form).map((entry) => [privilege, entry] as const)))(
  '%s for %o',
  (privilege, [key, value]) => {
    test('is enough, and is needed', async () => {
      client = await stage({}, only(vm(privilege)));
      expect((await client.call('PUT', `${NODE}/101/config`, { [key]: value })).reason).toBe('OK');
      expect((await client.call('PUT', `${NODE}/101/config`, { delete: key })).reason).toBe('OK');
      client = await stage({}, only(vm('VM.Config.CDROM')));
      const refused = `Permission check failed (/vms/101, ${privilege})`;
      expect((await client.call('PUT', `${NODE}/101/config`, { [key]: value })).reason).toBe(refused);
      if (key === 'usb1' || key === 'serial1') return;
      expect((await client.call('PUT', `${NODE}/101/config`, { delete: key })).reason).toBe(refused);
    });
  },
);

test.each(['VM.Config.Cloudinit', 'VM.Config.Network'])('cloud-init values need %s', async (privilege) => {
  const form = {
    ciuser: 'me',
    ipconfig0: 'ip=dhcp',
    nameserver: '10.0.0.1',
    cicustom: 'user=local:snippets/user.yaml',
  };
  client = await stage({}, only(vm(privilege)));
  expect((await client.call('PUT', `${NODE}/101/config`, form)).reason).toBe('OK');
  client = await stage({}, only(vm()));
  expect((await client.call('PUT', `${NODE}/101/config`, form)).reason).toBe(
    'Permission check failed (/vms/101, VM.Config.Cloudinit|VM.Config.Network)',
  );
});

describe('devices of the host', () => {
  test.each<[string, readonly Grant[], Form, string]>([
    ['a serial port', [HARDWARE], { serial1: '/dev/ttyS0' }, "only root can modify 'serial1' config for real devices"],
    ['a USB device', [HARDWARE], { usb1: 'host=1-2' }, "only root can set 'usb1' config for real devices"],
    ['a PCI device', [HARDWARE], { hostpci0: '01:00.0' }, "only root can set 'hostpci0' config for non-mapped devices"],
    ['a mapped USB device', [HARDWARE, '/mapping Mapping.Use'], { usb1: 'mapping=stick' }, 'OK'],
    ['a mapped PCI device', [HARDWARE, '/mapping Mapping.Use'], { hostpci0: 'mapping=gpu' }, 'OK'],
    [
      'a USB device that is not theirs',
      [HARDWARE, '/mapping/usb/other Mapping.Use'],
      { usb1: 'mapping=stick' },
      'Permission check failed (/mapping/usb/stick, Mapping.Use)',
    ],
    [
      'a PCI device that is not theirs',
      [HARDWARE],
      { hostpci0: 'mapping=gpu' },
      'Permission check failed (/mapping/pci/gpu, Mapping.Use)',
    ],
    [
      'a PCI device without the VM',
      [vm(), '/mapping Mapping.Use'],
      { hostpci0: 'mapping=gpu' },
      'Permission check failed (/vms/101, VM.Config.HWType)',
    ],
    ['a folder', [vm('VM.Config.Disk'), '/mapping/dir/share Mapping.Use'], { virtiofs0: 'share' }, 'OK'],
    [
      'a folder that is not theirs',
      [vm('VM.Config.Disk')],
      { virtiofs0: 'share' },
      'Permission check failed (/mapping/dir/share, Mapping.Use)',
    ],
    ["the host's random numbers", [HARDWARE, '/mapping/hwrng Mapping.Use'], { rng0: '/dev/hwrng' }, 'OK'],
    [
      "the host's random numbers that are not theirs",
      [HARDWARE],
      { rng0: '/dev/hwrng' },
      'Permission check failed (/mapping/hwrng, Mapping.Use)',
    ],
    ["root's own options", [HARDWARE], { args: '-x' }, "only root can set 'args' config"],
    ['the order of the start', [vm()], { startup: 'order=1' }, 'Permission check failed (/, Sys.Modify)'],
    [
      'where memory is kept',
      [vm('VM.Config.Disk')],
      { vmstatestorage: 'files' },
      'Permission check failed (/storage/files, Datastore.AllocateSpace)',
    ],
    [
      "the host's own drive",
      [vm('VM.Config.CDROM')],
      { ide0: 'cdrom,media=cdrom' },
      'Permission check failed (/, Sys.Console)',
    ],
    ['a disk that is none', [vm('VM.Config.Disk')], { unused0: '/dev/sdb' }, 'Parameter verification failed.'],
    ['no lock', [vm()], { cores: 1, skiplock: 1 }, 'Parameter verification failed.'],
  ])('%s', async (_what, grants, form, reason) => {
    client = await stage({}, only(...grants));
    expect((await client.call('PUT', `${NODE}/101/config`, form)).reason).toBe(reason);
  });

  const real: Guest = { config: { serial1: '/dev/ttyS0', usb1: 'host=1-2', hostpci0: '01:00.0' } };
  test.each<[Form, string]>([
    [{ delete: 'serial1' }, "only root can delete 'serial1' config for real devices"],
    [{ serial1: 'socket' }, "only root can modify 'serial1' config for real devices"],
    [{ delete: 'usb1' }, "only root can set 'usb1' config for real devices"],
    [{ usb1: 'spice' }, "only root can set 'usb1' config for real devices"],
    [{ delete: 'hostpci0' }, "only root can set 'hostpci0' config for non-mapped devices"],
  ])('that are there are not theirs to change: %o', async (form, reason) => {
    client = await stage(real, only(HARDWARE));
    expect((await client.call('PUT', `${NODE}/101/config`, form)).reason).toBe(reason);
  });
});

describe('the bridge of a NIC', () => {
  const guest: Guest = { config: { net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0' } };
  const NET = vm('VM.Config.Network');
  const bridge = (name: string): Grant => `/sdn/zones/localnetwork/${name} SDN.Use`;
  const refused = (name: string) => `Permission check failed (/sdn/zones/localnetwork/${name}, SDN.Use)`;

  test.each<[string, readonly Grant[], Form, string]>([
    ['must be theirs to come', [NET, bridge('vmbr0')], { net0: 'virtio,bridge=vmbr1' }, refused('vmbr1')],
    ['must be theirs to go', [NET, bridge('vmbr1')], { net0: 'virtio,bridge=vmbr1' }, refused('vmbr0')],
    ['is theirs, both', [NET, bridge('vmbr0'), bridge('vmbr1')], { net0: 'virtio,bridge=vmbr1' }, 'OK'],
    ['must be theirs to be deleted', [NET], { delete: 'net0' }, refused('vmbr0')],
    ['is theirs to be deleted', [NET, bridge('vmbr0')], { delete: 'net0' }, 'OK'],
  ])('%s: %o', async (_what, grants, form, reason) => {
    client = await stage(guest, only(...grants));
    expect((await client.call('PUT', `${NODE}/101/config`, form)).reason).toBe(reason);
  });
});

describe('a new VM', () => {
  const ALLOCATE: Grant = '/vms/102 VM.Allocate,VM.Config.HWType,VM.Config.Options';
  test.each<[string, readonly Grant[], Form, string]>([
    [
      'with a serial port',
      [ALLOCATE],
      { serial0: '/dev/ttyS0' },
      "only root can set 'serial0' config for real devices",
    ],
    ['with a console', [ALLOCATE], { serial0: 'socket' }, 'OK'],
    ['with a key of root', [ALLOCATE], { args: '-x' }, "only root can set 'args' config"],
    [
      'on a storage that is not theirs',
      [ALLOCATE],
      { storage: 'local-lvm', scsi0: 1 },
      'Permission check failed (/storage/local-lvm, Datastore.AllocateSpace)',
    ],
    [
      'with a storage that is not theirs for disks that it has not',
      [ALLOCATE],
      { storage: 'local-lvm' },
      'Permission check failed (/storage/local-lvm, Datastore.AllocateSpace)',
    ],
    [
      'on the storage that is named for all its disks',
      [ALLOCATE, '/storage/local-lvm Datastore.AllocateSpace'],
      { storage: 'local-lvm', scsi0: 1 },
      'OK',
    ],
    ['without any storage', [ALLOCATE], { scsi0: 1 }, 'no storage ID specified (and no default storage)'],
  ])('%s', async (_what, grants, form, reason) => {
    client = await stage({}, only(...grants));
    expect((await client.call('POST', NODE, { vmid: 102, ...form })).reason).toBe(reason);
  });
});
