import { describe, expect, it } from 'vitest';
import type { Bond, Link, VmNode } from '../../../src/model/cluster.ts';
import { nocloud } from '../../../src/targets/nocloud/index.ts';
import { networkConfig } from '../../../src/targets/nocloud/network-config.ts';
import { sampleCluster, sampleWith } from '../../support/cluster.ts';

const cluster = sampleCluster();

function node(name: string): VmNode {
  const found = cluster.nodes.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no node ${name}`);
  return found;
}

function configOf(changes: Partial<Link>, more: readonly Link[] = []): unknown[] {
  const one = node('cp-1');
  const { config } = networkConfig(cluster, { ...one, links: [{ ...one.links[0], ...changes }, ...more] });
  return (config as unknown[]).slice(0, -1);
}

const BOND: Bond = {
  members: [
    { alias: 'lan0p0', macAddress: 'bc:24:11:00:00:0b' },
    { alias: 'lan0p1', macAddress: 'bc:24:11:00:00:0c' },
  ],
  mode: '802.3ad',
  miimon: 100,
  delay: 200,
  lacpRate: 'fast',
  xmitHashPolicy: 'layer3+4',
};
const SUBNETS = [{ type: 'static', address: '10.10.10.11/24', gateway: '10.10.10.1' }];

describe('what a node reads of its network', () => {
  it('is every NIC by its MAC address, and the name servers', () => {
    expect(networkConfig(cluster, node('w-1'))).toEqual({
      version: 1,
      config: [
        {
          type: 'physical',
          name: 'eth0',
          mac_address: 'bc:24:11:00:00:15',
          mtu: 1500,
          subnets: [{ type: 'static', address: '10.10.10.21/24', gateway: '10.10.10.1' }],
        },
        {
          type: 'physical',
          name: 'eth1',
          mac_address: 'bc:24:11:00:01:15',
          mtu: 1500,
          subnets: [{ type: 'static', address: '10.20.0.21/24' }],
        },
        { type: 'nameserver', address: ['1.1.1.1', '1.0.0.1'] },
      ],
    });
  });

  it('is a VLAN with the address, on a NIC without one', () => {
    expect(configOf({ vlanTag: 22, mtu: 9000 })).toEqual([
      { type: 'physical', name: 'eth0', mac_address: 'bc:24:11:00:00:0b', mtu: 9000 },
      { type: 'vlan', name: 'lan0.22', vlan_id: 22, vlan_link: 'eth0', mtu: 9000, subnets: SUBNETS },
    ]);
  });

  it('is a bond with the address, of NICs without one', () => {
    expect(configOf({ bond: BOND })).toEqual([
      { type: 'physical', name: 'eth0', mac_address: 'bc:24:11:00:00:0b', mtu: 1500 },
      { type: 'physical', name: 'eth1', mac_address: 'bc:24:11:00:00:0c', mtu: 1500 },
      {
        type: 'bond',
        name: 'lan0',
        mtu: 1500,
        bond_interfaces: ['eth0', 'eth1'],
        params: {
          'bond-mode': '802.3ad',
          'bond-miimon': 100,
          'bond-lacp-rate': 'fast',
          'bond-xmit-hash-policy': 'layer3+4',
          'up-delay': 200,
          'down-delay': 200,
        },
        subnets: SUBNETS,
      },
    ]);
  });

  it('is a VLAN on a bond, which has the name that the machine configuration gives it', () => {
    const plain = { ...BOND, mode: 'active-backup' as const, lacpRate: null, xmitHashPolicy: null };
    expect(configOf({ bond: plain, vlanTag: 30 }).slice(2)).toEqual([
      {
        type: 'bond',
        name: 'lan0',
        mtu: 1500,
        bond_interfaces: ['eth0', 'eth1'],
        params: { 'bond-mode': 'active-backup', 'bond-miimon': 100, 'up-delay': 200, 'down-delay': 200 },
      },
      { type: 'vlan', name: 'lan0.30', vlan_id: 30, vlan_link: 'lan0', mtu: 1500, subnets: SUBNETS },
    ]);
  });

  it('numbers NICs over all links, those of bonds too', () => {
    const second = node('w-1').links[1];
    if (second === undefined) throw new Error('w-1 has two');
    expect(configOf({ bond: BOND }, [second])).toContainEqual(
      expect.objectContaining({ name: 'eth2', mac_address: 'bc:24:11:00:01:15' }),
    );
  });
});

describe('what else a node reads', () => {
  const view = (name: string, given = cluster): Readonly<Record<string, unknown>> =>
    nocloud.nodeView(given, node(name));

  it('is its identity, which stays as long as its names', () => {
    expect(view('cp-2')['metaData']).toEqual([
      { 'instance-id': expect.stringContaining('cp-2'), 'local-hostname': 'cp-2', hostname: 'cp-2' },
    ]);
  });

  it('is a part of the configuration without secrets, or where the whole of it is', () => {
    expect(view('cp-2')['userData']).toEqual({
      kind: 'none',
      documents: [{ apiVersion: 'v1alpha1', kind: 'HostnameConfig', auto: 'off', hostname: 'cp-2' }],
      url: 'http://10.10.10.9:8080/home/cp-2/machine-config',
    });
    const include = sampleWith({ nocloud: { ...cluster.nocloud, userData: 'include' } });
    expect(view('cp-2', include)['userData']).toMatchObject({ kind: 'include' });
  });

  it('is the serial number of its machine, in both forms that Proxmox VE takes', () => {
    const uuid = node('cp-2').systemUuid;
    const serial = node('cp-2').nocloudSerial;
    const base64 = Buffer.from(serial).toString('base64');
    expect(view('cp-2')['smbios']).toEqual([
      { uuid, serial, serialBase64: base64, smbios1: `uuid=${uuid},serial=${base64},base64=1` },
    ]);
  });

  it('needs no task, no tool and no rule, and is the same for every cluster', () => {
    expect(nocloud.tasks()).toEqual([]);
    expect(nocloud.view()).toEqual({});
    expect(nocloud.includes()).toBe(true);
  });
});
