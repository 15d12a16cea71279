/** The image of a cloud-init drive, and `GET` and `PUT .../cloudinit`. Source: qemu-server src/PVE/QemuServer/Cloudinit.pm. */

import { MIB } from '../../schema/size.ts';
import { isCloudInit } from '../../state/config.ts';
import { fail } from '../../state/errors.ts';
import type { Host } from '../../state/host.ts';
import { kindOf, storageOf } from '../../state/volume-names.ts';
import type { VirtualMachine, VmConfig } from '../../state/vms.ts';
import { need, vmOf, type Handlers } from '../call.ts';
import { allocateCloudInit } from './disks.ts';
import { needNoLock } from '../../state/config-lock.ts';

const VM = '/nodes/{node}/qemu/{vmid}';

export const CLOUD_INIT_HANDLERS: Handlers = {
  [`GET ${VM}/cloudinit`]: (call) => differences(vmOf(call)),
  [`PUT ${VM}/cloudinit`]: (call) =>
    call.host.locks.hold(Number(need(call, 'vmid')), {}, () => {
      const vm = vmOf(call);
      needNoLock(vm);
      makeImage(call.host, vm);
    }),
};

/** All snippets of a VM together. */
const SNIPPETS_BYTES = 3 * MIB;

/**
 * Makes the image anew, where the VM has a cloud-init drive. Whether the storage of a snippet is meant for snippets is
 * not asked.
 *
 * @param config the configuration it is made from
 * @throws ApiError for a snippet that is not there
 */
export function makeImage(host: Host, vm: VirtualMachine, config: VmConfig = vm.config): void {
  const drive = host.configs.drives(config).find(([, { file }]) => isCloudInit(file))?.[1];
  if (drive === undefined) return;
  needSnippets(host, vm.node, config.get('cicustom'));
  if (host.storages.volume(vm.node, drive.file) === undefined) {
    const format = /\.(\w+)$/.exec(drive.file)?.[1];
    allocateCloudInit({ host, node: vm.node, vmid: vm.vmid }, storageOf(drive.file), format);
  }
  vm.imageDifferences.clear();
}

function needSnippets(host: Host, node: string, cicustom: string | undefined): void {
  const volids = Object.values(host.configs.parse('cicustom', cicustom ?? '') ?? {});
  const sizes = volids.map((volid) => {
    if (kindOf(volid) !== 'snippets') fail(`${volid} is not in the snippets directory`);
    return (host.storages.volume(node, volid) ?? fail(`volume '${volid}' does not exist`)).size;
  });
  if (sizes.reduce((sum, size) => sum + size, 0) > SNIPPETS_BYTES) fail('Cloud-Init sum of snippets too big (> 3 MiB)');
}

/** A running guest's value has changed, its image has not. */
export function recordDifference(
  vm: VirtualMachine,
  key: string,
  before: string | undefined,
  after: string | null,
): void {
  const inImage = vm.imageDifferences.has(key) ? vm.imageDifferences.get(key) : (before ?? null);
  if (inImage === after || inImage === undefined) vm.imageDifferences.delete(key);
  else vm.imageDifferences.set(key, inImage);
}

const SHOWN = ['cicustom', 'cipassword', 'citype', 'ciupgrade', 'ciuser', 'nameserver', 'searchdomain', 'sshkeys'];

/** A changed address is not shown, only an added or removed one: so it is in qemu-server. */
function differences({ config, imageDifferences }: VirtualMachine): unknown[] {
  const shown = (key: string, value: string | null | undefined): string | null =>
    key === 'cipassword' ? '**********' : (value ?? null);
  const entries = [...imageDifferences];
  const added = entries.filter(([, value]) => value === null).map(([key]) => key);
  return [
    ...added.map((key) => ({ key, pending: shown(key, config.get(key)) })),
    ...SHOWN.filter((key) => config.has(key) && !added.includes(key)).map((key) => {
      const before = imageDifferences.get(key);
      const now = shown(key, config.get(key));
      return before === undefined ? { key, value: now } : { key, value: shown(key, before), pending: now };
    }),
    ...entries.filter(([key, value]) => value !== null && !config.has(key)).map(([key]) => ({ key, delete: 1 })),
  ];
}
