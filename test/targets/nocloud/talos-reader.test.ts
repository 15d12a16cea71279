/** The readers that judge what is rendered, against what Talos' own code does with the same texts. */

import { describe, expect, it } from 'vitest';
import { readNetworkConfig, type TalosNetwork } from './talos-network.ts';
import { readMetadata, readSerial, readUserData } from './talos-reader.ts';

const NICS = [
  { name: 'eth0', mac: 'bc:24:11:00:00:11' },
  { name: 'ens19', mac: 'bc:24:11:00:00:12' },
];
const read = (text: string): TalosNetwork => ({ ...readNetworkConfig(text, NICS) });

describe('a serial', () => {
  const none = { url: null, hostname: null, instanceId: null };
  it.each<[string, ReturnType<typeof readSerial>]>([
    ['ds=nocloud-net;s=http://10.0.0.1/configs/', { ...none, url: 'http://10.0.0.1/configs/' }],
    ['ds=nocloud-net;s=http://10.0.0.1/configs', { ...none, url: 'http://10.0.0.1/configs/' }],
    ['ds=nocloud-net;s=http://10.0.0.1', { ...none, url: 'http://10.0.0.1/' }],
    ['s=https://conf.example/a/;h=x;ds=nocloud-net', { ...none, url: 'https://conf.example/a/', hostname: 'x' }],
    // The names of the files would follow the query.
    ['ds=nocloud-net;s=http://10.0.0.1/a?node=b', { ...none, url: 'http://10.0.0.1/a?node=b/' }],
    ['ds=nocloud-net;s=http://10.0.0.1/a;b/', { ...none, url: 'http://10.0.0.1/a/' }],
    ['ds=nocloud;s=http://10.0.0.1/', none],
    ['ds=nocloud-net;s=ftp://10.0.0.1/', none],
    ['ds=nocloud-net', none],
    ['s=http://10.0.0.1/', none],
    ['ds=nocloud-net;h=a;i=b=c', { ...none, hostname: 'a', instanceId: 'b=c' }],
    ['h=', none],
    ['DS=nocloud-net;S=http://10.0.0.1/', none],
    // Talos decodes nothing.
    ['ZHM9bm9jbG91ZC1uZXQ=', none],
    ['', none],
  ])('%j', (serial, meaning) => {
    expect(readSerial(serial)).toEqual(meaning);
  });
});

describe('a host name', () => {
  it.each<[string, [string, string | null, string?], string | null]>([
    ['the serial before meta-data', ['h=a', 'hostname: b\nlocal-hostname: c\n'], 'a'],
    ['hostname before local-hostname', ['', 'hostname: b\nlocal-hostname: c\n'], 'b'],
    ['local-hostname before user-data', ['', 'local-hostname: c\n', '#cloud-config\nhostname: d\n'], 'c'],
    ['user-data of Proxmox at the end', ['', 'instance-id: x\n', '#cloud-config\nhostname: d\n'], 'd'],
    ['the first label alone', ['h=a.example.org', null], 'a'],
    ['none where nothing names it', ['', 'instance-id: x\n', 'machine: {}\n'], null],
    ['none where meta-data is no YAML', ['', '{'], null],
  ])('%s', (_, [serial, metaData, userData], hostname) => {
    expect(readMetadata(readSerial(serial), metaData, userData ?? null).hostname).toBe(hostname);
  });

  it('of more than 63 characters is refused', () => {
    expect(() => readMetadata(readSerial(`h=${'a'.repeat(64)}`), null)).toThrow(/invalid hostname/);
  });

  it('the serial gives the instance id before meta-data does', () => {
    expect(readMetadata(readSerial('i=a'), 'instance-id: b\n').instanceId).toBe('a');
    expect(readMetadata(readSerial(''), 'instance-id: b\n').instanceId).toBe('b');
  });
});

describe('user-data', () => {
  it.each<[string | null, ReturnType<typeof readUserData>]>([
    [null, 'maintenance'],
    ['', 'maintenance'],
    ['#cloud-config\nhostname: x\n', 'maintenance'],
    [' #cloud-config \r\nhostname: x\n', 'maintenance'],
    ['#include\nhttp://10.0.0.1/x\n', { include: 'http://10.0.0.1/x' }],
    ['#include\n\n  http://10.0.0.1/x  \n', { include: 'http://10.0.0.1/x' }],
    ['machine: {type: worker}\n', { documents: [{ machine: { type: 'worker' } }], isComplete: true }],
    ['# a comment\n#include\nkind: x\n', { documents: [{ kind: 'x' }], isComplete: false }],
  ])('%j', (text, meaning) => {
    expect(readUserData(text)).toEqual(meaning);
  });

  it.each(['#include\n', '#include\nhttp://a/\nhttp://b/\n', '#include\n# where\nhttp://a/\n', 'a: [\n'])(
    '%j is tried for ever',
    (text) => {
      expect(() => readUserData(text)).toThrow();
    },
  );
});

describe('network-config that makes Talos fail', () => {
  it.each<[string, string, RegExp]>([
    ['nothing', '', /keys: \[\]/],
    ['no version', 'config: []\n', /keys: \[config\]/],
    ['version 0', 'version: 0\nconfig: []\n', /version=0/],
    ['version 3', 'version: 3\n', /version=3/],
    ['a wrapper without a version', 'network: {config: []}\n', /version=0/],
    [
      'an address that is none',
      'version: 1\nconfig: [{type: physical, name: eth0, subnets: [{type: static, address: 10.0.0.300/24}]}]\n',
      /ParseAddr/,
    ],
    [
      'an address without a length',
      'version: 1\nconfig: [{type: physical, name: eth0, subnets: [{type: static, address: 10.0.0.3}]}]\n',
      /ParseAddr/,
    ],
    ['a length that is too large', 'version: 2\nethernets: {eth0: {addresses: [10.0.0.3/33]}}\n', /bad bits/],
    [
      'a gateway that is none',
      'version: 1\nconfig: [{type: physical, name: eth0, subnets: [{type: static, address: 10.0.0.3/24, gateway: router}]}]\n',
      /ParseAddr/,
    ],
    ['a resolver that is a name', 'version: 1\nconfig: [{type: nameserver, address: [dns.example]}]\n', /ParseAddr/],
    [
      'a bond of another mode',
      'version: 1\nconfig: [{type: bond, name: bond0, params: {bond-mode: "4"}}]\n',
      /invalid mode/,
    ],
    [
      'a hash policy that is none',
      'version: 2\nbonds: {bond0: {parameters: {transmit-hash-policy: layer4}}}\n',
      /invalid transmit-hash-policy/,
    ],
    ['a route without a gateway', 'version: 2\nethernets: {eth0: {routes: [{to: default}]}}\n', /ParseAddr/],
    ['an MTU in words', 'version: 1\nconfig: [{type: physical, name: eth0, mtu: large}]\n', /mtu/],
  ])('%s', (_, text, message) => {
    expect(() => read(text)).toThrow(message);
  });
});

describe('network-config that Talos understands', () => {
  const nothing: TalosNetwork = {
    links: [],
    addresses: [],
    routes: [],
    operators: [],
    resolvers: [],
    needsReconcile: false,
  };
  it.each<[string, string, Partial<TalosNetwork>]>([
    ['an empty one', 'version: 1\nconfig: []\n', {}],
    ['an empty one of version 2', 'version: 2\nethernets: {}\n', {}],
    [
      'one in a wrapper',
      'network: {version: 1, config: [{type: nameserver, address: [1.1.1.1]}]}\n',
      { resolvers: ['1.1.1.1'] },
    ],
    [
      'a NIC by its MAC address, in any case',
      'version: 1\nconfig: [{type: physical, name: eth7, mac_address: "BC:24:11:00:00:12", mtu: 9000, subnets: [{type: static, address: 10.0.0.3/24, gateway: 10.0.0.1}]}]\n',
      {
        links: [{ name: 'ens19', kind: 'physical', mtu: 9000 }],
        addresses: [{ link: 'ens19', address: '10.0.0.3/24' }],
        routes: [{ link: 'ens19', to: '0.0.0.0/0', gateway: '10.0.0.1' }],
      },
    ],
    [
      'a NIC that is not there, by its name',
      'version: 1\nconfig: [{type: physical, name: eth7, mac_address: "02:00:00:00:00:01"}]\n',
      { links: [{ name: 'eth7', kind: 'physical', mtu: null }], needsReconcile: true },
    ],
    [
      'a netmask',
      'version: 1\nconfig: [{type: physical, name: eth0, subnets: [{type: static, address: 10.0.0.3, netmask: 255.255.252.0}]}]\n',
      { links: [{ name: 'eth0', kind: 'physical', mtu: null }], addresses: [{ link: 'eth0', address: '10.0.0.3/22' }] },
    ],
    [
      'DHCP, and not what Proxmox writes for IPv6',
      'version: 1\nconfig: [{type: physical, name: eth0, subnets: [{type: dhcp4}, {type: dhcp6}, {type: ipv6_slaac}, {type: ipv6_dhcpv6-stateful}]}]\n',
      {
        links: [{ name: 'eth0', kind: 'physical', mtu: null }],
        operators: [
          { link: 'eth0', kind: 'dhcp4' },
          { link: 'eth0', kind: 'dhcp6' },
        ],
      },
    ],
    [
      'types it does not know, not at all',
      'version: 1\nconfig: [{type: bridge, name: br0}, {type: route, destination: 10.0.0.0/8}]\n',
      {},
    ],
    [
      'a VLAN on a NIC found by its MAC address',
      'version: 1\nconfig: [{type: physical, name: eth0, mac_address: "bc:24:11:00:00:12"}, {type: vlan, name: lan0.22, vlan_id: 22, vlan_link: eth0, subnets: [{type: static, address: 10.0.0.3/24}]}]\n',
      {
        links: [
          { name: 'ens19', kind: 'physical', mtu: null },
          { name: 'lan0.22', kind: 'vlan', mtu: null, vlan: { id: 22, parent: 'ens19' } },
        ],
        addresses: [{ link: 'lan0.22', address: '10.0.0.3/24' }],
      },
    ],
    [
      'a VLAN of version 2, on the name in the file alone',
      'version: 2\nethernets: {a: {match: {macaddress: "bc:24:11:00:00:12"}}}\nvlans: {v: {id: 22, link: a}}\n',
      {
        links: [
          { name: 'ens19', kind: 'physical', mtu: null },
          { name: 'v', kind: 'vlan', mtu: null, vlan: { id: 22, parent: 'a' } },
        ],
      },
    ],
    [
      'a bond and its NICs',
      'version: 1\nconfig: [{type: physical, name: a, mac_address: "bc:24:11:00:00:11"}, {type: physical, name: b, mac_address: "bc:24:11:00:00:12"}, {type: bond, name: bond0, bond_interfaces: [a, b], params: {bond-mode: 802.3ad}}]\n',
      {
        links: [
          { name: 'eth0', kind: 'physical', mtu: null, master: 'bond0' },
          { name: 'ens19', kind: 'physical', mtu: null, master: 'bond0' },
          { name: 'bond0', kind: 'bond', mtu: null, mode: '802.3ad' },
        ],
      },
    ],
    [
      'routes and resolvers of version 2',
      'version: 2\nethernets: {eth0: {addresses: [10.0.0.3/24], gateway4: 10.0.0.1, nameservers: {addresses: [1.1.1.1], search: [example.org]}, routes: [{to: 10.9.0.0/16, via: 10.0.0.2}, {to: default, via: "fe80::1"}]}}\n',
      {
        links: [{ name: 'eth0', kind: 'physical', mtu: null }],
        addresses: [{ link: 'eth0', address: '10.0.0.3/24' }],
        resolvers: ['1.1.1.1'],
        routes: [
          { link: 'eth0', to: '0.0.0.0/0', gateway: '10.0.0.1' },
          { link: 'eth0', to: '10.9.0.0/16', gateway: '10.0.0.2' },
          { link: 'eth0', to: '::/0', gateway: 'fe80::1' },
        ],
      },
    ],
  ])('%s', (_, text, meaning) => {
    expect(read(text)).toEqual({ ...nothing, ...meaning });
  });
});
