/** Edges of the rules about what a machine is made of. */

import { edgesOf, each, metal, METAL_WARNS, vms, type Edge, type Fields } from './edge.ts';

const disks = (...serials: (string | undefined)[]): Fields => ({
  vm_extra_disks: serials.map((serial) => ({ size: 10, ...(serial === undefined ? {} : { serial }) })),
});
const volumes = (...names: string[]): Fields => ({
  vm_extra_disks: names.map((name, index) => ({ size: 10, name, serial: `s${index}` })),
});
const advanced = (settings: Fields): Fields => ({ proxmox_vm_advanced: settings });

/** Paths of disks that no VM has: of other controllers, and such as only look like the right one. */
const OTHER_DISKS = [
  ...['/dev/vda', '/dev/nvme0n1', '/dev/hda', '/dev/mmcblk0', '/dev/md0', '/dev/mapper/x', '/dev/sda,mbps=1'],
  ...['/dev/./sda', '/dev//sda', '//dev/sda', '/dev/sda/', '/dev/sdb-x', '/dev/sd', '/x/dev/sda', '/sda', '/dev', '/'],
  ...['/dev/disk', '/dev/disk/', '/dev/disk/../sda', '/dev/disk/./x', '/dev/disk/x/..', '/dev/disk/x/', '/dev/diskx/y'],
];

const SECURE = { secureboot: true };
const NEWER = { talos_version: '1.14.0', kubernetes_version: '1.36.3' };

export const machineEdges: readonly Edge[] = [
  ...edgesOf('CPU_TYPE_TOO_OLD', {
    ...each(
      (
        '486 athlon Conroe core2duo coreduo kvm32 kvm64 Opteron_G1 Opteron_G2 Opteron_G3 ' +
        'Penryn pentium pentium2 pentium3 phenom qemu32 qemu64'
      ).split(' '),
      (type) => ({
        fails: vms({}, {}, { vm_cpu_type: type }),
        at: 'nodes.yaml/nodes/1/vm_cpu_type',
        says: `CPU type ${type} of w-1 is below x86-64-v2, on which Talos does not start; write host or x86-64-v2-AES`,
      }),
    ),
    'the first models that have it': {
      passes: ['Nehalem', 'Opteron_G4', 'x86-64-v2', 'x86-64-v2-AES', 'host', 'max'].map((type) =>
        vms({}, { vm_cpu_type: type }),
      ),
      fails: vms(advanced({ cpu_type: 'kvm64' }), {}, { vm_cpu_type: 'host' }),
      at: 'nodes.yaml/nodes/0/vm_cpu_type',
      says: 'of cp-1',
    },
  }),
  ...edgesOf('CPU_TYPE_UNKNOWN', {
    'a name of the host, of some release, or none': {
      passes: ['custom-x', 'EPYC-Genoa', 'EPYC-Turin', 'SierraForest-v3', 'Skylake-Server-v5'].map((type) =>
        vms({}, { vm_cpu_type: type }),
      ),
      fails: vms({}, { vm_cpu_type: 'foo' }),
      at: 'nodes.yaml/nodes/0/vm_cpu_type',
      says: 'cp-1: Proxmox VE has no CPU type "foo", and one that the hosts define is called custom-…; write host or x86-64-v2-AES',
    },
    'a letter in the wrong case': {
      fails: vms({}, {}, { vm_cpu_type: 'epyc-genoa' }),
      at: 'nodes.yaml/nodes/1/vm_cpu_type',
      says: 'did you mean EPYC-Genoa?',
    },
    'the key of all VMs, told once': {
      passes: [
        vms(advanced({ cpu_type: 'x86-64-v3' })),
        vms(advanced({ cpu_type: 'x86-64-v33' }), { vm_cpu_type: 'host' }, { vm_cpu_type: 'host' }),
        metal({ ...advanced({ cpu_type: 'x86-64-v33' }) }),
      ],
      fails: vms(advanced({ cpu_type: 'x86-64-v33' })),
      at: 'cluster.yaml/proxmox_vm_advanced/cpu_type',
      says: 'did you mean x86-64-v3?',
      besides: METAL_WARNS,
    },
    'custom without a dash': {
      fails: vms({}, { vm_cpu_type: 'custom' }),
      at: 'nodes.yaml/nodes/0/vm_cpu_type',
      says: 'no CPU type "custom"',
    },
  }),
  ...edgesOf('CORES_TOO_FEW', {
    'a control plane has 2 cores, a worker 1': {
      passes: [vms({}, { vm_cores: 2 }, { vm_cores: 1 }), vms({}, { vm_cores: 1, vm_sockets: 2 })],
      fails: vms({}, { vm_cores: 1 }),
      at: 'nodes.yaml/nodes/0/vm_cores',
      says: 'control plane cp-1 has 1 core; Talos needs at least 2 for a control plane; write vm_cores: 2 or more',
    },
  }),
  ...edgesOf('MEMORY_TOO_SMALL', {
    'a control plane has 2048 MiB, a worker 1024': {
      passes: vms({}, { vm_memory: 2048 }, { vm_memory: 1024 }),
      fails: vms({}, { vm_memory: 2047 }),
      at: 'nodes.yaml/nodes/0/vm_memory',
      says: 'controlplane cp-1 has 2047 MiB of memory; Talos needs at least 2048; write vm_memory: 2048 or more',
    },
  }),
  ...edgesOf('NUMA_MEMORY', {
    'sockets share the memory evenly': {
      passes: [
        vms({}, { vm_sockets: 3, vm_memory: 6144 }),
        vms({}, { vm_memory: 6145 }),
        vms(advanced({ numa: false }), { vm_sockets: 3, vm_memory: 6145 }),
      ],
      fails: vms({}, { vm_sockets: 3, vm_memory: 6145 }),
      at: 'nodes.yaml/nodes/0/vm_memory',
      says: 'cp-1 has 3 sockets with NUMA, which cannot share 6145 MiB of memory; write vm_memory: 6144 or 6147, or numa: false in proxmox_vm_advanced',
    },
  }),
  ...edgesOf('SECUREBOOT_FIRMWARE', {
    'needs OVMF': {
      passes: [vms({}, SECURE), vms(advanced({ bios: 'seabios', machine: 'i440fx' }))],
      fails: vms(advanced({ bios: 'seabios' }), {}, SECURE),
      at: 'cluster.yaml/proxmox_vm_advanced/bios',
      says: 'secureboot of w-1 needs bios ovmf and machine q35, not seabios and q35; write both in proxmox_vm_advanced',
    },
    'needs q35': {
      passes: metal(advanced({ bios: 'seabios' }), SECURE, SECURE),
      fails: vms(advanced({ machine: 'i440fx' }), SECURE),
      at: 'cluster.yaml/proxmox_vm_advanced/machine',
      says: 'not ovmf and pc',
      besides: METAL_WARNS,
    },
  }),
  ...edgesOf('SECUREBOOT_BOOT_SOURCE', {
    'from Talos 1.14 an image will do': {
      passes: [
        vms(NEWER, { ...SECURE, vm_boot_source: 'image' }),
        vms({}, { ...SECURE, vm_boot_source: 'iso' }),
        vms({}, { vm_boot_source: 'image' }),
      ],
      fails: vms({}, { ...SECURE, vm_boot_source: 'image' }),
      at: 'nodes.yaml/nodes/0/vm_boot_source',
      says: 'Talos 1.13 enrols Secure Boot keys only from its ISO: cp-1 cannot boot from an image; write vm_boot_source: iso or leave it out',
    },
    'a template as well': {
      passes: vms(NEWER, {}, { ...SECURE, vm_boot_source: 'template' }),
      fails: vms({}, {}, { ...SECURE, vm_boot_source: 'template' }),
      at: 'nodes.yaml/nodes/1/vm_boot_source',
      says: 'w-1 cannot boot from a template',
    },
  }),
  ...edgesOf('ENCRYPTION_WITHOUT_SECUREBOOT', {
    'keys in the TPM': {
      passes: [
        vms({}, { ...SECURE, encrypt_disk: true }),
        vms({ talos: { disk_encryption: 'node_id' } }, { encrypt_disk: true }),
      ],
      fails: vms({}, {}, { encrypt_disk: true }),
      at: 'nodes.yaml/nodes/1/encrypt_disk',
      says: 'encrypt_disk of w-1 keeps its keys in the TPM, which needs secureboot: true on that node; write that, or talos.disk_encryption: node_id',
    },
  }),
  ...edgesOf('DISK_IS_PARTITION', {
    ...Object.fromEntries(
      [
        ['/dev/sda', '/dev/sda1'],
        ['/dev/vdab', '/dev/vdab12'],
        ['/dev/nvme0n1', '/dev/nvme0n1p1'],
        ['/dev/nvme10n12', '/dev/nvme10n12p13'],
        ['/dev/mmcblk1', '/dev/mmcblk1p2'],
        ['/dev/mmcblk10', '/dev/mmcblk10p12'],
      ].map(([whole, partition]) => [
        partition,
        {
          passes: metal({}, {}, { disk: whole }),
          fails: metal({}, {}, { disk: partition }),
          at: 'nodes.yaml/nodes/1/disk',
          says: `disk ${String(partition)} of w-1 is a partition; did you mean ${String(whole)}?`,
          besides: METAL_WARNS,
        },
      ]),
    ),
    'names that only look alike': {
      passes: ['/dev/disk/by-id/dev/sda1', '/dev/sda1x', '/dev/nvme0n1p1x', '/x/dev/nvme0n1p1', 'S3RIAL1'].map((disk) =>
        metal({}, { disk }),
      ),
      fails: metal({}, { disk: '/dev/sdb3' }),
      at: 'nodes.yaml/nodes/0/disk',
      says: 'of cp-1',
      besides: METAL_WARNS,
    },
  }),
  ...edgesOf('DISK_NOT_ON_CONTROLLER', {
    'one disk is sda': {
      passes: ['/dev/sda', '/dev/disk/by-id/scsi-x', '/dev/disk/by-path/a/..b', 'S3RIAL'].map((disk) =>
        vms({}, { disk }),
      ),
      fails: vms({}, { disk: '/dev/sdb' }),
      at: 'nodes.yaml/nodes/0/disk',
      says: 'disk /dev/sdb of cp-1 does not exist in its VM, whose system disk is scsi0; write /dev/sda',
    },
    'the second is sdb': {
      passes: vms({}, {}, { disk: '/dev/sdb', ...disks(undefined) }),
      fails: vms({}, {}, { disk: '/dev/sdc', ...disks(undefined) }),
      at: 'nodes.yaml/nodes/1/disk',
      says: 'disk /dev/sdc of w-1',
    },
    'there is no sdaa': {
      fails: vms({}, {}, { disk: '/dev/sdaa', ...disks(undefined) }),
      at: 'nodes.yaml/nodes/1/disk',
      says: 'disk /dev/sdaa of w-1',
    },
    'the 25th is sdy': {
      passes: vms({}, {}, { disk: '/dev/sdy', ...disks(...Array<undefined>(24)) }),
      fails: vms({}, {}, { disk: '/dev/sdz', ...disks(...Array<undefined>(24)) }),
      at: 'nodes.yaml/nodes/1/disk',
      says: 'disk /dev/sdz of w-1',
    },
    ...each(OTHER_DISKS, (disk) => ({
      fails: vms({}, { disk }),
      at: 'nodes.yaml/nodes/0/disk',
      says: `disk ${disk} of cp-1 does not exist in its VM`,
    })),
  }),
  ...edgesOf('DISK_SERIAL_TOO_LONG', {
    '20 characters': {
      passes: vms({}, { disk: 'S'.repeat(20) }),
      fails: vms({}, { disk: 'S'.repeat(21) }),
      at: 'nodes.yaml/nodes/0/disk',
      says: `disk serial "${'S'.repeat(21)}" of cp-1 is longer than the 20 characters of a virtual disk; write a shorter one`,
    },
  }),
  ...edgesOf('DISK_SERIAL_CHARACTERS', {
    ...each(',:/@%+=#~'.split(''), (sign) => ({
      // What starts with a slash is a path.
      fails: vms({}, {}, { disk: `a${sign}b` }),
      at: 'nodes.yaml/nodes/1/disk',
      says: `disk serial "a${sign}b" of w-1 cannot be that of a virtual disk; write letters, digits and _ . - alone, or a path such as /dev/sda`,
    })),
    'the first and the last character': {
      passes: [vms({}, { disk: '_a.B-9' }), vms({}, {}, { disk: 'azAZ09' })],
      fails: vms({}, {}, { disk: 'ab,' }),
      at: 'nodes.yaml/nodes/1/disk',
      says: '"ab,"',
    },
    'the first character': {
      passes: metal({}, { disk: ',ab' }),
      fails: vms({}, {}, { disk: ',ab' }),
      at: 'nodes.yaml/nodes/1/disk',
      says: '",ab"',
      besides: METAL_WARNS,
    },
  }),
  ...edgesOf('DISK_SERIAL_DUPLICATE', {
    'of two extra disks': {
      passes: [
        vms({}, {}, disks('a', 'A', 'b')),
        vms({}, disks('a'), disks('a')),
        vms({}, {}, disks(undefined, undefined)),
      ],
      fails: vms({}, {}, disks('a', 'b', 'a')),
      at: 'nodes.yaml/nodes/1/vm_extra_disks/2/serial',
      says: 'scsi3 and scsi1 of w-1 have the same serial a; give one of them another',
    },
    'of the system disk and an extra disk': {
      passes: vms({}, { disk: 'sys', ...disks('other') }),
      fails: vms({}, { disk: 'sys', ...disks('sys') }),
      at: 'nodes.yaml/nodes/0/vm_extra_disks/0/serial',
      says: 'scsi1 and scsi0 of cp-1 have the same serial sys',
    },
  }),
  ...edgesOf('VOLUME_NAME_DUPLICATE', {
    'of one node': {
      passes: vms({}, volumes('data', 'logs'), volumes('data')),
      fails: vms({}, {}, volumes('data', 'logs', 'data')),
      at: 'nodes.yaml/nodes/1/vm_extra_disks',
      says: 'two extra disks of w-1 are called data; give one of them another name',
    },
  }),
  ...edgesOf('BALLOONING', {
    'more than nothing': {
      passes: vms(advanced({ balloon: 0 })),
      fails: vms(advanced({ balloon: 1 })),
      at: 'cluster.yaml/proxmox_vm_advanced/balloon',
      says: 'ballooning takes memory from nodes, and Kubernetes does not notice; write balloon: 0',
    },
  }),
  ...edgesOf('SCSI_SINGLE', {
    'another controller': {
      passes: [vms(advanced({ scsi_hw: 'virtio-scsi-pci' })), vms(advanced({ scsi_hw: 'lsi' }))],
      fails: vms(advanced({ scsi_hw: 'virtio-scsi-single' })),
      at: 'cluster.yaml/proxmox_vm_advanced/scsi_hw',
      says: 'the Talos documentation advises against virtio-scsi-single; prefer virtio-scsi-pci',
    },
  }),
];
