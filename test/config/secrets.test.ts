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
