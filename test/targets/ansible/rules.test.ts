import { describe, expect, it } from 'vitest';
import type { BackendName } from '../../../src/model/backend-name.ts';
import type { Cluster, VmCluster } from '../../../src/model/cluster.ts';
import type { RuleContext } from '../../../src/model/rule.ts';
import { ansibleRules } from '../../../src/targets/ansible/rules.ts';
import { sampleCluster, sampleMetalCluster } from '../../support/cluster.ts';

function named(name: string, defaultTarget: BackendName | null = null): VmCluster {
  const { nodes, proxmox, ...rest } = sampleCluster();
  return {
    ...rest,
    proxmox: { ...proxmox, defaultTarget },
    nodes: nodes.map((node, index) => (index === 3 ? { ...node, name } : node)),
  };
}

const found = (cluster: Cluster) => ansibleRules.flatMap(({ check }) => check({ cluster } as unknown as RuleContext));

describe('the name of a node', () => {
  it.each(['all', 'localhost', 'talos', 'ungrouped'])('is not %s, which is something else in the inventory', (name) => {
    expect(found(named(name))).toEqual([
      {
        file: 'nodes.yaml',
        pointer: '/nodes/3/name',
        message: `${name} is a name that Ansible's inventory uses for something else; rename the node (${name}-1), or set proxmox.default_target to the backend you use instead`,
      },
    ]);
  });

  it.each(['talos-1', 'all-1', 'localhosts', 'w-1'])('may be %s', (name) => {
    expect(found(named(name))).toEqual([]);
  });

  it('is free for whoever uses another backend, or no VMs', () => {
    expect(found(named('talos', 'ansible'))).toHaveLength(1);
    expect(found(named('talos', 'tofu'))).toEqual([]);
    const { nodes, ...metal } = sampleMetalCluster();
    expect(found({ ...metal, nodes: nodes.map((node) => ({ ...node, name: 'talos' })) })).toEqual([]);
  });
});
