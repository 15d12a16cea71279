/** Files of tens of thousands of lines: what is wrong throughout is refused at once, and nothing else is. */

import { describe, expect, it } from 'vitest';
import type { Issue } from '../../src/model/issue.ts';
import { cpuOf } from '../support/cpu.ts';
import { validateTexts } from '../support/validation.ts';

const CLUSTER = `cluster_name: tiny
node_cidr: 10.10.0.0/16
cluster_api_addr: 10.10.0.5
cluster_pod_cidr: 172.16.0.0/12
talos_version: "1.13.9"
kubernetes_version: "1.36.3"
proxmox_api_url: https://10.10.0.2:8006
proxmox_node: pve1
`;

const lines = (count: number, line: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('');
const address = (index: number): string => `10.10.${1 + Math.floor(index / 200)}.${(index % 200) + 10}`;
const nodes = (count: number, more = ''): string =>
  `nodes:\n${lines(count, (index) => `  - { name: n-${index}, address: ${address(index)}, controller: ${index === 0}${more} }`)}`;
/** Comments: long, and quickly read. */
const padded = (text: string, count = 20_000): string => lines(count, () => '#') + text;
const codes = (issues: readonly Issue<string>[]): string[] => issues.map(({ code }) => code);

describe('a long file', () => {
  it('is read to its end where its beginning is right', () => {
    const text = padded(nodes(2, ', vm_cores: 0'));
    expect(codes(validateTexts(CLUSTER, text).issues)).toEqual(['SCHEMA_RANGE', 'SCHEMA_RANGE']);
    expect(codes(validateTexts(CLUSTER, padded(nodes(1))).issues)).toEqual([]);
  });

  it('tells all its faults as long as they are not without number, at its beginning and at its end', () => {
    const text = `${nodes(2, ', vm_cores: 0')}${padded('  - { name: w-1, address: 10.10.9.9, controller: maybe }\n')}`;
    expect(codes(validateTexts(CLUSTER, text).issues)).toEqual(['SCHEMA_RANGE', 'SCHEMA_RANGE', 'SCHEMA_TYPE']);
  });

  it.each<[string, string[], string, string]>([
    [
      'a list in brackets',
      [],
      '  - name: cp-1\n    address: 10.10.1.1\n    controller: true\n    taints: [\n',
      '      ]\n',
    ],
    [
      'a text in quotes',
      ['SCHEMA_PATTERN'],
      '  - name: "cp-1',
      '      "\n    address: 10.10.1.1\n    controller: true\n',
    ],
    ['a block of text', ['SCHEMA_TYPE', 'SCHEMA_TYPE'], '  - &a !!str |\n', '\n  - *a\n'],
    ['a node', [], '  - name: cp-1\n', '    address: 10.10.1.1\n    controller: true\n'],
  ])('is read to its end where %s goes on beyond its first lines', (_what, expected, before, after) => {
    const { issues } = validateTexts(CLUSTER, `nodes:\n${before}${lines(20_000, () => '')}${after}`);
    expect(codes(issues)).toEqual(expected);
  });

  it('is not read to its end where a thousand of its first lines are wrong', () => {
    const text = `${nodes(1001, ', vm_cores: 0')}${padded('  - { name: w-1, address: 10.10.9.9, controller: maybe }\n')}`;
    const { issues } = validateTexts(CLUSTER, text);
    expect(issues).toHaveLength(1001);
    expect(new Set(codes(issues))).toEqual(new Set(['TOO_MANY_FAULTS', 'SCHEMA_RANGE']));
    expect(issues[0]?.message).toBe(
      'more than 1000 places are wrong, and no others are looked for; mend the first ones, then run this again',
    );
  });
});

describe('a file that is wrong throughout is refused at once', () => {
  const each: readonly (readonly [string, string, string])[] = [
    ['nodes without anything', CLUSTER, `nodes:\n${lines(200_000, () => '- {}')}`],
    ['unknown keys of a node', CLUSTER, `nodes:\n- name: a\n${lines(200_000, (index) => `  k${index}: 1`)}`],
    ['one key again and again', CLUSTER + lines(90_000, () => 'proxmox_node: pve1'), nodes(1)],
    ['aliases of nothing', CLUSTER, `nodes:\n${lines(200_000, () => '- *a')}`],
    ['a slip in the first line', `node_cidr 1\n${CLUSTER}`, `nodes: a: b\n${lines(200_000, () => '- x')}`],
    [
      'more nodes than there may be',
      CLUSTER,
      `nodes:\n${lines(90_000, (index) => `- { name: n${index}, address: 10.10.1.1, controller: true }`)}`,
    ],
    [
      'lists without end',
      CLUSTER,
      `nodes:\n- name: a\n  address: 10.10.1.1\n  controller: true\n  kernel_modules:\n${lines(200_000, () => '  - mod')}`,
    ],
    ['keys of others without end', CLUSTER + lines(200_000, (index) => `proxmox_k${index}: 1`), nodes(1)],
    ['an endless key', CLUSTER, `nodes:\n- ? ${'k'.repeat(9_000_000)}\n  : 1\n`],
    ['an endless value', CLUSTER.replace('pve1', 'x'.repeat(9_000_000)), nodes(1)],
  ];

  it.each(each)('%s', (_what, cluster, text) => {
    let issues: readonly Issue<string>[] = [];
    const cpu = cpuOf(() => ({ issues } = validateTexts(cluster, text)));
    expect(issues.length).toBeGreaterThan(0);
    // A tenth of a second to a second where nothing else runs; reading it all would take several.
    expect(cpu).toBeLessThan(5000);
  });
});
