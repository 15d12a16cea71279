/** Reading and writing of VM configurations: values as Proxmox stores and answers them. */

import { sha1 } from '@noble/hashes/legacy.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { parsePropertyString } from '../schema/check.ts';
import { FormatError, objectFormat, printPropertyString, type PropertyValues } from '../schema/property-string.ts';
import type { Properties } from '../schema/types.ts';
import type { VirtualMachine, VmConfig } from './vms.ts';

/** Keys that hold a volume. */
export const DRIVE = /^(ide|sata|scsi|virtio|efidisk|tpmstate|unused)\d+$/;

/** Keys that hold a volume which the guest has: what is unused is kept, and no slot. */
export function isSlot(key: string): boolean {
  return DRIVE.test(key) && !key.startsWith('unused');
}

/** `local-lvm:32`: a new volume of 32 GiB. */
export const NEW_DISK = /^(?:([^/:\s]+):)?(\d+(?:\.\d+)?)$/;

/** Internal keys that no request may set. */
const INTERNAL_NUMBERS: ReadonlySet<string> = new Set(['template']);

/** Parsed drive, its volume under `file`. */
export type Drive = PropertyValues & { readonly file: string };

export class ConfigReader {
  readonly #properties: Properties;

  constructor(properties: Properties) {
    this.#properties = properties;
  }

  knows(key: string): boolean {
    return this.#properties.has(key);
  }

  /** @returns `null` where the value is no property string of that key */
  parse(key: string, text: string): PropertyValues | null {
    const format = objectFormat(this.#properties.get(key));
    if (format === null) return null;
    try {
      return parsePropertyString(format, text);
    } catch (error) {
      if (error instanceof FormatError) return null;
      throw error;
    }
  }

  print(key: string, values: PropertyValues): string {
    const format = objectFormat(this.#properties.get(key));
    if (format === null) throw new Error(`'${key}' is no property string`);
    return printPropertyString(format, values);
  }

  drive(key: string, text: string): Drive | null {
    // An unused disk is its volume alone.
    if (key.startsWith('unused')) return { file: text.replace(/^file=/, '') };
    const values = this.parse(key, text);
    const file = values?.['file'];
    return values === null || file === undefined ? null : { ...values, file };
  }

  /** Every drive that is attached, by its key; what is no drive's property string is passed over. */
  drives(config: VmConfig): [string, Drive][] {
    return this.drivesAndUnused(config).filter(([key]) => isSlot(key));
  }

  /** The same with disks that lie unused. */
  drivesAndUnused(config: VmConfig): [string, Drive][] {
    return [...config].flatMap(([key, text]): [string, Drive][] => {
      const drive = DRIVE.test(key) ? this.drive(key, text) : null;
      return drive === null ? [] : [[key, drive]];
    });
  }

  /** As `GET config` answers it: whole numbers and booleans as numbers, everything else as text. */
  answer(vm: VirtualMachine, current: boolean): Record<string, string | number> {
    const merged = current ? vm.config : mergePending(vm);
    const out: Record<string, string | number> = {};
    for (const [key, value] of merged) out[key] = key === 'cipassword' ? '**********' : this.typed(key, value);
    out['digest'] = digestOf(vm);
    return out;
  }

  typed(key: string, value: string): string | number {
    const type = this.#properties.get(key)?.type;
    return type === 'boolean' || type === 'integer' || INTERNAL_NUMBERS.has(key) ? Number(value) : value;
  }
}

/** The configuration as it will be after the next start. */
export function mergePending(vm: VirtualMachine): VmConfig {
  if (vm.pending.size === 0 && vm.pendingDeletes.size === 0) return vm.config;
  const merged = new Map([...vm.config, ...vm.pending]);
  for (const key of vm.pendingDeletes.keys()) merged.delete(key);
  return merged;
}

/** SHA-1 of the configuration file. */
export function digestOf(vm: VirtualMachine): string {
  const lines = (config: VmConfig): string =>
    [...config]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}: ${value}\n`)
      .join('');
  const deletes = [...vm.pendingDeletes.keys()].join(',');
  const pending =
    vm.pending.size + vm.pendingDeletes.size === 0 ? '' : `\n[PENDING]\n${lines(vm.pending)}delete: ${deletes}\n`;
  return bytesToHex(sha1(new TextEncoder().encode(lines(vm.config) + pending)));
}

export function isCdrom({ media, file }: Drive): boolean {
  return media === 'cdrom' || isCloudInit(file);
}

export function isCloudInit(file: string): boolean {
  return /(:|\/|^)(vm-\d+-)?cloudinit(\.\w+)?$/.test(file);
}

/** `order=scsi0;net0` -> its devices; empty for the older form. */
export function bootOrder(value: string | undefined): string[] {
  const order = /(?:^|,)order=([^,]+)/.exec(value ?? '')?.[1] ?? '';
  return order.split(/[;, ]+/).filter((device) => device !== '');
}

/** How Proxmox VE writes it: nothing for no devices. Source: qemu-server src/PVE/QemuServer.pm, print_bootorder. */
export function printBootOrder(devices: readonly string[]): string {
  return devices.length === 0 ? '' : `order=${devices.join(';')}`;
}
