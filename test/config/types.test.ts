import { readFile } from 'node:fs/promises';
import { compile, type JSONSchema } from 'json-schema-to-typescript';
import { expect, it } from 'vitest';

const BANNER = `/**
 * What users write: the shapes of cluster.yaml and nodes.yaml.
 * Generated from schemas/ by \`npm run test:update\`; do not edit.
 */
`;

async function types(name: 'cluster' | 'nodes'): Promise<string> {
  const schema = JSON.parse(
    await readFile(new URL(`../../schemas/${name}.schema.json`, import.meta.url), 'utf8'),
  ) as JSONSchema;
  return compile(withoutExtras(schema) as JSONSchema, name, {
    bannerComment: '',
    style: { singleQuote: true, printWidth: 120 },
    unknownAny: true,
    ignoreMinAndMaxItems: true,
    // Documentation belongs to editors, which read the schemas themselves.
  });
}

/** Titles would name a type for every key; only the files and the node keep theirs. */
function withoutExtras(schema: unknown, keepTitle = true): unknown {
  if (Array.isArray(schema)) return schema.map((item) => withoutExtras(item, false));
  if (typeof schema !== 'object' || schema === null) return schema;
  const { title, examples: _examples, default: _default, ...rest } = schema as Record<string, unknown>;
  const named = keepTitle || title === 'NodeFile' ? { title } : {};
  return {
    ...named,
    ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, withoutExtras(value, false)])),
  };
}

it('the TypeScript types of the files are those of the schemas', async () => {
  const source = `${BANNER}${await types('cluster')}\n${await types('nodes')}`;
  await expect(source).toMatchFileSnapshot('../../src/model/files.gen.ts');
});
