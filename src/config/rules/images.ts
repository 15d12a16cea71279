/** Rules about schematics: whether ids are what they are said to be, and images fit the machines. */

import type { Node, Vm } from '../../model/cluster.ts';
import { nodePointer, type Finding, type RuleContext, type RuleRow } from '../../model/rule.ts';
import { inCluster, inNodes } from './finding.ts';

const PARTS = 'talos.extensions, talos.kernel_args and talos.image';

/** The id to verify given ones against; `null` where nothing says what a schematic holds. */
function writtenSchematic({ cluster, clusterFile, refused }: RuleContext): string | null {
  const { extensions, kernel_args: kernelArgs, image } = clusterFile.talos ?? {};
  const isWritten = extensions !== undefined || kernelArgs !== undefined || image !== undefined;
  return isWritten && !refused.has('talos') ? cluster.talos.schematic.id : null;
}

/** Both describe the same image: one of them is wrong. */
function schematicMismatch(context: RuleContext): Finding[] {
  const id = writtenSchematic(context);
  const given = context.clusterFile.schematic_id;
  return id === null || given === undefined || given === id
    ? []
    : [
        inCluster(
          '/schematic_id',
          `schematic_id ${given.slice(0, 12)}… is not the id that ${PARTS} make (${id}); leave one of them out`,
        ),
      ];
}

/** A node may have another image than the cluster, but an id does not say what is in it. */
function schematicOfNode(context: RuleContext): Finding[] {
  const id = writtenSchematic(context);
  if (id === null) return [];
  return context.cluster.nodes.flatMap((node) => {
    const given = context.nodesFile.nodes[node.index]?.schematic_id;
    return given === undefined || given === id
      ? []
      : [
          inNodes(
            nodePointer(node, 'schematic_id'),
            `schematic_id ${given.slice(0, 12)}… of ${node.name} is not the id that ${PARTS} make (${id}), so they do not apply to ` +
              `${node.name}; leave it out unless ${node.name} is meant to have another image`,
          ),
        ];
  });
}

function vmsWithClusterImage({ cluster }: RuleContext): { node: Node; vm: Vm }[] {
  return cluster.nodes.flatMap((node) =>
    node.vm === null || node.schematicId !== cluster.talos.schematic.id ? [] : [{ node, vm: node.vm }],
  );
}

/** An overlay is for a board, and a virtual disk of Proxmox has sectors of 512 bytes. */
function notForVms(context: RuleContext): Finding[] {
  const { overlay, sectorSize } = context.cluster.talos.image;
  const [first] = vmsWithClusterImage(context);
  if (first === undefined || context.refused.has('talos')) return [];
  return [
    ...(overlay === null
      ? []
      : [
          inCluster(
            '/talos/image/overlay',
            `overlay ${overlay.name} is for a single-board computer, and ${first.node.name} is a VM; leave it out`,
          ),
        ]),
    ...(sectorSize === 4096
      ? [
          inCluster(
            '/talos/image/sector_size',
            `a disk image with sectors of 4096 bytes does not start in ${first.node.name}, whose virtual disk has sectors of 512; leave sector_size out`,
          ),
        ]
      : []),
  ];
}

/** systemd-boot needs UEFI, and GRUB is not signed. */
function bootloaderFirmware(context: RuleContext): Finding[] {
  const { bootloader } = context.cluster.talos.image;
  if (bootloader === null || context.refused.has('talos')) return [];
  const withSeaBios = vmsWithClusterImage(context).find(({ vm }) => bootloader === 'sd-boot' && vm.bios === 'seabios');
  const secure = context.cluster.nodes.find((node) => node.secureBoot && bootloader !== 'sd-boot');
  const [node, reason] =
    withSeaBios !== undefined
      ? [withSeaBios.node, `has bios seabios, and sd-boot needs UEFI; write dual-boot, or bios: ovmf`]
      : [secure, `has secureboot, which only sd-boot can do; write sd-boot, or leave bootloader out`];
  return node === undefined
    ? []
    : [inCluster('/talos/image/bootloader', `bootloader ${bootloader} does not start on ${node.name}: it ${reason}`)];
}

/** These are for images made for Secure Boot: others have no keys to enrol. */
function optionsWithoutSecureBoot({ cluster, refused, partial }: RuleContext): Finding[] {
  const { enrollKeys, wellKnownCertificates } = cluster.talos.image;
  if (partial || refused.has('talos') || cluster.nodes.some(({ secureBoot }) => secureBoot)) return [];
  const written = [
    ...(enrollKeys === null ? [] : ['enroll_keys']),
    ...(wellKnownCertificates ? ['well_known_certificates'] : []),
  ];
  return written.map((key) =>
    inCluster(
      `/talos/image/${key}`,
      `talos.image.${key} has no effect, as no node has secureboot; write secureboot: true on a node, or leave it out`,
    ),
  );
}

export const imageRules = [
  {
    code: 'SCHEMATIC_MISMATCH',
    severity: 'error',
    summary:
      'schematic_id is the id that talos.extensions, talos.kernel_args and talos.image make, where they are written too.',
    check: schematicMismatch,
  },
  {
    code: 'SCHEMATIC_OF_NODE',
    severity: 'warning',
    summary:
      'The schematic_id of a node is meant to replace talos.extensions, talos.kernel_args and talos.image there.',
    check: schematicOfNode,
  },
  {
    code: 'IMAGE_NOT_FOR_VM',
    severity: 'error',
    summary: 'The image of a VM has no overlay, and sectors of 512 bytes.',
    check: notForVms,
  },
  {
    code: 'BOOTLOADER_FIRMWARE',
    severity: 'error',
    summary: 'The bootloader fits the firmware: sd-boot needs UEFI, and Secure Boot needs sd-boot.',
    check: bootloaderFirmware,
  },
  {
    code: 'SECUREBOOT_OPTIONS',
    severity: 'warning',
    summary: 'Options of Secure Boot images are written only where a node has Secure Boot.',
    check: optionsWithoutSecureBoot,
  },
] as const satisfies readonly RuleRow[];
