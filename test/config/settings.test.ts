/** Settings that a schema alone would let through and that Talos, Linux or sops then fail on. */

import { expect, it } from 'vitest';
import { issueLine } from '../../src/cli/report.ts';
import { hasBech32Checksum } from '../../src/model/bech32.ts';
import { generateTexts } from '../support/pipeline.ts';
import { validateTexts } from '../support/validation.ts';

const RECIPIENT = 'age18y2wyhtnf3d0y08524ydu03sszukc7glcw5gn7g7khlvrhl0zy3qxv34rq';
const cluster = (talos: unknown, versions: Readonly<Record<string, string>> = {}): string =>
  JSON.stringify({
    cluster_name: 'lab',
    node_cidr: '10.10.10.0/24',
    cluster_api_addr: '10.10.10.5',
    talos_version: '1.13.9',
    kubernetes_version: '1.36.3',
    proxmox_api_url: 'https://10.10.10.2:8006',
    proxmox_node: 'pve1',
    talos,
    ...versions,
  });
const nodes = (more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({ nodes: [{ name: 'n-1', address: '10.10.10.11', controller: true, ...more }] });

const ofTalos = (talos: unknown): string[] => validateTexts(cluster(talos), nodes()).issues.map(issueLine);
const ofNode = (more: Readonly<Record<string, unknown>>): string[] =>
  validateTexts(cluster({}), nodes(more)).issues.map(issueLine);
const one = (pattern: RegExp): unknown[] => [expect.stringMatching(pattern)];

it('a whole number that no number of JavaScript holds is written in quotes, and reaches Talos as it stands', () => {
  const number = '18446744073692774399';
  expect(
    validateTexts(
      cluster({}).replace('"talos":{}', `"talos":{"sysctls":{"kernel.shmmax":${number}}}`),
      nodes(),
    ).issues.map(issueLine),
  ).toEqual(one(/SCHEMA_RANGE .*in quotes beyond 9007199254740991/));
  const { files } = generateTexts(cluster({ sysctls: { 'kernel.shmmax': number } }), nodes());
  expect(files.find(({ path }) => path === 'talos/patches/all.yaml')?.content).toContain(`kernel.shmmax: "${number}"`);
});

it.each(['udp://a:99999', 'udp://a:0', 'tcp://a..b:1', 'tcp://[::::]:1', 'udp://[1]:5', 'udp://1.2.3.999:1'])(
  'kernel_log_url %s is none',
  (url) => {
    expect(ofTalos({ kernel_log_url: url })).toEqual(one(/SCHEMA_PATTERN talos\.kernel_log_url/));
  },
);
it.each(['udp://[fd00::9]:6050', 'tcp://logs.example:514/'])('kernel_log_url %s is one', (url) => {
  expect(ofTalos({ kernel_log_url: url })).toEqual([]);
});

it.each(['docker.io:99999', 'a..b', 'a.-b', 'docker.io/library'])('%s is no registry', (name) => {
  expect(ofTalos({ registry_mirrors: { [name]: ['https://mirror.gcr.io'] } })).toEqual(
    one(/SCHEMA_PATTERN "[^"]*"? is not a registry|SCHEMA_PATTERN \S+ is not a registry/),
  );
});
it('a mirror has a URL that Go reads', () => {
  expect(ofTalos({ registry_mirrors: { 'ghcr.io:443': ['https://m.example/%zz'] } })).toEqual(one(/SCHEMA_PATTERN/));
  expect(
    ofTalos({ registry_mirrors: { 'ghcr.io:443': ['https://m.example/a%20b'], '*': ['http://[fd00::9]:5000'] } }),
  ).toEqual([]);
});

it.each([
  'https://f.x/{{a}}',
  'https://f.x/${HOME}',
  'https://f.x/Factory',
  'https://f.x/a//b',
  'https://factory',
  'https://factory/a.b',
  'https://f.x/?a=b',
  'https://f.x/a-',
])('%s is in front of no image name', (url) => {
  expect(ofTalos({ factory_url: url })).toEqual(one(/SCHEMA_PATTERN talos\.factory_url/));
});
it.each([
  'https://factory.example',
  'https://factory:8443/a',
  'https://[fd00::9]:8443',
  'https://10.10.10.9/mirror/talos_factory/',
])('%s is', (url) => {
  expect(ofTalos({ factory_url: url })).toEqual([]);
});

it.each(['1.013.9', '01.13.9', '1.13.0-01', '1.13.0-rc..1', '1.13.0-'])('%s is no version', (version) => {
  expect(validateTexts(cluster({}, { talos_version: version }), nodes()).issues.map(issueLine)).toEqual(
    one(/SCHEMA_PATTERN talos_version/),
  );
  expect(validateTexts(cluster({}, { kubernetes_version: version }), nodes()).issues.map(issueLine)).toEqual(
    one(/SCHEMA_PATTERN kubernetes_version/),
  );
});

it.each(['a//b', 'x/y/z', 'a..b/c', 'x-.y/c', 'n'.repeat(64)])(
  '%s is neither the key of a label nor of a taint',
  (key) => {
    expect(ofNode({ labels: { [key]: 'x' } })).toEqual(one(/SCHEMA_PATTERN/));
    expect(ofNode({ taints: [`${key}:NoSchedule`] })).toEqual(one(/SCHEMA_PATTERN/));
  },
);
it('a key has a prefix or none', () => {
  expect(
    ofNode({
      labels: { 'example.org/a': 'x', plain_1: '' },
      taints: ['example.org/a=b:NoSchedule', 'plain:NoExecute'],
    }),
  ).toEqual([]);
});

it.each(['a"b', 'a\\b', '/dev/disk/by-id/a"b', '/dev/disk/by-id/${HOME}', '{{.Name}}', 'S4*'])(
  'disk %s would change the expression it stands in',
  (disk) => {
    expect(ofNode({ disk })).toContainEqual(expect.stringMatching(/SCHEMA_PATTERN node "n-1": disk/));
  },
);

it('one module is one module with a dash or an underscore', () => {
  expect(ofNode({ kernel_modules: ['br_netfilter', 'br-netfilter a=b'] })).toEqual(one(/KERNEL_MODULE_DUPLICATE/));
});

it('an interface with a dot in its name is no other parameter', () => {
  expect(ofTalos({ sysctls: { 'net.ipv4.conf.eth0/10.rp_filter': 0, 'net.ipv4.conf.eth0.10.rp_filter': 0 } })).toEqual(
    [],
  );
  expect(ofTalos({ sysctls: { 'net.ipv4.conf.eth0/10.rp_filter': 0, 'net/ipv4/conf/eth0.10/rp_filter': 0 } })).toEqual(
    one(/SYSCTL_DUPLICATE/),
  );
});

it.each([
  ['10.10.10.11', /the node itself/],
  ['10.10.10.0', /the address of the network/],
  ['10.10.10.255', /the broadcast address/],
])('%s is no router', (gateway, why) => {
  expect(ofNode({ routes: [{ network: '10.60.0.0/16', gateway }] })).toEqual([expect.stringMatching(/ROUTE_GATEWAY/)]);
  expect(ofNode({ routes: [{ network: '10.60.0.0/16', gateway }] })).toEqual([expect.stringMatching(why)]);
});
it('a default route with host bits is one fault', () => {
  expect(ofNode({ routes: [{ network: '10.60.0.0/0', gateway: '10.10.10.254' }] })).toEqual(one(/ROUTE_DEFAULT/));
});

it('a private key of age reaches no message', () => {
  const lines = ofTalos({ age_recipients: ['AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQ'] });
  expect(lines).toEqual(one(/SCHEMA_PATTERN .* not a private key of age$/));
});

it('a slip of any letter of a recipient is seen', () => {
  expect(hasBech32Checksum(RECIPIENT)).toBe(true);
  // The example of the plugin age-plugin-yubikey: a name of its own, and another length.
  expect(hasBech32Checksum('age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t')).toBe(true);
  for (let position = 4; position < RECIPIENT.length; position += 1) {
    const letter = RECIPIENT[position] === 'q' ? 'p' : 'q';
    expect(
      hasBech32Checksum(`${RECIPIENT.slice(0, position)}${letter}${RECIPIENT.slice(position + 1)}`),
      String(position),
    ).toBe(false);
  }
});
