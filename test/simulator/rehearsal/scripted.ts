/** A client that builds a cluster with the requests of the bpg provider, and can be told to misbehave. */

import { base64 } from '../../../src/model/base64.ts';
import type { Disk, Nic, Vm, VmCluster } from '../../../src/model/cluster.ts';
import type { Simulator } from '../../../src/simulator/index.ts';
import type { ClientResult, RehearsalClient, RehearsedVerb } from '../../../src/simulator/rehearsal/rehearse.ts';
import { clientOf, type Form, type PveClient } from '../../support/pve.ts';

/** What a client does instead of, or besides, the right thing. */
export interface Mischief {
  /** Changes what is asked for when a VM is made. */
  readonly create?: (form: Form, vm: Vm) => Form;
  /** What has an id of the cluster is taken for the cluster's. */
  readonly adopts?: boolean;
  /** Instead of a verb. */
  readonly instead?: Partial<Record<RehearsedVerb, (pve: PveClient, cluster: VmCluster) => Promise<ClientResult>>>;
  /** After a verb that went well. */
  readonly after?: Partial<Record<RehearsedVerb, (pve: PveClient, cluster: VmCluster) => Promise<unknown>>>;
}

const DONE: ClientResult = { exitCode: 0, changes: false };

export function scriptedClient(simulator: Simulator, cluster: VmCluster, mischief: Mischief = {}): RehearsalClient {
  const pve = clientOf(simulator);
  const verbs: Record<RehearsedVerb, () => Promise<ClientResult>> = {
    prepare: () => Promise.resolve(DONE),
    apply: () => apply(pve, cluster, mischief),
    plan: () => plan(pve, cluster),
    destroy: () => destroy(pve, cluster),
  };
  return {
    run: async (verb) => {
      const result = await (mischief.instead?.[verb]?.(pve, cluster) ?? verbs[verb]());
      await mischief.after?.[verb]?.(pve, cluster);
      return result;
    },
  };
}

async function apply(
  pve: PveClient,
  { proxmox, nodes }: VmCluster,
  { create = (form) => form, adopts = false }: Mischief,
): Promise<ClientResult> {
  for (const { vm } of nodes) {
    const { status, data } = await pve.call('GET', `/nodes/${vm.pveNode}/qemu/${vm.vmId}/config`);
    if (status === 200 && data.description !== vm.description) return { exitCode: adopts ? 0 : 1, changes: false };
  }
  for (const { url, contentType, fileName, placements } of proxmox.images) {
    for (const { pveNode, storage } of placements) {
      await pve.task('POST', `/nodes/${pveNode}/storage/${storage}/download-url`, {
        url,
        content: contentType,
        filename: fileName,
      });
    }
  }
  for (const { vm } of nodes) {
    const path = `/nodes/${vm.pveNode}/qemu`;
    await pve.task('POST', path, create(creation(vm), vm));
    const {
      disks: [system],
    } = vm;
    await pve.task('PUT', `${path}/${vm.vmId}/resize`, { disk: system.slot, size: `${system.sizeGiB}G` });
    await pve.task('POST', `${path}/${vm.vmId}/status/start`);
  }
  return DONE;
}

async function plan(pve: PveClient, { nodes }: VmCluster): Promise<ClientResult> {
  for (const { vm } of nodes) await pve.call('GET', `/nodes/${vm.pveNode}/qemu/${vm.vmId}/config`);
  return DONE;
}

async function destroy(pve: PveClient, { nodes }: VmCluster): Promise<ClientResult> {
  let exitCode = 0;
  for (const { vm } of nodes) {
    const path = `/nodes/${vm.pveNode}/qemu/${vm.vmId}`;
    const { status } = await pve.call('POST', `${path}/status/stop`);
    if (status !== 200) continue;
    await pve.simulator.host.tasks.settled();
    const removed = await pve.call('DELETE', path, { purge: 1, 'destroy-unreferenced-disks': 1 });
    if (removed.status !== 200) exitCode = 1;
  }
  await pve.simulator.host.tasks.settled();
  return { exitCode, changes: false };
}

function creation(vm: Vm): Form {
  const { cloudInit, efiDisk, startup, smbios } = vm;
  return {
    vmid: vm.vmId,
    name: vm.name,
    description: vm.description,
    tags: vm.tags.join(';'),
    bios: vm.bios,
    machine: vm.machine,
    ostype: vm.osType,
    cpu: vm.cpuType,
    cores: vm.cores,
    sockets: vm.sockets,
    numa: vm.numa ? 1 : 0,
    memory: vm.memoryMiB,
    balloon: vm.balloonMiB,
    scsihw: vm.scsiController,
    boot: `order=${vm.bootOrder.join(';')}`,
    agent: `enabled=${vm.agent ? 1 : 0},type=virtio`,
    onboot: vm.onBoot ? 1 : 0,
    protection: vm.protection ? 1 : 0,
    startup: `order=${startup.order},up=${startup.upDelaySeconds},down=${startup.downDelaySeconds}`,
    smbios1:
      smbios.serial === null ? `uuid=${smbios.uuid}` : `uuid=${smbios.uuid},serial=${base64(smbios.serial)},base64=1`,
    serial0: 'socket',
    ...(efiDisk === null ? {} : { efidisk0: `${efiDisk.storage}:1,efitype=4m,pre-enrolled-keys=0` }),
    ...Object.fromEntries(vm.disks.map((disk, index) => [disk.slot, diskText(disk, index === 0 ? vm : null)])),
    ...Object.fromEntries(vm.nics.map((nic) => [nic.slot, nicText(nic)])),
    ...(cloudInit === null
      ? {}
      : {
          [cloudInit.drive]: `file=${cloudInit.storage}:cloudinit,`,
          nameserver: cloudInit.nameservers.join(' '),
          ...Object.fromEntries(
            cloudInit.ipConfigs.flatMap((config, index) =>
              config === null
                ? []
                : [
                    [
                      `ipconfig${index}`,
                      `ip=${config.address}${config.gateway === null ? '' : `,gw=${config.gateway}`}`,
                    ],
                  ],
            ),
          ),
        }),
  };
}

function diskText(disk: Disk, system: Vm | null): string {
  const imported = system?.boot.source === 'image' ? system.boot.volumeId : null;
  const file = imported === null ? `${disk.storage}:${disk.sizeGiB}` : `${disk.storage}:0,import-from=${imported}`;
  const flags = { ssd: disk.ssd, iothread: disk.iothread, backup: disk.backup, replicate: disk.replicate };
  const words = Object.entries(flags).map(([name, value]) => `${name}=${value ? 1 : 0}`);
  return [
    file,
    ...words,
    `discard=${disk.discard ? 'on' : 'ignore'}`,
    ...(disk.serial === null ? [] : [`serial=${disk.serial}`]),
  ].join(',');
}

function nicText({ macAddress, bridge, vlanTag, queues }: Nic): string {
  return `virtio=${macAddress},bridge=${bridge},queues=${queues}${vlanTag === null ? '' : `,tag=${vlanTag}`}`;
}
