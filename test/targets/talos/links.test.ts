/** The network of a node as Talos documents. */

import { describe, expect, it } from 'vitest';
import type { Bond, Link, VmNode } from '../../../src/model/cluster.ts';
import { links } from '../../../src/targets/talos/links.ts';
import { sampleCluster } from '../../support/cluster.ts';

const cluster = sampleCluster();

function node(name: string): VmNode {
  const found = cluster.nodes.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no node ${name}`);
  return found;
}

function told(name: string, changes: Partial<Link> = {}): unknown[] {
  const one = node(name);
  return links(cluster, { ...one, links: [{ ...one.links[0], ...changes }] }).map(({ apiVersion, ...rest }) => {
    expect(apiVersion).toBe('v1alpha1');
    return rest;
  });
}

const alias = (name: string, mac: string) => ({
  kind: 'LinkAliasConfig',
  name,
  selector: { match: `mac(link.permanent_addr) == "${mac}"` },
});
const ADDRESSING = { addresses: [{ address: '10.10.10.21/24' }], routes: [{ gateway: '10.10.10.1' }] };
const MAC = 'bc:24:11:00:00:15';

describe('a link', () => {
  it('is up, with its address and its routes', () => {
    const routes = [
      { network: '10.0.0.0/8', gateway: '10.10.10.2', metric: 7 },
      { network: '172.16.0.0/12', gateway: '10.10.10.3', metric: null },
    ];
    expect(told('w-1', { routes, mtu: 9000 })).toEqual([
      alias('lan0', MAC),
      {
        kind: 'LinkConfig',
        name: 'lan0',
        up: true,
        mtu: 9000,
        addresses: [{ address: '10.10.10.21/24' }],
        routes: [
          { gateway: '10.10.10.1' },
          { destination: '10.0.0.0/8', gateway: '10.10.10.2', metric: 7 },
          { destination: '172.16.0.0/12', gateway: '10.10.10.3' },
        ],
      },
    ]);
  });

  it('has nothing of what it has not', () => {
    expect(told('w-1', { addresses: [], gateway: null })).toEqual([
      alias('lan0', MAC),
      { kind: 'LinkConfig', name: 'lan0', up: true, mtu: 1500 },
    ]);
  });

  it('is up too where the address is on its VLAN', () => {
    expect(told('w-1', { vlanTag: 22 })).toEqual([
      alias('lan0', MAC),
      { kind: 'LinkConfig', name: 'lan0', up: true, mtu: 1500 },
      { kind: 'VLANConfig', name: 'lan0.22', vlanID: 22, parent: 'lan0', up: true, mtu: 1500, ...ADDRESSING },
    ]);
  });
});

describe('a bond', () => {
  const bond: Bond = {
    members: [
      { alias: 'lan0p0', macAddress: MAC },
      { alias: 'lan0p1', macAddress: 'bc:24:11:00:00:16' },
    ],
    mode: '802.3ad',
    miimon: 100,
    delay: 200,
    lacpRate: 'fast',
    xmitHashPolicy: 'layer3+4',
  };

  it('is made of its members, each found by its address', () => {
    expect(told('w-1', { bond })).toEqual([
      alias('lan0p0', MAC),
      alias('lan0p1', 'bc:24:11:00:00:16'),
      {
        kind: 'BondConfig',
        name: 'lan0',
        links: ['lan0p0', 'lan0p1'],
        bondMode: '802.3ad',
        lacpRate: 'fast',
        xmitHashPolicy: 'layer3+4',
        miimon: 100,
        updelay: 200,
        downdelay: 200,
        up: true,
        mtu: 1500,
        ...ADDRESSING,
      },
    ]);
  });

  it('carries a VLAN with the address', () => {
    const plain = { ...bond, mode: 'active-backup', lacpRate: null, xmitHashPolicy: null };
    expect(told('w-1', { bond: plain, vlanTag: 30 }).slice(2)).toEqual([
      {
        kind: 'BondConfig',
        name: 'lan0',
        links: ['lan0p0', 'lan0p1'],
        bondMode: 'active-backup',
        miimon: 100,
        updelay: 200,
        downdelay: 200,
        up: true,
        mtu: 1500,
      },
      { kind: 'VLANConfig', name: 'lan0.30', vlanID: 30, parent: 'lan0', up: true, mtu: 1500, ...ADDRESSING },
    ]);
  });
});

describe('the virtual address', () => {
  const vip = (name: string, changes: Partial<Link> = {}): unknown =>
    (told(name, changes) as { kind: string }[]).find(({ kind }) => kind === 'Layer2VIPConfig');

  it('is on the link of control planes that has the address', () => {
    expect(vip('cp-1')).toEqual({ kind: 'Layer2VIPConfig', name: '10.10.10.5', link: 'lan0' });
    expect(vip('cp-1', { vlanTag: 22 })).toEqual({ kind: 'Layer2VIPConfig', name: '10.10.10.5', link: 'lan0.22' });
  });

  it('is on no worker', () => {
    expect(vip('w-1')).toBeUndefined();
  });
});
