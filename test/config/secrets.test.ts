/** A secret that somebody pasted into the wrong place, wherever that is. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { message } from '../../src/model/shown.ts';
import { FIXTURES, validateTexts } from '../support/validation.ts';
import { schemaLeaves, withValue, type Path } from '../support/schema-leaves.ts';

const SECRET = 'S3cr3t-c4n4ry';
const FILES = ['cluster', 'nodes'] as const;
const LEAVES = FILES.flatMap((file) => schemaLeaves(file).map((leaf) => ({ ...leaf, file })));

const inputs: Readonly<Record<'cluster' | 'nodes', unknown>> = {
  cluster: parse(readFileSync(join(FIXTURES, 'valid/minimal/cluster.yaml'), 'utf8')),
  nodes: parse(readFileSync(join(FIXTURES, 'valid/minimal/nodes.yaml'), 'utf8')),
};

/** What is wrong with the minimal input, changed at some places. */
function issuesWith(places: readonly { readonly file: 'cluster' | 'nodes'; readonly path: Path }[], value: unknown) {
  const files: Record<'cluster' | 'nodes', unknown> = { ...inputs };
  for (const { file, path } of places) files[file] = withValue(files[file], path, value);
  return validateTexts(JSON.stringify(files.cluster), JSON.stringify(files.nodes)).issues;
}

describe.each([
  `user@pve!id=${SECRET}`,
  `user@pve!id:${SECRET}`,
  `https://root:${SECRET}@host.example`,
  `http://${SECRET}@host.example:8080/x`,
  `root:${SECRET}@host.example:8006`,
])('%s', (value) => {
  it('is refused or taken in silence by every key, and repeated by no message', () => {
    const told = issuesWith(LEAVES, value).map(({ message: text }) => message(text));
    expect(told.length).toBeGreaterThan(150);
    expect(told.filter((text) => text.includes('c4n4ry'))).toEqual([]);
  });

  it.each(LEAVES.filter(({ format }) => /url|host|ip/.test(format ?? '')).map((leaf) => [leaf.path.join('.'), leaf]))(
    'is refused as %s',
    (_name, leaf) => {
      const errors = issuesWith([leaf], value).filter(({ severity }) => severity === 'error');
      expect(errors.map(({ pointer }) => pointer)).toContain(`/${leaf.path.join('/')}`);
    },
  );
});

it('the id of the token is refused with its secret, and taken without it', () => {
  const place = { file: 'cluster', path: ['proxmox_api_token_id'] } as const;
  expect(issuesWith([place], 'user@pve!id')).toEqual([]);
  for (const mark of ['=', ':', ' = '])
    expect(issuesWith([place], `user@pve!id${mark}${SECRET}`).map(({ code }) => code)).toEqual(['SCHEMA_PATTERN']);
});

describe('a credential in a value that is rendered', () => {
  const warned = (path: Path, value: unknown): string[] =>
    issuesWith([{ file: 'cluster', path }], value)
      .filter(({ code }) => code === 'CREDENTIAL_RENDERED')
      .map(({ message: text }) => text);

  it.each<[string, Path, unknown]>([
    ['a kernel argument', ['talos', 'kernel_args'], ['a=b', `talos.config=https://jo:${SECRET}@host.example/`]],
    ['a flag', ['talos', 'extra_args', 'kubelet', 'x'], `user@pve!id=${SECRET}`],
    ['a registry', ['talos', 'containerd_config'], `[auth]\npassword = "${SECRET}"\n`],
    ['a domain', ['cloudflare_domain'], `https://${SECRET}@host.example`],
  ])('is told where it is, and not repeated: %s', (_what, path, value) => {
    const told = warned(path, value);
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(path.join('.'));
    expect(told[0]).not.toContain('c4n4ry');
  });

  it.each<[string, Path, unknown]>([
    ['a token of the kubelet', ['talos', 'extra_args', 'kubelet', 'token'], SECRET],
    ['a secret behind dashes', ['talos', 'extra_args', 'api_server', 'oidc-client-secret'], SECRET],
    ['a password', ['talos', 'extra_args', 'etcd', 'x-password'], SECRET],
    ['digits', ['talos', 'extra_args', 'kubelet', 'x.api-key'], 7_213_4417],
    ['a key of the kubelet', ['talos', 'kubelet_config', 'clientSecret'], SECRET],
    ['an entry of a list', ['talos', 'kubelet_config', 'x', 'API_TOKEN', 0], SECRET],
  ])('is told by what its key is called: %s', (_what, path, value) => {
    const found = validateTexts(
      JSON.stringify(withValue(inputs.cluster, path, value)),
      JSON.stringify(inputs.nodes),
    ).issues.filter(({ code }) => code === 'CREDENTIAL_RENDERED');
    expect(found.map(({ pointer }) => pointer)).toEqual([`/${path.join('/')}`]);
    expect(found[0]?.message).not.toContain(String(value));
  });

  it.each<[string, Path, unknown]>([
    ['a path', ['talos', 'extra_args', 'kubelet', 'token'], '/var/lib/token'],
    ['a file', ['talos', 'extra_args', 'api_server', 'token-auth-file'], 'tokens.csv'],
    ['the file of a key', ['talos', 'extra_args', 'api_server', 'tls-private-key-file'], 'x.key'],
    ['a kind of token', ['talos', 'extra_args', 'etcd', 'auth-token'], 'simple'],
    ['a number of them', ['talos', 'extra_args', 'controller_manager', 'concurrent-serviceaccount-token-syncs'], 5],
    ['a switch', ['talos', 'extra_args', 'api_server', 'anonymous-token'], true],
    ['a word of a key', ['talos', 'extra_args', 'kubelet', 'xtoken'], SECRET],
  ])('is nothing else by the name of its key: %s', (_what, path, value) => {
    expect(warned(path, value)).toEqual([]);
  });

  it('stands in no key of a node: none takes a text that may be anything', () => {
    for (const { path } of schemaLeaves('nodes'))
      for (const value of [`user@pve!id=${SECRET}`, `https://root:${SECRET}@host.example`]) {
        const errors = issuesWith([{ file: 'nodes', path }], value).filter(({ severity }) => severity === 'error');
        expect(errors, path.join('.')).not.toEqual([]);
      }
  });

  it.each<[string, Path, unknown]>([
    [
      'a kernel argument',
      ['talos', 'kernel_args'],
      ['console=ttyS0', 'talos.config=https://host.example/?h=${hostname}'],
    ],
    ['an image', ['talos', 'extra_args', 'kubelet', 'x'], 'ghcr.io/a/b:v1@sha256:0123abcd'],
    ['a client that is a UUID', ['kubernetes_oidc_client_id'], '0f9c1b2a-7d1e-4c55-9c0e-6f2f1d3a4b5c'],
    ['what is rendered nowhere', ['my_app_url'], `https://root:${SECRET}@host.example`],
  ])('is nothing else: %s', (_what, path, value) => {
    expect(warned(path, value)).toEqual([]);
  });
});

describe('what YAML itself has to say of a credential', () => {
  const CLUSTER = readFileSync(join(FIXTURES, 'valid/minimal/cluster.yaml'), 'utf8');
  const NODES = readFileSync(join(FIXTURES, 'valid/minimal/nodes.yaml'), 'utf8');
  const told = (lines: string): string[] =>
    validateTexts(`${CLUSTER}${lines}\n`, NODES)
      .issues.filter(({ severity }) => severity === 'error')
      .map(({ code, message: text }) => `${code} ${text}`);

  const DOUBT =
    'YAML_AMBIGUOUS what stands here, and is not shown, is something else to other readers of YAML; put it in quotes for text';
  const ALIAS =
    'YAML_ALIAS_UNKNOWN no anchor of this name stands before this alias; put a text that begins with * in quotes';
  const TAG = 'YAML_TAG a tag means nothing here; put a text that begins with ! in quotes';

  it.each([
    ['0712344', DOUBT],
    ['7123e4', DOUBT],
    ['2026-11-29', DOUBT],
    ['7_123_4', DOUBT],
    ['*7123', ALIAS],
    ['&7123 [*7123]', 'YAML_ALIASES this alias stands inside the value it names; write the value out'],
    ['!7123 x', TAG],
    ['!7123', TAG],
    ['! [0712344]', DOUBT],
    [
      '"\\U7123"',
      'YAML_SYNTAX a backslash in a text in " begins an escape that does not exist; write two of them, or put the text in single quotes',
    ],
  ])('is said without it: %s', (value, message) => {
    for (const lines of [
      `proxmox_api_token_secret: ${value}`,
      `talos: { extra_args: { kubelet: { token: ${value} } } }`,
      `talos: { kubelet_config: { api-key: [{ x: 1 }, { y: ${value} }], z: 1 } }`,
    ]) {
      const issues = told(lines);
      expect(issues).toContain(message);
      expect(issues.join('\n')).not.toMatch(/7_?123|2026|7123/);
    }
  });

  it('is said without it also where an alias brings it there', () => {
    const issues = told('mine: &m [0712344]\ntalos: { kubelet_config: { token: *m } }');
    expect(issues).toEqual([DOUBT]);
  });

  it('names what stands anywhere else', () => {
    const lines = (value: string): string[] =>
      told(`talos: { kubelet_config: { secret: { a: 1 }, tokens: ${value} }, extra_args: { kubelet: { x: 1 } } }`);
    expect(lines('0712344')).toEqual([expect.stringContaining('0712344 means 712344')]);
    expect(lines('2026-11-29')).toEqual([expect.stringContaining('2026-11-29 is text here')]);
    expect(lines('*abc')).toEqual(['YAML_ALIAS_UNKNOWN no anchor &abc stands before *abc']);
    expect(lines('!abc x')).toEqual(['YAML_TAG tag !abc means nothing here; write the plain value']);
  });
});
