/** Addresses that talmox makes of names have 24 bits of a hash: two of many nodes get the same one. */

import { describe, expect, it } from 'vitest';
import { issueLine } from '../../src/cli/report.ts';
import { derivedMac, spareMac } from '../../src/model/identity.ts';
import { validateTexts } from '../support/validation.ts';

const CLUSTER = `cluster_name: home
node_cidr: 10.10.10.0/24
cluster_api_addr: 10.10.10.5
talos_version: "1.13.9"
kubernetes_version: "1.36.3"
proxmox_api_url: https://10.10.10.2:8006
proxmox_node: pve1
`;
const CP = '  - { name: cp-1, address: 10.10.10.11, controller: true }\n';

const worker = (name: string, more = ''): string =>
  `  - { name: ${name}, address: 10.10.10.${(Number(name.slice(2)) % 200) + 20}, controller: false${more} }\n`;
const validate = (...nodes: readonly string[]) => validateTexts(CLUSTER, `nodes:\n${CP}${nodes.join('')}`);
const told = (...nodes: readonly string[]): string[] => validate(...nodes).issues.map(issueLine);
const macOf = (name: string, ...nodes: readonly string[]): string | undefined =>
  validate(...nodes).cluster?.nodes.find((node) => node.name === name)?.macAddress;

/** What a message says to write. */
const adviceOf = (line: string | undefined): string => /mac_addr: (\S+) for/.exec(line ?? '')?.[1] ?? '';

describe('two names with one address', () => {
  it('are told as what they are, with an address to write for the newer of the two', () => {
    expect(derivedMac('home', 'w-489', 0)).toBe(derivedMac('home', 'w-3654', 0));
    const lines = told(worker('w-489'), worker('w-3654'));
    expect(lines).toEqual([
      expect.stringMatching(
        /^nodes\.yaml:4:5 MAC_DUPLICATE talmox derives the MAC address bc:24:11:6d:f9:82 from the names of both w-489 \(nodes\.yaml:3:5\) and w-3654: .*by chance; write mac_addr: bc:24:11:\S+ for the one of them that is not built yet$/,
      ),
    ]);
    const more = `, mac_addr: "${adviceOf(lines[0])}"`;
    expect(told(worker('w-489'), worker('w-3654', more))).toEqual([]);
    expect(told(worker('w-489', more), worker('w-3654'))).toEqual([]);
  });

  it('are not moved: each keeps its own where the other is not, whatever is written for that one', () => {
    const spare = `, mac_addr: "${spareMac('home', 'w-489', 0, new Set())}"`;
    for (const nodes of [[worker('w-3654')], [worker('w-489', spare), worker('w-3654')]])
      expect(macOf('w-3654', ...nodes)).toBe('bc:24:11:6d:f9:82');
  });

  it('may be those of an extra NIC', () => {
    const nics = (mac: string): string => `, vm_extra_nics: [{ bridge: vmbr1${mac} }]`;
    const lines = told(worker('w-2821', nics('')), worker('w-5014'));
    expect(lines).toEqual([
      expect.stringMatching(/from the names of both w-2821 net1 \(nodes\.yaml:3:\d+\) and w-5014: /),
    ]);
    expect(told(worker('w-2821', nics(`, mac_addr: "${adviceOf(lines[0])}"`)), worker('w-5014'))).toEqual([]);
  });
});

describe('a name whose address somebody else wrote', () => {
  const written = worker('w-1', ', mac_addr: "BC:24:11:6D:F9:82"');

  it.each([
    ['before', [written, worker('w-489')]],
    ['behind', [worker('w-489'), written]],
  ])('is told as what it is, %s it', (_where, nodes) => {
    const lines = told(...nodes);
    expect(lines).toEqual([
      expect.stringMatching(
        /^nodes\.yaml:4:\d+ MAC_DUPLICATE talmox derives the MAC address bc:24:11:6d:f9:82 from the name of w-489, and by chance it is the mac_addr of w-1 \(nodes\.yaml:\d:\d+\); if w-489 is not built yet, write mac_addr: bc:24:11:\S+ for it, else give w-1 another one$/,
      ),
    ]);
    expect(told(written, worker('w-489', `, mac_addr: "${adviceOf(lines[0])}"`))).toEqual([]);
  });

  it('and two that somebody wrote are the mistake of whoever wrote them', () => {
    const line = told(written, worker('w-2', ', mac_addr: "bc:24:11:6d:f9:82"'))[0];
    expect(line).toMatch(/of w-2 is used by w-1 \(nodes\.yaml:3:\d+\) too; give one of them another MAC address$/);
  });
});

it('several of them at once get an address each', () => {
  const names = ['w-489', 'w-3654', 'w-2584', 'w-5556'];
  const nodes = (advice: ReadonlyMap<string, string>): string[] => names.map((name) => worker(name, advice.get(name)));
  const lines = told(...nodes(new Map()));
  expect(lines).toHaveLength(2);
  const advice = lines.map((line): [string, string] => [
    /and (w-\d+): /.exec(line)?.[1] ?? '',
    `, mac_addr: "${adviceOf(line)}"`,
  ]);
  expect(told(...nodes(new Map(advice)))).toEqual([]);
});

it('an address that is taken is not advised', () => {
  const first = spareMac('home', 'w-1', 0, new Set());
  const second = spareMac('home', 'w-1', 0, new Set([first]));
  expect(new Set([first, second, derivedMac('home', 'w-1', 0)]).size).toBe(3);
});
