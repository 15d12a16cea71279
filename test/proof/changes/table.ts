/**
 * Changes of a cluster that runs, and what has to become of its machines. What goes wrong today says so in `known`, by
 * backend; the rest holds.
 */

import type { Outcome } from '../../../src/simulator/index.ts';

export type RunnableBackend = 'ansible' | 'tofu';

/** Both inputs, parsed. */
export interface Inputs {
  cluster: Record<string, unknown>;
  nodes: Record<string, unknown>[];
}

export type Demand =
  /** Every VM by name; one that is not named stays as it is. The rehearsal ends well. */
  | { readonly vms: Readonly<Record<string, Outcome>> }
  /** Before the first write the tool says no, and every VM stays as it is. */
  | { readonly refused: RegExp }
  /** Changed or refused: no VM is lost, stopped or doubled. */
  | { readonly kept: true };

export interface ChangeRow {
  readonly name: string;
  /** What is built first: `plain` unless another base of `BASES`. */
  readonly base?: BaseName;
  readonly change: (inputs: Inputs) => void;
  readonly must: Demand | Readonly<Record<RunnableBackend, Demand>>;
  /** Names of VMs that a person said may go. */
  readonly confirmed?: readonly string[];
  /** What a person or a neighbour has done meanwhile: `pod volume` hangs a foreign volume into the first node. */
  readonly meanwhile?: 'pod volume';
  /** Backend -> the one that has built the cluster, where it is another. */
  readonly from?: Readonly<Record<RunnableBackend, RunnableBackend>>;
  /** Backend -> what the failure says today. */
  readonly known?: Partial<Record<RunnableBackend, RegExp>>;
  /** Tried in every run of the proofs; the others by `TALMOX_CHANGES=all`. */
  readonly always?: true;
}

const PLAIN: Inputs = {
  cluster: {
    cluster_name: 'lab',
    node_cidr: '10.20.30.0/24',
    node_default_gateway: '10.20.30.1',
    cluster_api_addr: '10.20.30.5',
    talos_version: '1.13.9',
    kubernetes_version: '1.36.3',
    proxmox_api_url: 'https://pve.lab.example:8006',
    proxmox_api_token_id: 'auto@pve!talmox',
    proxmox_node: 'pve1',
    proxmox: { hosts: { pve1: {}, pve2: {} }, pool: 'lab' },
  },
  nodes: [
    { name: 'cp-1', address: '10.20.30.11', controller: true },
    { name: 'w-1', address: '10.20.30.21', controller: false },
  ],
};

function based(edit: (inputs: Inputs) => void): Inputs {
  const inputs = structuredClone(PLAIN);
  edit(inputs);
  return inputs;
}

export function nodeOf({ nodes }: Inputs, name: string): Record<string, unknown> {
  const node = nodes.find((entry) => entry['name'] === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return node;
}

const proxmoxOf = ({ cluster }: Inputs): Record<string, unknown> => cluster['proxmox'] as Record<string, unknown>;

export const BASES = {
  plain: PLAIN,
  'extra disk': based((inputs) => {
    nodeOf(inputs, 'w-1')['vm_extra_disks'] = [{ name: 'data', size: 64 }];
  }),
  'two extra disks': based((inputs) => {
    nodeOf(inputs, 'w-1')['vm_extra_disks'] = [
      { name: 'data', size: 64 },
      { name: 'logs', size: 32 },
    ];
  }),
  'two workers': based(({ nodes }) => {
    nodes.push({ name: 'w-2', address: '10.20.30.22', controller: false });
  }),
  protected: based((inputs) => {
    proxmoxOf(inputs)['protection'] = true;
  }),
  'secure boot': based((inputs) => {
    for (const node of inputs.nodes) node['secureboot'] = true;
  }),
  'nocloud-net': based((inputs) => {
    inputs.cluster['nocloud'] = { method: 'nocloud-net', server_url: 'http://10.20.30.2:9000/', dhcp: true };
  }),
  'linked clones': based((inputs) => {
    Object.assign(proxmoxOf(inputs), { boot_source: 'template', template_full_clone: false });
  }),
} satisfies Readonly<Record<string, Inputs>>;

export type BaseName = keyof typeof BASES;

export const CHANGES: readonly ChangeRow[] = [
  {
    name: 'a node is added',
    change: ({ nodes }) => nodes.push({ name: 'w-2', address: '10.20.30.22', controller: false }),
    must: { vms: { 'w-2': 'created' } },
    always: true,
  },
  {
    name: 'a node is removed',
    change: (inputs) => inputs.nodes.pop(),
    must: { kept: true },
    always: true,
    known: { tofu: /VM 1021 \(w-1\) was deleted/ },
  },
  {
    name: 'a node is removed, and named',
    change: (inputs) => inputs.nodes.pop(),
    confirmed: ['w-1'],
    must: { tofu: { vms: { 'w-1': 'deleted' } }, ansible: { kept: true } },
  },
  {
    name: 'a node is renamed',
    change: (inputs) => (nodeOf(inputs, 'w-1')['name'] = 'w-9'),
    must: { kept: true },
    always: true,
    known: { tofu: /VM 1021 \(w-1\) was deleted/ },
  },
  {
    name: 'the address of a node',
    change: (inputs) => (nodeOf(inputs, 'w-1')['address'] = '10.20.30.31'),
    must: { kept: true },
    always: true,
    known: { ansible: /VM 1031 \(w-1\) was created/, tofu: /VM 1021 \(w-1\) was replaced/ },
  },
  {
    name: 'a wider network',
    change: ({ cluster }) => (cluster['node_cidr'] = '10.20.0.0/16'),
    must: { kept: true },
    known: { ansible: /was created/, tofu: /VM 1021 \(w-1\) was replaced/ },
  },
  {
    name: 'the id of a VM',
    change: (inputs) => (nodeOf(inputs, 'w-1')['vm_id'] = 1999),
    must: { kept: true },
    known: { ansible: /VM 1999 \(w-1\) was created/, tofu: /VM 1021 \(w-1\) was replaced/ },
  },
  {
    name: 'memory',
    change: (inputs) => (nodeOf(inputs, 'w-1')['vm_memory'] = 8192),
    must: { vms: { 'w-1': 'waits for a restart' } },
    always: true,
  },
  {
    name: 'cores',
    change: (inputs) => (nodeOf(inputs, 'w-1')['vm_cores'] = 2),
    must: { vms: { 'w-1': 'waits for a restart' } },
  },
  {
    name: 'a disk grows',
    change: (inputs) => (nodeOf(inputs, 'w-1')['vm_disk_size'] = 300),
    must: { vms: { 'w-1': 'changed in place' } },
  },
  {
    name: 'a disk grows beside the volume of a pod',
    change: (inputs) => (nodeOf(inputs, 'cp-1')['vm_disk_size'] = 80),
    meanwhile: 'pod volume',
    must: { vms: { 'cp-1': 'changed in place' } },
    always: true,
    known: { tofu: /vm-9999-pvc-\w+ of scsi1/ },
  },
  {
    name: 'a disk grows together with memory',
    change: (inputs) => Object.assign(nodeOf(inputs, 'w-1'), { vm_disk_size: 300, vm_memory: 8192 }),
    must: { vms: { 'w-1': 'waits for a restart' } },
    always: true,
    known: { tofu: /cannot resize disks while the VM is running/ },
  },
  {
    name: 'a disk shrinks',
    change: (inputs) => (nodeOf(inputs, 'w-1')['vm_disk_size'] = 100),
    must: { refused: /shrink|smaller/ },
    always: true,
    known: { tofu: /the host was written to/ },
  },
  {
    name: 'an extra disk is added',
    change: (inputs) => (nodeOf(inputs, 'w-1')['vm_extra_disks'] = [{ name: 'data', size: 64 }]),
    must: { vms: { 'w-1': 'changed in place' } },
  },
  {
    name: 'an extra disk is added beside the volume of a pod',
    change: (inputs) => (nodeOf(inputs, 'cp-1')['vm_extra_disks'] = [{ name: 'data', size: 64 }]),
    meanwhile: 'pod volume',
    // The slot that the disk would get holds the volume: what is written about it is written about the pod's.
    must: { refused: /scsi1/ },
    known: { ansible: /the host was written to/, tofu: /the host was written to/ },
  },
  {
    name: 'an extra disk is removed',
    base: 'extra disk',
    change: (inputs) => delete nodeOf(inputs, 'w-1')['vm_extra_disks'],
    must: { refused: /scsi1/ },
    known: { ansible: /nothing says scsi1/, tofu: /nothing says scsi1/ },
  },
  {
    name: 'a NIC is added',
    change: (inputs) => (nodeOf(inputs, 'w-1')['vm_extra_nics'] = [{ bridge: 'vmbr0', vlan_tag: 40 }]),
    must: { vms: { 'w-1': 'changed in place' } },
  },
  {
    name: 'a VLAN',
    change: ({ cluster }) => Object.assign(cluster, { node_vlan_tag: 40, proxmox_vlan_mode: true }),
    must: { vms: { 'cp-1': 'changed in place', 'w-1': 'changed in place' } },
  },
  {
    name: 'tags',
    change: (inputs) => (nodeOf(inputs, 'w-1')['vm_tags'] = ['zone-b']),
    must: { vms: { 'w-1': 'changed in place' } },
  },
  {
    name: 'name servers',
    change: ({ cluster }) => (cluster['node_dns_servers'] = ['9.9.9.9']),
    must: { vms: { 'cp-1': 'changed in place', 'w-1': 'changed in place' } },
    // The provider has the image of the drive made anew, for which the recipe gives no right.
    known: { tofu: /Permission check failed \(\/vms\/\d+, VM\.Config\.Cloudinit\)/ },
  },
  {
    name: 'another host',
    change: (inputs) => (nodeOf(inputs, 'w-1')['proxmox_node'] = 'pve2'),
    must: { tofu: { vms: { 'w-1': 'migrated' } }, ansible: { refused: /belongs on pve2/ } },
    // The recipe gives no right to ask for high availability, and behind that none to migrate (/vms/1021, VM.Migrate).
    known: { tofu: /Permission check failed \(\/, Sys\.Audit\)/ },
  },
  {
    name: 'a patch release of Talos',
    change: ({ cluster }) => (cluster['talos_version'] = '1.13.10'),
    must: { vms: {} },
    always: true,
  },
  {
    name: 'a minor release of Talos with Secure Boot: from the ISO to the image',
    base: 'secure boot',
    change: ({ cluster }) => (cluster['talos_version'] = '1.14.0'),
    must: { vms: { 'cp-1': 'waits for a restart', 'w-1': 'waits for a restart' } },
    always: true,
    // The provider leaves an empty drive (`ide3: cdrom`), for which the recipe gives no right; with it the drive is too much.
    known: { ansible: /ide2\.cdrom/, tofu: /Permission check failed \(\/, Sys\.Console\)/ },
  },
  {
    name: 'an extension is added',
    change: ({ cluster }) =>
      (cluster['talos'] = { extensions: ['siderolabs/qemu-guest-agent', 'siderolabs/iscsi-tools'] }),
    must: { vms: {} },
  },
  {
    name: 'the name of the cluster',
    change: ({ cluster }) => (cluster['cluster_name'] = 'other'),
    must: { kept: true },
  },
  {
    name: 'the URL of the image factory',
    change: ({ cluster }) => (cluster['talos'] = { factory_url: 'https://factory.lab.example' }),
    must: { vms: {} },
    known: { tofu: /File already exists in the datastore/ },
  },
  {
    name: 'from nocloud-net to ipconfig',
    base: 'nocloud-net',
    change: ({ cluster }) => delete cluster['nocloud'],
    must: { kept: true },
    always: true,
    known: { tofu: /VM 1021 \(w-1\) was replaced/ },
  },
  {
    name: 'from ipconfig to snippets',
    change: ({ cluster }) => (cluster['nocloud'] = { method: 'cicustom' }),
    must: { kept: true },
  },
  {
    name: 'the role of a node',
    change: (inputs) => (nodeOf(inputs, 'w-1')['controller'] = true),
    must: { refused: /shrink|smaller/ },
    known: { tofu: /the host was written to/ },
  },
  {
    name: 'encryption of an installed disk',
    change: (inputs) => {
      inputs.cluster['talos'] = { disk_encryption: 'node_id' };
      nodeOf(inputs, 'w-1')['encrypt_disk'] = true;
    },
    must: { refused: /encrypt/ },
    known: { ansible: /nothing says encrypt/, tofu: /nothing says encrypt/ },
  },
  {
    name: 'the pool',
    change: (inputs) => (proxmoxOf(inputs)['pool'] = 'other'),
    must: {
      tofu: { vms: { 'cp-1': 'changed in place', 'w-1': 'changed in place' } },
      ansible: { refused: /in pool lab/ },
    },
    // The recipe lets VMs into its pool, and takes none out.
    known: { tofu: /Permission check failed \(\/pool\/lab, Pool\.Allocate\)/ },
  },
  {
    name: 'protection is switched on',
    change: (inputs) => (proxmoxOf(inputs)['protection'] = true),
    must: { vms: { 'cp-1': 'changed in place', 'w-1': 'changed in place' } },
  },
  {
    name: 'a node is removed under protection',
    base: 'protected',
    change: (inputs) => inputs.nodes.pop(),
    must: { kept: true },
    always: true,
    known: { tofu: /VM 1021 \(w-1\) was stopped/ },
  },
  {
    name: 'linked clones and a new Talos',
    base: 'linked clones',
    change: ({ cluster }) => (cluster['talos_version'] = '1.13.10'),
    must: { vms: {} },
    // With more rights OpenTofu builds it, and the new Talos replaces the template that the clones stand on.
    known: {
      ansible: /which was not made for this cluster/,
      tofu: /Permission check failed \(\/vms\/\d+, VM\.Config\.Cloudinit\)/,
    },
  },
  {
    name: 'the watchdog',
    change: (inputs) => (proxmoxOf(inputs)['watchdog'] = true),
    must: { vms: { 'cp-1': 'waits for a restart', 'w-1': 'waits for a restart' } },
  },
  {
    name: 'the other backend takes over',
    from: { ansible: 'tofu', tofu: 'ansible' },
    change: () => undefined,
    // A file that is there is deleted and fetched again, and nobody waits until it is gone.
    must: { vms: {} },
    known: { tofu: /File already exists in the datastore/ },
    always: true,
  },
  {
    name: 'two nodes swap their addresses',
    base: 'two workers',
    change: (inputs) => {
      const [one, other] = [nodeOf(inputs, 'w-1'), nodeOf(inputs, 'w-2')];
      [one['address'], other['address']] = [other['address'], one['address']];
    },
    must: { kept: true },
    known: { tofu: /VM 1021 \(w-1\) was replaced/ },
  },
  {
    name: 'the system disk on another storage',
    change: (inputs) => (nodeOf(inputs, 'w-1')['vm_disk_storage'] = 'tank'),
    must: {
      ansible: { refused: /scsi0 is on storage local-lvm and belongs on tank/ },
      tofu: { vms: { 'w-1': 'changed in place' } },
    },
    // It fails at every apply, for ever.
    known: { tofu: /cannot move the Cloud-Init drive while the VM is running/ },
  },
  {
    name: 'an extra disk on another storage',
    base: 'extra disk',
    change: (inputs) => (nodeOf(inputs, 'w-1')['vm_extra_disks'] = [{ name: 'data', size: 64, storage: 'tank' }]),
    must: {
      ansible: { refused: /scsi1 is on storage local-lvm and belongs on tank/ },
      tofu: { vms: { 'w-1': 'changed in place' } },
    },
    known: { tofu: /cannot move disks between datastores while the VM is running/ },
  },
  {
    name: 'extra disks in another order',
    base: 'two extra disks',
    change: (inputs) =>
      (nodeOf(inputs, 'w-1')['vm_extra_disks'] = [
        { name: 'logs', size: 32 },
        { name: 'data', size: 64 },
      ]),
    must: { kept: true },
  },
];

/** What a change must do with a backend. */
export function demandOf({ must }: ChangeRow, backend: RunnableBackend): Demand {
  return 'ansible' in must ? must[backend] : must;
}
