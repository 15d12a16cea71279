/** Rules about what a machine is made of. */

import { diskImageEnrolsSecureBootKeys, minorText } from '../../model/version.ts';
import type { Node, Vm } from '../../model/cluster.ts';
import { nodePointer, type Finding, type RuleContext, type RuleRow } from '../../model/rule.ts';
import { KNOWN_CPU_MODELS } from '../../model/cpu-models.ts';
import { shown } from '../../model/shown.ts';
import { nearest } from '../../model/suggest.ts';
import { inCluster, inNodes } from './finding.ts';

/** Talos is built for x86-64-v2 (SSE4.2, POPCNT, CX16); these models lack some of it. */
const OLD_CPU_TYPES = new Set(
  (
    '486 athlon Conroe core2duo coreduo kvm32 kvm64 Opteron_G1 Opteron_G2 Opteron_G3 ' +
    'Penryn pentium pentium2 pentium3 phenom qemu32 qemu64'
  ).split(' '),
);

/** A finding per node that has a VM and fails the test. */
function perVm({ cluster }: RuleContext, key: string, fault: (vm: Vm, node: Node) => string | null): Finding[] {
  return cluster.nodes.flatMap((node) => {
    const message = node.vm === null ? null : fault(node.vm, node);
    return message === null ? [] : [inNodes(nodePointer(node, key), message)];
  });
}

function cpuTooOld(context: RuleContext): Finding[] {
  return perVm(context, 'vm_cpu_type', (vm, node) =>
    OLD_CPU_TYPES.has(vm.cpuType)
      ? `CPU type ${vm.cpuType} of ${node.name} is below x86-64-v2, on which Talos does not start; write host or x86-64-v2-AES`
      : null,
  );
}

/** Told once where all VMs have it from one key. */
function cpuUnknown({ cluster, nodesFile }: RuleContext): Finding[] {
  const isUnknown = (type: string): boolean => !type.startsWith('custom-') && !KNOWN_CPU_MODELS.includes(type);
  const unknown = cluster.nodes.filter(({ vm }) => vm !== null && isUnknown(vm.cpuType));
  const isWritten = (node: Node): boolean => nodesFile.nodes[node.index]?.vm_cpu_type !== undefined;
  const say = (type: string): string => {
    const meant = nearest(type, KNOWN_CPU_MODELS);
    const instead = meant === null ? 'write host or x86-64-v2-AES' : `did you mean ${meant}?`;
    return `Proxmox VE has no CPU type ${shown(type)}, and one that the hosts define is called custom-…; ${instead}`;
  };
  const inherited = unknown.find((node) => !isWritten(node))?.vm;
  return [
    ...(inherited ? [inCluster('/proxmox_vm_advanced/cpu_type', say(inherited.cpuType))] : []),
    ...unknown
      .filter(isWritten)
      .map((node) => inNodes(nodePointer(node, 'vm_cpu_type'), `${node.name}: ${say(node.vm?.cpuType ?? '')}`)),
  ];
}

function tooFewCores(context: RuleContext): Finding[] {
  return perVm(context, 'vm_cores', (vm, node) =>
    node.role === 'controlplane' && vm.cores * vm.sockets < 2
      ? `control plane ${node.name} has ${vm.cores * vm.sockets} core; Talos needs at least 2 for a control plane; write vm_cores: 2 or more`
      : null,
  );
}

function tooLittleMemory(context: RuleContext): Finding[] {
  return perVm(context, 'vm_memory', (vm, node) => {
    const minimum = node.role === 'controlplane' ? 2048 : 1024;
    return vm.memoryMiB < minimum
      ? `${node.role} ${node.name} has ${vm.memoryMiB} MiB of memory; Talos needs at least ${minimum}; write vm_memory: ${minimum} or more`
      : null;
  });
}

/** Each socket is a NUMA node of the guest. Source: qemu-server src/PVE/QemuServer/Memory.pm. */
function numaMemory(context: RuleContext): Finding[] {
  return perVm(context, 'vm_memory', (vm, node) => {
    const { numa, sockets, memoryMiB } = vm;
    if (!numa || memoryMiB % sockets === 0) return null;
    const [below, above] = [Math.floor(memoryMiB / sockets) * sockets, Math.ceil(memoryMiB / sockets) * sockets];
    return `${node.name} has ${sockets} sockets with NUMA, which cannot share ${memoryMiB} MiB of memory; write vm_memory: ${below} or ${above}, or numa: false in proxmox_vm_advanced`;
  });
}

function secureBootFirmware({ cluster }: RuleContext): Finding[] {
  const node = cluster.nodes.find(
    ({ secureBoot, vm }) => secureBoot && vm !== null && (vm.bios !== 'ovmf' || vm.machine !== 'q35'),
  );
  if (node?.vm === undefined || node.vm === null) return [];
  const key = node.vm.bios === 'ovmf' ? 'machine' : 'bios';
  return [
    inCluster(
      `/proxmox_vm_advanced/${key}`,
      `secureboot of ${node.name} needs bios ovmf and machine q35, not ${node.vm.bios} and ${node.vm.machine}; write both in proxmox_vm_advanced`,
    ),
  ];
}

function secureBootSource(context: RuleContext): Finding[] {
  const { version } = context.cluster.talos;
  if (diskImageEnrolsSecureBootKeys(version) || context.refused.has('talos_version')) return [];
  return perVm(context, 'vm_boot_source', (vm, node) =>
    node.secureBoot && vm.boot.source !== 'iso'
      ? `Talos ${minorText(version)} enrols Secure Boot keys only from its ISO: ${node.name} cannot boot from ` +
        `${vm.boot.source === 'image' ? 'an image' : 'a template'}; write vm_boot_source: iso or leave it out`
      : null,
  );
}

/** The keys are bound to the signed boot image, which exists only with Secure Boot. */
function encryptionWithoutSecureBoot({ cluster, refused }: RuleContext): Finding[] {
  if (cluster.talos.diskEncryption !== 'tpm' || refused.has('talos')) return [];
  return cluster.nodes
    .filter((node) => node.encryptDisk && !node.secureBoot && !refused.has(`${node.index}/secureboot`))
    .map((node) =>
      inNodes(
        nodePointer(node, 'encrypt_disk'),
        `encrypt_disk of ${node.name} keeps its keys in the TPM, which needs secureboot: true on that node; write that, or talos.disk_encryption: node_id`,
      ),
    );
}

function diskIsPartition({ cluster }: RuleContext): Finding[] {
  return cluster.nodes.flatMap((node) => {
    const { installDisk: disk } = node;
    if (disk.kind !== 'path') return [];
    const whole = wholeDisk(disk.path);
    return whole === null
      ? []
      : [
          inNodes(
            nodePointer(node, 'disk'),
            `disk ${disk.path} of ${node.name} is a partition; did you mean ${whole}?`,
          ),
        ];
  });
}

/** @returns the disk that a partition is part of, or `null` where the path is not that of a partition */
function wholeDisk(path: string): string | null {
  return (
    /^(\/dev\/(?:[sv]d[a-z]+))\d+$/.exec(path)?.[1] ??
    /^(\/dev\/(?:nvme\d+n\d+|mmcblk\d+))p\d+$/.exec(path)?.[1] ??
    null
  );
}

/** Below /dev/disk, where udev names what it finds; no part of it is . or .. */
const DISK_LINK = /^\/dev\/disk(?:\/(?!\.{1,2}(?:\/|$))[^/]+)+$/;

/** Every system disk is behind a SCSI controller, where the first one is /dev/sda. */
function diskNotOnController(context: RuleContext): Finding[] {
  return perVm(context, 'disk', (vm, { installDisk: disk, name }) => {
    if (disk.kind !== 'path') return null;
    const paths = vm.disks.map((_disk, position) => `/dev/sd${String.fromCharCode('a'.charCodeAt(0) + position)}`);
    return paths.includes(wholeDisk(disk.path) ?? disk.path) || DISK_LINK.test(disk.path)
      ? null
      : `disk ${disk.path} of ${name} does not exist in its VM, whose system disk is scsi0; write /dev/sda`;
  });
}

/** Talos finds a disk by its serial: with two disks of one serial it may take either. */
function duplicateSerials({ cluster }: RuleContext): Finding[] {
  return cluster.nodes.flatMap((node) => {
    const disks = node.vm?.disks ?? [];
    return disks.flatMap(({ slot, serial }, position) => {
      const first = disks.findIndex((other) => serial !== null && other.serial === serial);
      const other = disks[first];
      if (other === undefined || first >= position) return [];
      const pointer = nodePointer(node, `vm_extra_disks/${position - 1}/serial`);
      return [
        inNodes(
          pointer,
          `${slot} and ${other.slot} of ${node.name} have the same serial ${String(serial)}; give one of them another`,
        ),
      ];
    });
  });
}

function serialTooLong(context: RuleContext): Finding[] {
  return perVm(context, 'disk', (vm, node) =>
    (vm.disks[0].serial ?? '').length > 20
      ? `disk serial "${vm.disks[0].serial ?? ''}" of ${node.name} is longer than the 20 characters of a virtual disk; write a shorter one`
      : null,
  );
}

/** The serial is a word of a property string of Proxmox VE and of a link below /dev/disk/by-id. */
function serialCharacters(context: RuleContext): Finding[] {
  return perVm(context, 'disk', (vm, node) =>
    /^[A-Za-z0-9_.-]*$/.test(vm.disks[0].serial ?? '')
      ? null
      : `disk serial ${shown(vm.disks[0].serial)} of ${node.name} cannot be that of a virtual disk; write letters, digits and _ . - alone, or a path such as /dev/sda`,
  );
}

function duplicateVolumes({ cluster }: RuleContext): Finding[] {
  return cluster.nodes.flatMap((node) =>
    node.userVolumes
      .filter(({ name }, position) => node.userVolumes.findIndex((volume) => volume.name === name) < position)
      .map(({ name }) =>
        inNodes(
          nodePointer(node, 'vm_extra_disks'),
          `two extra disks of ${node.name} are called ${name}; give one of them another name`,
        ),
      ),
  );
}

function ballooning({ cluster }: RuleContext): Finding[] {
  return cluster.nodes.some((node) => node.vm !== null && node.vm.balloonMiB > 0)
    ? [
        inCluster(
          '/proxmox_vm_advanced/balloon',
          'ballooning takes memory from nodes, and Kubernetes does not notice; write balloon: 0',
        ),
      ]
    : [];
}

function scsiSingle({ cluster }: RuleContext): Finding[] {
  return cluster.nodes.some((node) => node.vm?.scsiController === 'virtio-scsi-single')
    ? [
        inCluster(
          '/proxmox_vm_advanced/scsi_hw',
          'the Talos documentation advises against virtio-scsi-single; prefer virtio-scsi-pci',
        ),
      ]
    : [];
}

export const machineRules = [
  {
    code: 'CPU_TYPE_TOO_OLD',
    severity: 'error',
    summary: 'The CPU type has the instructions of x86-64-v2.',
    check: cpuTooOld,
  },
  {
    code: 'CPU_TYPE_UNKNOWN',
    severity: 'error',
    summary: 'The CPU type is one of Proxmox VE, or one that the hosts define: custom-…',
    check: cpuUnknown,
  },
  { code: 'CORES_TOO_FEW', severity: 'error', summary: 'A control plane has at least 2 cores.', check: tooFewCores },
  {
    code: 'MEMORY_TOO_SMALL',
    severity: 'error',
    summary: 'A control plane has at least 2048 MiB of memory, a worker 1024.',
    check: tooLittleMemory,
  },
  {
    code: 'NUMA_MEMORY',
    severity: 'error',
    summary: 'With NUMA the sockets of a VM share its memory evenly.',
    check: numaMemory,
  },
  {
    code: 'SECUREBOOT_FIRMWARE',
    severity: 'error',
    summary: 'Secure Boot needs OVMF and the q35 machine.',
    check: secureBootFirmware,
  },
  {
    code: 'SECUREBOOT_BOOT_SOURCE',
    severity: 'error',
    summary: 'Before Talos 1.14 a node with Secure Boot boots from the ISO: disk images enrol no keys.',
    check: secureBootSource,
  },
  {
    code: 'ENCRYPTION_WITHOUT_SECUREBOOT',
    severity: 'error',
    summary: 'Disk encryption with the TPM needs Secure Boot.',
    check: encryptionWithoutSecureBoot,
  },
  { code: 'DISK_IS_PARTITION', severity: 'error', summary: 'Talos installs to a whole disk.', check: diskIsPartition },
  {
    code: 'DISK_NOT_ON_CONTROLLER',
    severity: 'error',
    summary: 'The install disk of a VM is a disk of its SCSI controller.',
    check: diskNotOnController,
  },
  {
    code: 'DISK_SERIAL_TOO_LONG',
    severity: 'error',
    summary: 'The serial of a virtual disk has at most 20 characters.',
    check: serialTooLong,
  },
  {
    code: 'DISK_SERIAL_CHARACTERS',
    severity: 'error',
    summary:
      'The serial of a virtual disk has only letters, digits and _ . -: Proxmox writes it among the options of the drive.',
    check: serialCharacters,
  },
  {
    code: 'DISK_SERIAL_DUPLICATE',
    severity: 'error',
    summary: 'The disks of a VM have different serials.',
    check: duplicateSerials,
  },
  {
    code: 'VOLUME_NAME_DUPLICATE',
    severity: 'error',
    summary: 'The volumes of a node have different names.',
    check: duplicateVolumes,
  },
  {
    code: 'BALLOONING',
    severity: 'warning',
    summary: 'A Kubernetes node keeps the memory that it reports.',
    check: ballooning,
  },
  {
    code: 'SCSI_SINGLE',
    severity: 'warning',
    summary: 'virtio-scsi-single has caused trouble with Talos.',
    check: scsiSingle,
  },
] as const satisfies readonly RuleRow[];
