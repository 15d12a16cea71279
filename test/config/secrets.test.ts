/** A secret that somebody pasted into the wrong place, wherever that is. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { message } from '../../src/model/shown.ts';
import { FIXTURES, validateTexts } from '../support/pipeline.ts';
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
