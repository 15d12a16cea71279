/** What a user may be called on Proxmox VE is data: to Jinja, to the shell of `create-token.sh`, and to whoever reads YAML. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { isScalar, parse, parseDocument, visit, type ScalarTag } from 'yaml';
import { verifyFiles } from '../../../src/generate.ts';
import { parseHcl } from '../../../src/io/hcl.ts';
import { parseTokenName } from '../../../src/model/api-token.ts';
import { generateTexts } from '../../support/pipeline.ts';
import { FIXTURES, validateTexts } from '../../support/validation.ts';

const input = (name: string): string => readFileSync(join(FIXTURES, 'valid/minimal', name), 'utf8');

/** The files of a cluster whose token has this name; none where the name is refused. */
function filesFor(token: string): ReadonlyMap<string, string> {
  const cluster = `${input('cluster.yaml')}proxmox_api_token_id: ${JSON.stringify(token)}\n`;
  return new Map(generateTexts(cluster, input('nodes.yaml')).files.map(({ path, content }) => [path, content]));
}

const VARIABLES = 'ansible/inventory/group_vars/all/vars.yaml';
const INVENTORY = 'ansible/inventory/hosts.yaml';
const UNSAFE: ScalarTag = { tag: '!unsafe', resolve: (text) => text };

/** Strings that Ansible takes for templates: those with a mark of Jinja and without the tag that says otherwise. */
function templatesIn(content: string): string[] {
  const found: string[] = [];
  visit(parseDocument(content, { customTags: [UNSAFE] }), (_, node) => {
    if (isScalar(node) && typeof node.value === 'string' && node.tag !== '!unsafe' && /\{[{%#]/.test(node.value))
      found.push(node.value);
  });
  return found;
}

const NAMES = [
  'jane@corp.example@oidc!talmox',
  "o'neil@pve!x1",
  "'+lookup('pipe')+'@pve!x1",
  '{{7*7}}@pve!x1',
  '{%if-1%}x{%endif%}@pve!x1',
  '{#x#}@pve!x1',
  'a}b@pve!x1',
  '$(id)@pve!x1',
  '`id`@pve!x1',
  '"@pve!x1',
  '\\@pve!x1',
  '\\"+x@pve!x1',
  'domain\\user@ad!x1',
  '~@pve!x1',
  '*@pve!x1',
  '_n@pve!x1',
  '${HOME}@pve!x1',
  'jané@pve!x1',
];
const part = fc.array(fc.constantFrom(...'\'"{}%#+*$()`\\|&<>?[]~^.@_-aé19'.split('')), {
  minLength: 1,
  maxLength: 12,
});
const token = fc.oneof(
  fc.constantFrom(...NAMES),
  part.filter(([first]) => first !== '-' && first !== '+').map((characters) => `${characters.join('')}@pve!x1`),
);

describe('the name of a token', () => {
  it('is data in every variable, and the templates are those of any other cluster', async () => {
    const [benign = '', inventory = ''] = [VARIABLES, INVENTORY].map((path) => filesFor('ci@pve!x1').get(path));
    await fc.assert(
      fc.asyncProperty(token, async (name) => {
        const files = filesFor(name);
        const read = parse(files.get(VARIABLES) ?? '', { customTags: [UNSAFE] }) as {
          proxmox_vm_api_written: { user: string; token_id: string };
        };
        expect(read.proxmox_vm_api_written).toMatchObject({ user: name.replace(/!x1$|!talmox$/, '') });
        expect(templatesIn(files.get(VARIABLES) ?? '')).toEqual(templatesIn(benign));
        expect(templatesIn(files.get(INVENTORY) ?? '')).toEqual(templatesIn(inventory));
        const rendered = generateTexts(
          `${input('cluster.yaml')}proxmox_api_token_id: ${JSON.stringify(name)}\n`,
          input('nodes.yaml'),
        );
        await verifyFiles(
          rendered.files.filter(({ path }) => path === VARIABLES),
          parseHcl,
        );
      }),
      { numRuns: 60, examples: NAMES.map((name) => [name]) },
    );
  });

  // The realm and the name are of one kind, `pve-realm`; Perl's Getopt::Long takes - and + for the begin of an option.
  it('is refused where Proxmox VE keeps no such realm or token, and where `pveum` would read an option', () => {
    const codes = (key: string, name: string): string[] =>
      validateTexts(`${input('cluster.yaml')}${key}: ${JSON.stringify(name)}\n`, input('nodes.yaml')).issues.map(
        ({ code }) => code,
      );
    for (const key of ['proxmox_api_token_id', 'proxmox_ccm_token_id', 'proxmox_csi_token_id']) {
      for (const name of ['a@pv!ta', 'a@p-!t_', 'a@p.!t.', 'a-+b@pve!ta', '_@pve!ta'])
        expect(codes(key, name), name).toEqual([]);
      for (const name of ['a@p!ta', 'a@1a!ta', 'a@-a!ta', 'a@pve!t', 'a@pve!1t', 'a@pve!-t', '-a@pve!ta', '+a@pve!ta'])
        expect(codes(key, name), name).toEqual(['SCHEMA_PATTERN']);
    }
  });

  it('is refused where Proxmox VE keeps no such user, and where its secret was pasted with it', () => {
    for (const name of [
      'a:b@pve!x1',
      'a/b@pve!x1',
      'a b@pve!x1',
      'a,b@pve!x1',
      'a;b@pve!x1',
      'a@pve!x1=secret',
      'a!x1',
      '@pve!x1',
    ])
      expect(
        validateTexts(`${input('cluster.yaml')}proxmox_api_token_id: ${JSON.stringify(name)}\n`, input('nodes.yaml'))
          .issues,
        name,
      ).toEqual([expect.objectContaining({ code: 'SCHEMA_PATTERN' })]);
  });

  it('has its realm behind the last @', () => {
    expect(parseTokenName('jane@corp.example@oidc!talmox')).toEqual({ user: 'jane@corp.example@oidc', name: 'talmox' });
    expect(parseTokenName('ci@pve!x1')).toEqual({ user: 'ci@pve', name: 'x1' });
    for (const none of ['', 'ci@pve', 'ci!x', 'ci@pve!x@y']) expect(parseTokenName(none)).toBeNull();
  });
});

const bin = mkdtempSync(join(tmpdir(), 'talmox-pveum-'));
afterAll(() => {
  rmSync(bin, { recursive: true, force: true });
});

describe('create-token.sh', () => {
  const calls = join(bin, 'calls');
  writeFileSync(join(bin, 'pveversion'), '#!/bin/sh\necho pve-manager/9.1.1/abc\n', { mode: 0o755 });
  // Writes down what it is told, knows no user and no token.
  writeFileSync(
    join(bin, 'pveum'),
    `#!/bin/sh\nprintf '%s\\0' "$@" >> ${calls}\nprintf '\\n\\0' >> ${calls}\n[ "$2 $3" != 'token list' ]\n`,
    { mode: 0o755 },
  );

  it.each(NAMES)('makes %s, and runs nothing of it', (name) => {
    const { user = '', name: id = '' } = parseTokenName(name) ?? {};
    rmSync(calls, { force: true });
    execFileSync('/bin/sh', ['-c', filesFor(name).get('ansible/create-token.sh') ?? 'false'], {
      env: { PATH: `${bin}:/usr/bin:/bin` },
    });
    const words = readFileSync(calls, 'utf8')
      .split('\n\0')
      .map((line) => line.split('\0').slice(0, -1));
    expect(words).toContainEqual(['user', 'add', user]);
    expect(words).toContainEqual(['user', 'token', 'add', user, id, '--privsep', '1']);
    const given = words.filter(([what]) => what === 'acl').map((line) => line.at(-1));
    expect(new Set(given)).toEqual(new Set([user, `${user}!${id}`]));
  });
});

/** Names of all groups in the inventory, Ansible's own included. */
function groupsOf(group: Group): string[] {
  return Object.entries(group.children ?? {}).flatMap(([name, child]) => [name, ...groupsOf(child)]);
}
interface Group {
  readonly children?: Readonly<Record<string, Group>>;
}

describe('a node with a name of the inventory', () => {
  const codes = (name: string, more = ''): string[] =>
    validateTexts(
      input('cluster.yaml') + more,
      `nodes:\n  - { name: cp-1, address: 10.10.10.11, controller: true }\n  - { name: ${name}, address: 10.10.10.12, controller: false }\n`,
    ).issues.map(({ code }) => code);
  const groups = groupsOf(parse(filesFor('ci@pve!x1').get(INVENTORY) ?? '') as Group);

  it.each(['all', 'ungrouped', 'localhost', ...groups])('is refused: %s', (name) => {
    // With an underscore it is no name of a node in the first place.
    expect(codes(name)).toEqual([name.includes('_') ? 'SCHEMA_PATTERN' : 'ANSIBLE_NODE_NAME']);
  });

  it('is nothing to another backend, and other names are nothing to Ansible', () => {
    expect(codes('talos', 'proxmox: { default_target: tofu }\n')).toEqual([]);
    expect(codes('talos', 'proxmox: { default_target: ansible }\n')).toEqual(['ANSIBLE_NODE_NAME']);
    for (const name of ['talos-1', 'alle', 'local', 'children', 'hosts']) expect(codes(name), name).toEqual([]);
  });
});
