/** Turns a request into pending changes of a VM. Source: qemu-server src/PVE/API2/Qemu.pm, update_vm_api. */

import { bootOrder, DRIVE, isCdrom, isCloudInit, isSlot, printBootOrder, type Drive } from '../../state/config.ts';
import { fail } from '../../state/errors.ts';
import type { VirtualMachine, VmConfig } from '../../state/vms.ts';
import { createDisks, type DiskMaker } from './disks.ts';
import { needBridges, needForDevice, needForDrive, needVm, type Asker } from './permissions.ts';
import { needTags } from './tags.ts';
import { freeOwn, keepUnused } from './unused.ts';

/** What disks that come are made with. */
type MakerParts = Pick<DiskMaker, 'storages' | 'log' | 'touch'>;

interface Asked {
  readonly options: VmConfig;
  readonly deletes: readonly string[];
}

/** Writes key by key, so what comes before a refusal stays pending. */
export class PendingWriter {
  /** Keys that this update is about: older changes that wait are left alone. */
  readonly modified = new Set<string>();
  readonly #asker: Asker;
  readonly #vm: VirtualMachine;
  readonly #maker: MakerParts;
  /** As it is in force, with the changes of this update. */
  #order: readonly string[];

  constructor(asker: Asker, vm: VirtualMachine, maker: MakerParts) {
    this.#asker = asker;
    this.#vm = vm;
    this.#maker = maker;
    this.#order = bootOrder(vm.config.get('boot'));
  }

  remove(key: string, force: boolean): void {
    const vm = this.#vm;
    const waiting = vm.pending.get(key);
    const value = vm.config.get(key) ?? waiting;
    if (value === undefined) {
      this.#maker.log(`cannot delete '${key}' - not set in current configuration!`);
      return;
    }
    this.#needRemovable(key, value);
    this.modified.add(key);
    vm.pending.delete(key);
    if (this.#order.includes(key)) this.#setOrder(this.#order.filter((device) => device !== key));
    if (DRIVE.test(key) && waiting !== undefined) keepUnused(this.#asker, vm, this.#drive(key, waiting));
    if (key === 'tags' || key.startsWith('unused')) vm.config.delete(key);
    else vm.pendingDeletes.set(key, force);
  }

  #needRemovable(key: string, value: string): void {
    const [asker, vm] = [this.#asker, this.#vm];
    const needUnprotected = (what: string): void => {
      if (vm.config.get('protection') === '1') fail(`can't remove ${what} - protection mode enabled`);
    };
    if (key.startsWith('unused')) {
      const drive = this.#drive(key, value);
      needUnprotected(`unused disk '${drive.file}'`);
      needVm(asker, 'VM.Config.Disk');
      freeOwn(asker, vm, key, drive);
    } else if (DRIVE.test(key)) {
      needUnprotected(`drive '${key}'`);
      needForDrive(asker, this.#drive(key, value));
    } else if (/^net\d+$/.test(key))
      needBridges(
        asker,
        [...vm.config].filter(([name]) => name === key),
      );
    else if (key === 'tags') needTags(asker, value, '');
    else needForDevice(asker, key, value, 'delete');
  }

  /** @param request all that is asked for at once: a boot order may name what comes with it */
  change(key: string, value: string, request: Asked): void {
    const vm = this.#vm;
    this.modified.add(key);
    if (vm.pending.get(key) === value) return;
    if (isSlot(key)) this.#changeDrive(key, value);
    else {
      this.#needChangeable(key, value);
      if (key === 'boot') this.#needDevices(value, request);
      vm.pending.set(key, value);
    }
    vm.pendingDeletes.delete(key);
  }

  /** What depends on the value that is there and on the new one. */
  #needChangeable(key: string, value: string): void {
    const [asker, vm] = [this.#asker, this.#vm];
    const before = vm.config.get(key);
    if (before !== undefined) {
      if (/^net\d+$/.test(key)) needBridges(asker, [[key, before]]);
      needForDevice(asker, key, before, 'modify');
    }
    needForDevice(asker, key, value, 'modify');
    if (key === 'tags') needTags(asker, before ?? '', value);
  }

  #changeDrive(key: string, value: string): void {
    const [asker, vm] = [this.#asker, this.#vm];
    const { host, user, vmid } = asker;
    const [before, waiting] = [vm.config.get(key), vm.pending.get(key)];
    if (before !== undefined) needForDrive(asker, this.#drive(key, before));
    const wanted = this.#drive(key, value);
    needForDrive(asker, wanted);
    if (waiting !== undefined) keepUnused(asker, vm, this.#drive(key, waiting));
    const maker: DiskMaker = { ...this.#maker, host, user, node: vm.node, vmid };
    const existing = new Map([...vm.config, ...vm.pending].filter(([name]) => !vm.pendingDeletes.has(name)));
    for (const [name, text] of createDisks(maker, existing, new Map([[key, value]]))) vm.pending.set(name, text);
    // A new disc is there to be booted from, a cloud-init drive is not. Source: qemu-server src/PVE/API2/Qemu.pm, update_vm_api.
    const bootable = isCdrom(wanted) && !isCloudInit(wanted.file);
    if (bootable && this.#order.length > 0 && !this.#order.includes(key)) this.#setOrder([...this.#order, key]);
  }

  #needDevices(value: string, { options, deletes }: Asked): void {
    const vm = this.#vm;
    const missing = bootOrder(value).find(
      (device) => deletes.includes(device) || ![vm.config, vm.pending, options].some((config) => config.has(device)),
    );
    // The stray quote is in the original.
    if (missing !== undefined) fail(`invalid bootorder: device '${missing}' does not exist'`);
    if (bootOrder(value).length > 0 && vm.config.has('bootdisk')) vm.pendingDeletes.set('bootdisk', false);
  }

  #setOrder(order: readonly string[]): void {
    this.#order = order;
    this.modified.add('boot');
    this.#vm.pending.set('boot', printBootOrder(order));
  }

  #drive(key: string, value: string): Drive {
    return this.#asker.host.configs.drive(key, value) ?? fail(`unable to parse drive options of '${key}'`);
  }
}
