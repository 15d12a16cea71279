/** A host of the inventory as the role's comparison is given it, and its VM as Proxmox VE would hold it. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { VmCluster, VmNode } from '../../../src/model/cluster.ts';
import { UnsafeText } from '../../../src/model/yaml-value.ts';
import { hostVars } from '../../../src/targets/ansible/host-vars.ts';
import { ROOT } from '../../support/validation.ts';

/** What `proxmox_vm_review` compares with, by the names of `vars/main.yaml`. */
export interface Model {
  readonly id: number;
  readonly node: string;
  readonly pool: string;
  readonly source: string;
  readonly options: Readonly<Record<string, string>>;
  readonly nics: Readonly<Record<string, string>>;
  readonly disks: readonly ModelDisk[];
  readonly drives: Readonly<Record<string, string>>;
  readonly firmware: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

interface ModelDisk {
  readonly slot: string;
  readonly storage: string;
  readonly size_gib: number;
  readonly options: Readonly<Record<string, string>>;
}

interface InventoryNic {
  readonly slot: string;
  readonly stored: string;
}

const EXPRESSIONS = (
  parse(readFileSync(join(ROOT, 'templates/ansible/roles/proxmox_vm/vars/main.yaml'), 'utf8')) as {
    readonly proxmox_vm_model: Readonly<Record<string, string>>;
  }
).proxmox_vm_model;

/** The variables of a host, put together as the role does it. */
export function modelOf(cluster: VmCluster, node: VmNode): Model {
  const variables = plain({ proxmox_vm_cluster: cluster.name, ...hostVars(cluster, node) }) as Record<string, unknown>;
  const value = (expression: string): unknown => {
    const name = /^\{\{ (\w+) \}\}$/.exec(expression)?.[1];
    if (name !== undefined && variables[name] !== undefined) return variables[name];
    if (!expression.includes('proxmox_vm_nics'))
      throw new Error(`vars/main.yaml says what is not known here: ${expression}`);
    return Object.fromEntries(
      (variables['proxmox_vm_nics'] as InventoryNic[]).map(({ slot, stored }) => [slot, stored]),
    );
  };
  return Object.fromEntries(Object.entries(EXPRESSIONS).map(([key, text]) => [key, value(text)])) as unknown as Model;
}

/** Texts that Ansible must not evaluate are texts like others to Python. */
function plain(value: unknown): unknown {
  if (value instanceof UnsafeText) return value.text;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}

const printed = (options: Readonly<Record<string, string>>): string[] =>
  Object.entries(options).map(([key, value]) => `${key}=${value}`);

/** The configuration of a VM that provision made and nobody touched. */
export function configOf({ id, options, nics, disks, drives, firmware }: Model): Record<string, string> {
  const volume = (storage: string, name: string): string => `${storage}:vm-${id}-${name}`;
  return {
    ...options,
    ...nics,
    ...Object.fromEntries(
      disks.map(({ slot, storage, size_gib, options: rest }) => [
        slot,
        [volume(storage, `disk-${slot}`), ...printed(rest), `size=${size_gib}G`].join(','),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(firmware).map(([slot, { storage = '', ...rest }]) => [
        slot,
        [volume(storage, slot), ...printed(rest), 'size=4M'].join(','),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(drives).map(([slot, text]) => [
        slot,
        text.includes(':cloudinit') ? `${text.replace(':cloudinit', `:vm-${id}-cloudinit`)},media=cdrom` : text,
      ]),
    ),
    digest: '0'.repeat(40),
  };
}

/** What `proxmox_vm_info` finds of it. */
export function foundOf(model: Model, config: Readonly<Record<string, unknown>>, rest: object = {}): object {
  return {
    vmid: model.id,
    node: model.node,
    name: config['name'],
    status: 'running',
    ...(model.pool === '' ? {} : { pool: model.pool }),
    config,
    ...rest,
  };
}
