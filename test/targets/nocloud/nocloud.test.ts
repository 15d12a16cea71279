import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { base64 } from '../../../src/model/base64.ts';
import type { Cluster, Node } from '../../../src/model/cluster.ts';
import { FIXTURES, generateFixture, ROOT, validateFixture } from '../../support/pipeline.ts';
import { hostnameOf, readNetworkConfig, readSerial, readUserData } from './talos-reader.ts';

const cases = ['.', ...readdirSync(join(FIXTURES, 'valid')).map((name) => join('test/fixtures/valid', name))];

function rendered(path: string): { cluster: Cluster; file: (node: Node, name: string) => string } {
  const directory = join(ROOT, path);
  const { cluster } = validateFixture(directory);
  const { files } = generateFixture(directory);
  if (cluster === null) throw new Error(`${path} is not valid`);
  return { cluster, file: (node, name) => files.find((file) => file.path === `nocloud/${node.name}/${name}`)?.content ?? '' };
}

describe.each(cases)('the NoCloud files of %s, read as Talos reads them', (path) => {
  const { cluster, file } = rendered(path);

  it('give every link its address, gateway and MTU, and the node its resolvers', () => {
    for (const node of cluster.nodes) {
      const network = readNetworkConfig(file(node, 'network-config'));
      expect(network.resolvers, node.name).toEqual(cluster.network.nameservers);
      for (const { alias, macAddress, vlanTag, mtu, addresses, gateway } of node.links) {
        const found = network.links.find(({ mac, vlan }) => mac === macAddress && vlan === vlanTag);
        expect(found, `${node.name} ${alias}`).toEqual({ mac: macAddress, vlan: vlanTag, mtu, addresses, gateway });
      }
      const withAddress = network.links.filter(({ addresses }) => addresses.length > 0);
      expect(withAddress.length, node.name).toBe(node.links.filter(({ addresses }) => addresses.length > 0).length);
    }
  });

  it('give the node its name by every way there is, and an instance id of its own', () => {
    const ids = cluster.nodes.map((node) => {
      const metaData = file(node, 'meta-data');
      expect(hostnameOf(readSerial(''), metaData)).toBe(node.name);
      expect(hostnameOf(readSerial(node.nocloudSerial), metaData)).toBe(node.name);
      return (parse(metaData) as { 'instance-id': string })['instance-id'];
    });
    expect(new Set(ids).size).toBe(cluster.nodes.length);
  });

  it('are no complete configuration: the node takes the name and waits in maintenance mode for the rest', () => {
    for (const node of cluster.nodes) {
      expect(readUserData(file(node, 'user-data'))).toMatchObject({ isComplete: false, documents: [{ kind: 'HostnameConfig', auto: 'off', hostname: node.name }] });
    }
  });

  it('lie where the serial of the node points, and the serial fits what Proxmox stores', () => {
    for (const node of cluster.nodes) {
      const { url } = readSerial(node.nocloudSerial);
      expect(url).toBe(cluster.nocloud.serverUrl === null ? null : `${cluster.nocloud.serverUrl}/${cluster.name}/${node.name}/`);
      const smbios = parse(file(node, 'smbios.yaml')) as { serial: string; serialBase64: string; smbios1: string };
      expect(atob(smbios.serialBase64)).toBe(node.nocloudSerial);
      expect(smbios.serialBase64).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
      expect(smbios.smbios1).toBe(`uuid=${node.systemUuid},serial=${base64(node.nocloudSerial)},base64=1`);
      expect(smbios.smbios1.length).toBeLessThanOrEqual(512);
    }
  });
});

describe('the reader itself', () => {
  it.each<[string, ReturnType<typeof readSerial>]>([
    ['ds=nocloud-net;s=http://10.0.0.1/configs/', { url: 'http://10.0.0.1/configs/', hostname: null, instanceId: null }],
    ['ds=nocloud-net;s=http://10.0.0.1/configs', { url: 'http://10.0.0.1/configs/', hostname: null, instanceId: null }],
    ['ds=nocloud;s=http://10.0.0.1/', { url: null, hostname: null, instanceId: null }],
    ['ds=nocloud-net;s=ftp://10.0.0.1/', { url: null, hostname: null, instanceId: null }],
    ['ds=nocloud-net;h=a;i=b', { url: null, hostname: 'a', instanceId: 'b' }],
    ['1234-5678', { url: null, hostname: null, instanceId: null }],
  ])('takes the serial %s as Talos does', (serial, meaning) => {
    expect(readSerial(serial)).toEqual(meaning);
  });

  it.each(['', 'version: 0\nconfig: []\n', 'config: []\n', 'version: 1\nconfig: [{type: bridge}]\n'])('refuses the network-config %j as Talos does', (text) => {
    expect(() => readNetworkConfig(text)).toThrow();
  });

  it.each<[string, ReturnType<typeof readUserData>]>([
    ['', 'maintenance'],
    ['#cloud-config\nhostname: x\n', 'maintenance'],
    ['#include\nhttp://10.0.0.1/x\n', { include: 'http://10.0.0.1/x' }],
    ['machine: {type: worker}\n', { documents: [{ machine: { type: 'worker' } }], isComplete: true }],
  ])('takes the user-data %j as Talos does', (text, meaning) => {
    expect(readUserData(text)).toEqual(meaning);
  });
});
