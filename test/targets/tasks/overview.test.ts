/** What `out/README.md` says of a cluster. */

import { describe, expect, it } from 'vitest';
import type { Cluster, VmNode } from '../../../src/model/cluster.ts';
import { backends, targets } from '../../../src/targets/index.ts';
import { nodeRows, picture, preparationRows, snippetRows, targetRows } from '../../../src/targets/tasks/overview.ts';
import { sampleCluster, sampleMetalCluster } from '../../support/cluster.ts';
import { fullCluster } from '../../support/full-node.ts';
import { shapes } from '../../support/vm-shapes.ts';

const sample = sampleCluster();

/** Control planes and workers on two hosts, as many as asked for. */
function many(controlPlanes: number, workers: number): Cluster {
  const [first] = sample.nodes;
  if (first === undefined) throw new Error('the sample has nodes');
  const nodes = Array.from({ length: controlPlanes + workers }, (_, index): VmNode => {
    const role = index < controlPlanes ? 'controlplane' : 'worker';
    return { ...first, index, name: `n-${index}`, role, vm: { ...first.vm, pveNode: `pve${(index % 2) + 1}` } };
  });
  return { ...sample, nodes };
}

describe('the table of nodes', () => {
  it('says of a VM where it is and what it has', () => {
    expect(nodeRows(sample)[0]).toMatchObject({ name: 'cp-1', role: 'control plane', disks: '64 GiB' });
    expect(nodeRows(fullCluster())).toEqual([
      {
        name: 'w-1',
        role: 'worker',
        address: '10.10.10.21',
        mac: 'bc:24:11:00:00:15',
        host: 'pve2',
        vmId: '1021',
        cores: '12',
        memory: '16 GiB',
        disks: '64 GiB, 200 GiB',
      },
    ]);
  });

  it('says of a machine what is known of it', () => {
    expect(nodeRows(sampleMetalCluster())[0]).toEqual({
      name: 'cp-1',
      role: 'control plane',
      address: '10.10.10.11',
      mac: 'bc:24:11:00:00:0b',
      host: '–',
      vmId: '–',
      cores: '–',
      memory: '–',
      disks: '–',
    });
  });
});

describe('what has to be done by hand', () => {
  it('is to put snippets where the VMs look for them', () => {
    expect(snippetRows(fullCluster())).toEqual([
      { file: 'nocloud/w-1/user-data', host: 'pve2', volume: 'local:snippets/u' },
      { file: 'nocloud/w-1/meta-data', host: 'pve2', volume: 'local:snippets/m' },
      { file: 'nocloud/w-1/network-config', host: 'pve2', volume: 'local:snippets/n' },
    ]);
    for (const cluster of [sample, shapes['serial with a URL'] ?? sample, sampleMetalCluster()])
      expect(snippetRows(cluster)).toEqual([]);
  });

  it('is to allow every VLAN and every content, and to share what clones need on another host', () => {
    const cloned = shapes['linked clone'] ?? sample;
    const nodes = cloned.nodes.map((node, index) => ({
      ...node,
      vm: {
        ...node.vm,
        boot: { source: 'template' as const, templateId: 9001, templateNode: 'pve1', full: false },
        nics: [{ ...node.vm.nics[0], vlanTag: [22, 7][index] ?? null }] as const,
      },
    }));
    const rows = preparationRows({ ...cloned, nodes });
    expect(rows).toContainEqual({ what: 'bridge', name: 'vmbr0', hosts: 'pve1, pve2', needs: 'VLAN 7, 22' });
    expect(rows).toContainEqual({
      what: 'storage',
      name: 'local-lvm',
      hosts: 'pve1, pve2',
      needs: 'content images; shared by these hosts',
    });
    const images = sample.proxmox.images.map((image) => ({
      ...image,
      placements: image.placements.map((placement) => ({ ...placement, storage: 'local-lvm' })),
    }));
    expect(preparationRows({ ...sample, proxmox: { ...sample.proxmox, images } })).toContainEqual(
      expect.objectContaining({ name: 'local-lvm', needs: 'content images, import' }),
    );
  });

  it('is to have bridges, storages and the pool', () => {
    const shared = shapes['linked clone'] ?? sample;
    const templates = shared.proxmox.templates.map((one) => ({ ...one, pveNode: 'pve1' }));
    const away = { ...shared, proxmox: { ...shared.proxmox, templates } };
    expect(preparationRows({ ...away, proxmox: { ...away.proxmox, pool: 'lab' } })).toEqual([
      { what: 'bridge', name: 'vmbr0', hosts: 'pve1, pve2', needs: 'VLAN 22' },
      { what: 'bridge', name: 'vmbr1', hosts: 'pve2', needs: '–' },
      { what: 'storage', name: 'local', hosts: 'pve1, pve2', needs: 'content import' },
      { what: 'storage', name: 'local-lvm', hosts: 'pve1, pve2', needs: expect.stringMatching(/^content images/) },
      { what: 'pool', name: 'lab', hosts: '–', needs: '–' },
    ]);
    expect(preparationRows(sampleMetalCluster())).toEqual([]);
  });
});

describe('the picture', () => {
  it('is every node on its host, and the control planes that share the address', () => {
    expect(picture(sample)).toEqual({
      hosts: [
        {
          id: 'host0',
          label: 'pve1',
          nodes: [
            { id: 'node0', label: 'cp-1\n10.10.10.11' },
            { id: 'node2', label: 'cp-3\n10.10.10.13' },
          ],
        },
        {
          id: 'host1',
          label: 'pve2',
          nodes: [
            { id: 'node1', label: 'cp-2\n10.10.10.12' },
            { id: 'node3', label: 'w-1\n10.10.10.21' },
          ],
        },
      ],
      controlPlanes: ['node0', 'node1', 'node2'],
    });
    expect(picture(sampleMetalCluster()).hosts.map(({ label }) => label)).toEqual(['bare metal']);
  });

  it('has the hosts in order of their names', () => {
    const reversed = { ...sample, nodes: sample.nodes.toReversed() };
    expect(picture(reversed).hosts.map(({ label }) => label)).toEqual(['pve1', 'pve2']);
  });

  it('of 40 nodes shows each, of 41 the workers of a host as one', () => {
    const boxes = (cluster: Cluster): string[] =>
      picture(cluster).hosts.flatMap(({ nodes }) => nodes.map(({ label }) => label));
    expect(boxes(many(3, 37))).toHaveLength(40);
    expect(boxes(many(3, 38)).map((label) => label.replace(/\n.*/, ''))).toEqual([
      'n-0',
      'n-2',
      '19 workers',
      'n-1',
      '19 workers',
    ]);
    expect(picture(many(3, 38)).hosts[1]?.nodes.at(-1)?.id).toBe('workers1');
  });

  it('has no box for workers where a host has none', () => {
    expect(picture(many(41, 0)).hosts.flatMap(({ nodes }) => nodes)).toHaveLength(41);
    expect(picture(many(41, 0)).controlPlanes).toHaveLength(40);
    expect(picture(many(40, 0)).controlPlanes).toHaveLength(40);
  });
});

describe('the table of tasks', () => {
  it('is every task of a target, with the confirmation that it asks for', () => {
    const [row] = targetRows([backends.tofu], sample);
    expect(row).toMatchObject({ name: 'tofu', summary: backends.tofu.summary });
    expect(row?.tasks).toContainEqual({
      command: 'task tofu:plan',
      description: 'Show what would change, and save it as tfplan',
    });
    expect(row?.tasks).toContainEqual({
      command: 'task tofu:destroy CONFIRM=home',
      description: 'Destroy every VM of the cluster',
    });
    expect(targetRows(targets, sample).map(({ name }) => name)).toEqual(targets.map(({ name }) => name));
  });
});

describe('the target of tasks', () => {
  const tasks = targets.find(({ name }) => name === 'tasks');
  const view = (cluster: Cluster): Readonly<Record<string, unknown>> => tasks?.view(cluster) ?? {};

  it('has a Taskfile for whoever has tasks', () => {
    const has = (path: string, cluster: Cluster): boolean | undefined => tasks?.includes(path, cluster);
    expect(has('tofu/Taskfile.yaml', sample)).toBe(true);
    expect(has('nocloud/Taskfile.yaml', sample)).toBe(false);
    expect(has('tofu/Taskfile.yaml', sampleMetalCluster())).toBe(false);
    expect(has('talos/Taskfile.yaml', sampleMetalCluster())).toBe(true);
    for (const path of ['README.md', 'Taskfile.yaml', '.gitignore']) expect(has(path, sampleMetalCluster())).toBe(true);
  });

  it('says of a cluster all that its pages need', () => {
    const given = view(sample);
    expect(given['rows']).toEqual(nodeRows(sample));
    expect(given['picture']).toEqual(picture(sample));
    expect(given['preparation']).toEqual(preparationRows(sample));
    expect(view(fullCluster())['snippets']).toHaveLength(3);
    expect(given['secretsFile']).toBe('secrets.sops.yaml');
    expect(given['neverCommitted']).toContain('/tofu/tfplan');
    const names = (value: unknown): string[] => (value as { name: string }[]).map(({ name }) => name);
    expect(names(given['targets'])).toEqual(['ansible', 'crossplane', 'tofu', 'talos', 'nocloud']);
    expect(names(view(sampleMetalCluster())['targets'])).toEqual(['talos', 'nocloud']);
    expect(Object.keys(given['taskfiles'] as object)).toEqual(names(given['targets']));
    const [root] = given['root'] as { includes: object }[];
    expect(Object.keys(root?.includes ?? {})).toEqual(['ansible', 'crossplane', 'tofu', 'talos']);
  });

  it('asks go-task for its version', () => {
    expect(tasks?.tools.map(({ name, versionArgs, minimum }) => ({ name, versionArgs, minimum }))).toEqual([
      { name: 'task', versionArgs: ['--version'], minimum: '3.40.0' },
    ]);
    expect(tasks?.tasks(sample)).toEqual([]);
  });
});
