import { describe, expect, it } from 'vitest';
import type { CloudInit, VmNode } from '../../../src/model/cluster.ts';
import { nodeObject } from '../../../src/targets/tofu/node-object.ts';
import { sampleCluster } from '../../support/cluster.ts';

function addressesOf(ipConfigs: CloudInit['ipConfigs']): unknown {
  const node = sampleCluster().nodes.find(({ name }) => name === 'w-1');
  if (node === undefined || node.vm.cloudInit === null) throw new Error('w-1 has a cloud-init drive');
  const changed: VmNode = { ...node, vm: { ...node.vm, cloudInit: { ...node.vm.cloudInit, ipConfigs } } };
  const [cloudInit] = nodeObject(changed)['cloud_init'] as { addresses: unknown }[];
  return cloudInit?.addresses;
}

describe('addresses of a node', () => {
  const second = { address: '10.20.0.21/24', gateway: null };

  it('keep their NIC: one without an address stands as an empty block before one that has one', () => {
    expect(addressesOf([null, second])).toEqual([{ address: null, gateway: null }, second]);
  });

  it('end with the last address: the provider would add a trailing empty block with every plan', () => {
    expect(addressesOf([second, null])).toEqual([second]);
    expect(addressesOf([null, null])).toEqual([]);
  });
});
