import { expect, test } from 'vitest';
import { asVmCluster } from '../../src/model/cluster.ts';
import { hostPreparation, type HostPreparation } from '../../src/model/host-preparation.ts';
import { validateTexts } from '../support/validation.ts';

const NODES = `
nodes:
  - { name: cp-1, address: 10.0.0.11, controller: true }
  - name: w-1
    address: 10.0.0.21
    controller: false
    proxmox_node: b
    vm_extra_disks: [{ size: 10, storage: fast }]
    vm_extra_nics: [{ bridge: vmbr1, vlan_tag: 30 }, { bridge: vmbr1, vlan_tag: 4 }]
`;

function prepared(proxmox: string, more = ''): HostPreparation {
  const { cluster, issues } = validateTexts(
    `
cluster_name: lab
node_cidr: 10.0.0.0/24
cluster_api_addr: 10.0.0.5
talos_version: 1.13.9
kubernetes_version: 1.36.3
proxmox_api_url: https://10.0.0.2:8006
proxmox_node: a
proxmox: ${proxmox}
${more}
`,
    NODES,
  );
  if (cluster === null) throw new Error(JSON.stringify(issues));
  return hostPreparation(asVmCluster(cluster));
}

test('what VMs stand on is named once, with the hosts that use it', () => {
  expect(prepared('{ hosts: { a: {}, b: {} } }')).toEqual({
    bridges: [
      { name: 'vmbr0', pveNodes: ['a', 'b'], vlanTags: [] },
      { name: 'vmbr1', pveNodes: ['b'], vlanTags: [4, 30] },
    ],
    storages: [
      { name: 'fast', pveNodes: ['b'], content: ['images'], shared: false },
      { name: 'local', pveNodes: ['a', 'b'], content: ['import'], shared: false },
      { name: 'local-lvm', pveNodes: ['a', 'b'], content: ['images'], shared: false },
    ],
    pools: [],
  });
});

test('a pool comes after those that it is in', () => {
  expect(prepared('{ hosts: { a: {}, b: {} }, pool: x/y/z }').pools).toEqual(['x', 'x/y', 'x/y/z']);
});

test('a template for all hosts needs storage that they share', () => {
  const { storages } = prepared(
    '{ hosts: { a: { disk_storage: nas }, b: { disk_storage: ceph } }, boot_source: template, template_node: a }',
  );
  expect(storages.find(({ name }) => name === 'nas')).toMatchObject({ pveNodes: ['a'], shared: true });
  expect(storages.find(({ name }) => name === 'ceph')).toMatchObject({ pveNodes: ['a', 'b'], shared: true });
  expect(storages.find(({ name }) => name === 'local')).toMatchObject({ pveNodes: ['a'], shared: false });
});

test('snippets lie on the storage that takes them', () => {
  const { storages } = prepared(
    '{ hosts: { a: { snippets_storage: files }, b: {} } }',
    'nocloud: { method: cicustom }',
  );
  expect(storages.find(({ name }) => name === 'files')).toMatchObject({ pveNodes: ['a'], content: ['snippets'] });
  expect(storages.find(({ name }) => name === 'local')?.content).toEqual(['import', 'snippets']);
});
