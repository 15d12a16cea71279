import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Vm } from '../../../src/model/cluster.ts';
import { hostVars } from '../../../src/targets/ansible/host-vars.ts';
import { generateFixture } from '../../support/pipeline.ts';
import { ROOT } from '../../support/validation.ts';
import { sampleWithVms } from '../../support/cluster.ts';
import { changesOf } from '../../support/vm-leaves.ts';
import { shapes } from '../../support/vm-shapes.ts';

const { files } = generateFixture(ROOT);
const ansible = files.filter(({ path }) => path.startsWith('ansible/'));

describe('variables of the inventory', () => {
  const code = ansible
    .filter(({ path }) => !path.startsWith('ansible/inventory/'))
    .map(({ content }) => content)
    // Variables may be read by the expressions of others.
    .concat(
      ansible.flatMap(({ path, content }) => (path.endsWith('vars.yaml') ? (content.match(/\{\{.*\}\}/g) ?? []) : [])),
    )
    .join('\n');
  const given = (path: string): object => parse(ansible.find((file) => file.path === path)?.content ?? '') as object;
  const host =
    (given('ansible/inventory/hosts.yaml') as Inventory).all.children.talos.children.talos_worker.hosts['w-3'] ?? {};

  it.each([...new Set([...Object.keys(given('ansible/inventory/group_vars/all/vars.yaml')), ...Object.keys(host)])])(
    'are read by a playbook or a task: %s',
    (name) => {
      // The defaults of the role declare a variable, they do not read it.
      const defaults = ansible.find(({ path }) => path.endsWith('defaults/main.yaml'))?.content ?? '';
      const specification = ansible.find(({ path }) => path.endsWith('argument_specs.yaml'))?.content ?? '';
      const uses = (text: string): number => text.split(name).length - 1;
      expect(uses(code) - uses(defaults) - uses(specification)).toBeGreaterThan(0);
    },
  );
});

interface Inventory {
  readonly all: {
    readonly children: {
      readonly talos: { readonly children: { readonly talos_worker: { readonly hosts: Record<string, object> } } };
    };
  };
}

describe('what the modules are given', () => {
  const text = (path: string): string => ansible.find((file) => file.path.endsWith(path))?.content ?? '';
  const hosts = Object.values(shapes).flatMap((cluster) =>
    cluster.nodes.map((node) => hostVars(cluster, node) as unknown as Given),
  );
  const keys = (of: (host: Given) => readonly object[]): string[] => [
    ...new Set(hosts.flatMap((host) => of(host).flatMap((value) => Object.keys(value)))),
  ];

  it.each(keys((host) => [host.proxmox_vm_options]))('has the option %s when a VM is updated', (name) => {
    expect(text('tasks/converge.yaml')).toMatch(new RegExp(`proxmox_vm_options\\.${name}\\b`));
  });

  it.each(keys((host) => [host.proxmox_vm_options]).filter((name) => name !== 'boot'))(
    'has the option %s when a VM is made',
    (name) => {
      expect(text('tasks/create.yaml')).toMatch(new RegExp(`proxmox_vm_options\\.${name}\\b`));
    },
  );

  it.each(keys((host) => host.proxmox_vm_nics).filter((name) => name !== 'stored'))('has the %s of a NIC', (name) => {
    expect(text('tasks/converge.yaml')).toMatch(new RegExp(`proxmox_vm_item\\.${name}\\b`));
  });

  it.each(keys((host) => host.proxmox_vm_disks.map(({ options }) => options)))('has the %s of a disk', (name) => {
    expect(text('tasks/disks.yaml').split(`proxmox_vm_item.options.${name}`)).toHaveLength(3);
  });

  it.each(keys((host) => Object.values(host.proxmox_vm_firmware)))('has the %s of firmware', (name) => {
    expect(text('vars/main.yaml')).toMatch(new RegExp(`proxmox_vm_firmware\\.\\w+(\\.${name}\\b|\\['${name}'\\])`));
  });
});

interface Given {
  readonly proxmox_vm_options: object;
  readonly proxmox_vm_firmware: Readonly<Record<string, object>>;
  readonly proxmox_vm_nics: readonly object[];
  readonly proxmox_vm_disks: readonly { readonly options: object }[];
}

describe('what a plan compares', () => {
  const variables = (sizeGiB: number): Devices => {
    const cluster = sampleWithVms((vm) => ({
      ...vm,
      disks: [{ ...vm.disks[0], sizeGiB }],
      nics: [{ ...vm.nics[0], vlanTag: 30, mtu: 9000, queues: 2, firewall: true, bridge: 'vmbr1' }],
    }));
    const [node] = cluster.nodes;
    return node === undefined
      ? { proxmox_vm_disks: [], proxmox_vm_nics: [] }
      : (hostVars(cluster, node) as unknown as Devices);
  };

  it.each(Object.entries(shapes))('is every leaf of a VM that a host still shows: %s', (_, cluster) => {
    // A disk does not show what it was made from; an ISO is compared by its volume.
    const past = /^boot\.(?:image|template)\.|^boot\.iso\.imageKey$/;
    const node = cluster.nodes.at(-1);
    if (node === undefined) throw new Error('no node');
    const compared = (vm: Vm): string => {
      const variables = hostVars(cluster, { ...node, vm }) as unknown as Compared;
      return JSON.stringify([
        variables.proxmox_vm_id,
        variables.proxmox_vm_node,
        variables.proxmox_vm_pool,
        variables.proxmox_vm_wanted,
        variables.proxmox_vm_firmware,
        variables.proxmox_vm_drives,
        variables.proxmox_vm_disks,
        variables.proxmox_vm_nics.map(({ slot, stored }) => [slot, stored]),
      ]);
    };
    const before = compared(node.vm);
    const wrong = changesOf(node.vm, cluster).filter(({ leaf, vm }) => (compared(vm) === before) !== past.test(leaf));
    expect(wrong.map(({ what }) => what)).toEqual([]);
  });

  it('is a NIC as Proxmox stores it: model and address, then the options by name', () => {
    expect(variables(64).proxmox_vm_nics[0]?.stored).toBe(
      'virtio=BC:24:11:00:00:0B,bridge=vmbr1,firewall=1,mtu=9000,queues=2,tag=30',
    );
  });

  it('is a disk with every option as Proxmox stores it', () => {
    expect(variables(64).proxmox_vm_disks[0]).toEqual({
      slot: 'scsi0',
      storage: 'local-lvm',
      size_gib: 64,
      options: { backup: '0', discard: 'on', iothread: '0', replicate: '0', ssd: '1' },
    });
  });
});

/** What `proxmox_vm_model` of the role's variables is made of. */
interface Compared extends Readonly<Record<`proxmox_vm_${string}`, unknown>> {
  readonly proxmox_vm_nics: readonly { readonly slot: string; readonly stored: string }[];
}

interface Devices {
  readonly proxmox_vm_disks: readonly object[];
  readonly proxmox_vm_nics: readonly { readonly stored: string }[];
}

describe('every playbook', () => {
  const playbooks = ansible.filter(({ path }) => path.startsWith('ansible/playbooks/'));

  it.each(playbooks.map(({ path, content }) => [path, content]))(
    'asks for credentials and versions before anything else: %s',
    (_, content) => {
      const [first] = parse(content) as readonly { readonly tasks: readonly { readonly name: string }[] }[];
      expect(first?.tasks[0]?.name).toBe('Require credentials and versions');
    },
  );
});
