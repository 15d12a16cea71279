/** However much is wrong, a run says what to mend first, and how much there is. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOutput, harmless } from '../../src/cli/print.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => {
  space.remove();
});

interface Report {
  readonly issues: readonly {
    readonly code: string;
    readonly severity: string;
    readonly message: string;
    readonly pointer: string;
  }[];
  readonly issueCount: { readonly errors: number; readonly warnings: number };
  readonly error?: { readonly message: string };
}

const node = (index: number, more: string): string =>
  `  - { name: n-${index}, address: 10.10.${10 + (index >> 7)}.${(index % 128) + 20}, controller: ${index === 0}${more} }\n`;

function write(count: number, more: (index: number) => string): void {
  space.write(
    'cluster.yaml',
    `${space.read('cluster.yaml').replace('10.10.10.0/24', '10.10.0.0/16')}cluster_pod_cidr: 172.16.0.0/12\n`,
  );
  space.write(
    'nodes.yaml',
    `nodes:\n${Array.from({ length: count }, (_, index) => node(index, more(index))).join('')}`,
  );
}

describe('issues', () => {
  it('are all told, one line each, up to a hundred', async () => {
    write(100, () => ', vm_cores: 0');
    const { exitCode, stderr } = await space.cli('validate');
    expect(exitCode).toBe(1);
    expect(stderr.split('\n').filter((line) => line.includes('SCHEMA_RANGE'))).toHaveLength(100);
    expect(stderr).toMatch(/100 errors\n$/);
    expect(stderr).not.toContain('more');
  });

  it('are counted by file and code beyond that, and errors come before warnings', async () => {
    write(300, (index) => (index < 150 ? ', cores: 4' : index < 200 ? ', vm_cores: 0' : ', mtu: x'));
    const { exitCode, stderr } = await space.cli('validate');
    const lines = stderr.trimEnd().split('\n');
    expect([exitCode, lines.length]).toEqual([1, 102]);
    expect(lines.slice(0, 100).map((line) => line.split(' ')[1])).toEqual([
      ...Array<string>(50).fill('SCHEMA_RANGE'),
      ...Array<string>(50).fill('SCHEMA_TYPE'),
    ]);
    expect(lines.slice(100)).toEqual([
      '… and 200 more: 150 ALIAS_USED and 50 SCHEMA_TYPE in nodes.yaml',
      '150 errors, 150 warnings',
    ]);
  });

  it('are a thousand in JSON, which says how many there are', async () => {
    write(1200, (index) => (index < 150 ? ', cores: 4' : ', vm_cores: 0'));
    const { stdout } = await space.cli('validate', '--json');
    const { issues, issueCount } = JSON.parse(stdout) as Report;
    expect(issueCount).toEqual({ errors: 1050, warnings: 150 });
    expect(issues.map(({ severity }) => severity)).toEqual(Array<string>(1000).fill('error'));
  });

  it('are told in JSON with their number where they are few, too', async () => {
    write(1, () => ', vm_cores: 0, cores: 4');
    const { issues, issueCount } = JSON.parse((await space.cli('validate', '--json')).stdout) as Report;
    expect([issues.length, issueCount]).toEqual([2, { errors: 1, warnings: 1 }]);
  });
});

describe('a secret in the wrong place', () => {
  const SECRET = 'S3cr3t-c4n4ry';
  it.each([
    ['the name of the token', 'proxmox_api_token_id', `root@pam!x=${SECRET}`],
    ['the URL', 'proxmox_api_url', `https://root:${SECRET}@10.10.10.2:8006`],
    ['a host', 'proxmox_node', `root@pam!x=${SECRET}`],
    ['a list', 'node_dns_servers', `[https://u:${SECRET}@h]`],
    ['a password that is a number', 'tfstate_password', '31415926535'],
    ['a password that is a list', 'tfstate_password', `[${SECRET}]`],
    ['an unknown key', 'talos', `{ "root@pam!x=${SECRET}": 1 }`],
    [
      'a key twice',
      'talos',
      `{ sysctls: { "token=${SECRET}": 1, "https://x:${SECRET}@y": 1, "https://x:${SECRET}@y": 1 } }`,
    ],
    ['an alias', 'proxmox_node', `*root@pam!x=${SECRET}`],
    ['a tag', 'proxmox_node', `!root@pam%21x=${SECRET} a`],
  ])('reaches neither the terminal nor JSON: %s', async (_what, key, value) => {
    space.write(
      'cluster.yaml',
      `${space.read('cluster.yaml').replace(new RegExp(`^${key}:.*\\n`, 'm'), '')}${key}: ${value}\n`,
    );
    for (const flags of [[], ['--json'], ['--debug']]) {
      const { exitCode, stdout, stderr } = await space.cli('validate', ...flags);
      expect(exitCode).toBe(1);
      expect(stdout + stderr).not.toMatch(/c4n4ry|31415926535/);
    }
  });

  it('reaches no message about the command line', async () => {
    for (const words of [
      [`--token=${SECRET}`],
      [`root@pam!x=${SECRET}`],
      ['schema', `root@pam!x=${SECRET}`],
      ['plan', '--target', `root@pam!x=${SECRET}`],
    ]) {
      const { exitCode, stdout, stderr } = await space.cli(...words);
      expect([exitCode, (stdout + stderr).includes(SECRET)], words.join(' ')).toEqual([2, false]);
    }
  });
});

describe('what is printed', () => {
  it('turns no direction, hides nothing and gives a terminal no orders', async () => {
    const { stderr } = await space.cli('schema', 'a\u202eb\u200bc\u001b[2J');
    expect(stderr).toContain('a\\u202eb\\u200bc\\u001b[2J');
  });

  it('keeps the colours of its own, where there are colours', () => {
    expect(harmless('\u001b[31mred\u001b[39m \u001b[8mhidden', true)).toBe('\u001b[31mred\u001b[39m \\u001b[8mhidden');
    expect(harmless('\u001b[31mred', false)).toBe('\\u001b[31mred');
  });

  it('is JSON also with such characters', () => {
    let said = '';
    const sink = { write: (text: string) => void (said += text) };
    createOutput(sink, sink, {}, false).out(JSON.stringify({ a: '\u202e\u{e0041}' }));
    expect(said).toBe('{"a":"\\u202e\\udb40\\udc41"}\n');
    expect(JSON.parse(said)).toEqual({ a: '\u202e\u{e0041}' });
  });
});
