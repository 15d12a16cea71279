import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { INPUT_CODES } from '../src/config/codes.ts';
import {
  ADVANCED_DEFAULTS,
  BOND_DEFAULTS,
  CLUSTER_DEFAULTS,
  GROUP_DEFAULTS,
  NODE_DEFAULTS,
  ROLE_SIZE_DEFAULTS,
} from '../src/config/defaults.ts';
import { allRules } from '../src/validate.ts';
import { ROOT } from './support/validation.ts';

type Json = Readonly<Record<string, unknown>>;

function schema(name: string): Json {
  return JSON.parse(readFileSync(join(ROOT, `schemas/${name}.schema.json`), 'utf8')) as Json;
}

function errorsPage(): string {
  const rows = [...INPUT_CODES, ...allRules].map(
    ({ code, severity, summary }) => `| \`${code}\` | ${severity} | ${summary} |`,
  );
  return `# Errors

## Exit codes

| code | meaning |
| --- | --- |
| 0 | done; for \`check\`: \`out/\` is current; for \`plan\`: nothing would change; for \`rehearse\`: all is well; for \`record\`: no contradiction |
| 1 | the input has errors; \`out/\` is stale or edited by hand (\`check\`, \`diff\`, \`configure\`, \`apply\`, \`destroy\`, \`rehearse\`); a step of \`rehearse\` failed; the host of \`record\` contradicts the simulator |
| 2 | usage: an unknown command, flag or target, a missing input file, a confirmation or credential that was not given, a backend that cannot be rehearsed, a port that is taken; for \`plan\`: something would change |
| 3 | a template is wrong, or what it rendered is not what its consumer reads |
| 4 | the file system refused, also to take what is printed, or a path leaves \`out/\` |
| 5 | a program is missing or could not be started; the host of \`record\` cannot be asked |
| 70 | a bug in talmox |
| 129, 130, 143 | interrupted: the terminal is gone, Ctrl-C, SIGTERM; the way \`watch\` and \`simulate\` end, and a command that runs a program, once that has ended |

\`apply\`, \`status\` and \`destroy\` pass on the exit code of the program they run, and 128 + n when signal n ended it.
\`plan\` ends with 1 when the program fails.

## Issues

Every fault in the input is one line, \`file:line:column CODE message\`, sorted by place. Warnings do not end a run,
unless \`--strict\` is given. Of more than a hundred the first are told, errors before warnings, and the others are counted
by file and code.

A message repeats at most sixty characters of what somebody wrote, and nothing of it that looks like a secret in the wrong
place: what stands behind a \`user@realm!name=\`, before the \`@\` of a URL or of a host, a private key, a UUID, or any value of a key that
is there for credentials. Characters that nobody sees, and those that turn the direction of text, stand there as \`\\u202e\`.

| code | severity | what holds |
| --- | --- | --- |
${rows.join('\n')}
`;
}

it('docs/errors.md lists every code', async () => {
  await expect(errorsPage()).toMatchFileSnapshot(join(ROOT, 'docs/errors.md'));
});

it.each(['README.md', 'CHANGELOG.md', 'src/simulator/README.md', ...pages('docs')])(
  '%s names only files that are there',
  (page) => {
    const named = [
      ...readFileSync(join(ROOT, page), 'utf8').matchAll(/`((?:src|test|templates|schemas|docs)\/[^`\s<>{}*]+)`/g),
    ].map(([, path = '']) => path);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  },
);

it('comments of the sources name only files that are there', () => {
  const named = files('src', /\.m?[jt]s$/).flatMap((path) =>
    readFileSync(join(ROOT, path), 'utf8')
      .split('\n')
      .filter((line) => /^\s*(\/\*\*?|\*|\/\/) /.test(line))
      .flatMap((line) => [
        ...line.matchAll(/(?<![\w./])((?:test|templates|schemas|docs)\/[\w./[\]-]+\.\w+)/g),
        // Without marks these are often files of other repositories.
        ...line.matchAll(/`(src\/[\w./-]+\.\w+)`/g),
      ])
      .map(([, name = '']) => ({ path, name })),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter(({ name }) => !existsSync(join(ROOT, name)))).toEqual([]);
});

it('an entry of a table that makes nothing of its field says where else the field is said', () => {
  const tables = files('src', /\.ts$/).filter((path) =>
    /\b(PerField|Rows)</.test(readFileSync(join(ROOT, path), 'utf8')),
  );
  const empty = tables.flatMap((path) =>
    [
      ...readFileSync(join(ROOT, path), 'utf8').matchAll(/^ {2}\w+: (?:\(\) => \[\]|\(\) => \(\{\}\)|\[\]),(.*)$/gm),
    ].map(([line, comment = '']) => ({ path, line, comment })),
  );
  expect(empty.length).toBeGreaterThan(8);
  expect(empty.filter(({ comment }) => !/^ \/\/ \S/.test(comment))).toEqual([]);
});

/** Markdown below a folder. */
function pages(folder: string): string[] {
  return files(folder, /\.md$/);
}

/** Files below a folder whose names match. */
function files(folder: string, names: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? files(path, names) : names.test(path) ? [path] : [];
  });
}

describe('the schemas', () => {
  /** Every key with its schema, nested ones included. */
  function keys(node: Json, path: string): [string, Json][] {
    const properties = (node['properties'] ?? {}) as Record<string, Json>;
    const nested = [node['items'], node['additionalProperties']].filter((child) => typeof child === 'object') as Json[];
    return [
      ...Object.entries(properties).flatMap(([name, child]): [string, Json][] => [
        [`${path}${name}`, child],
        ...keys(child, `${path}${name}.`),
      ]),
      ...nested.flatMap((child) => keys(child, path)),
    ];
  }

  it.each(['cluster', 'nodes'])('%s: every key has title, description and examples', (name) => {
    for (const [path, node] of keys(schema(name), '')) {
      expect(node, path).toMatchObject({
        title: expect.any(String),
        description: expect.any(String),
        examples: expect.any(Array),
      });
    }
  });

  /** Schemas of entries without a name: list items, and hosts. */
  function unnamed(node: Json): Json[] {
    return Object.values((node['properties'] ?? {}) as Record<string, Json>).concat(
      [node['items'], node['additionalProperties']].filter((child) => typeof child === 'object') as Json[],
    );
  }

  it.each(['cluster', 'nodes'])('%s: every key is required or says its default', (name) => {
    const visit = (node: Json, path: string): void => {
      const required = (node['required'] ?? []) as readonly string[];
      for (const [key, child] of Object.entries((node['properties'] ?? {}) as Record<string, Json>)) {
        const says = 'default' in child || /Default(?: on Proxmox)?: ./.test(String(child['description']));
        expect(says || required.includes(key), `${path}${key}`).toBe(true);
      }
      for (const child of unnamed(node)) visit(child, `${path}…`);
    };
    visit(schema(name), '');
  });

  it.each(['cluster', 'nodes'])('%s: every default and example is a value its key takes', async (name) => {
    const { FORMATS } = await import('../src/config/formats.ts');
    const ajv = new Ajv({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true });
    ajv.addKeyword('x-message');
    for (const [format, pattern] of Object.entries(FORMATS)) ajv.addFormat(format, pattern);
    for (const [path, node] of keys(schema(name), '')) {
      const isValid = ajv.compile(node);
      const values = [...(node['examples'] as unknown[]), ...('default' in node ? [node['default']] : [])];
      for (const value of values)
        expect(isValid(value), `${path}: ${JSON.stringify(value)} ${JSON.stringify(isValid.errors)}`).toBe(true);
    }
  });

  it('name no default that nothing applies', () => {
    const stated = Object.entries(schema('cluster')['properties'] as Record<string, Json>)
      .filter(
        ([, node]) =>
          'default' in node &&
          node['type'] !== 'object' &&
          !/nothing is rendered from it/.test(String(node['description'])),
      )
      .map(([key]) => key);
    expect(stated.sort()).toEqual(Object.keys(CLUSTER_DEFAULTS).sort());
  });

  it('bound every text, list and mapping: what one line holds may stand in the files of every node', () => {
    const unbounded = (name: string): string[] => {
      const found: string[] = [];
      const visit = (node: Json, path: string): void => {
        const types = [node['type']].flat();
        if (types.includes('string') && !('enum' in node) && !('maxLength' in node)) found.push(path);
        if (types.includes('array') && !('maxItems' in node)) found.push(path);
        if (types.includes('object') && node['additionalProperties'] !== false && !('maxProperties' in node))
          found.push(path);
        for (const [key, child] of Object.entries((node['properties'] ?? {}) as Record<string, Json>))
          visit(child, `${path}/${key}`);
        for (const key of ['items', 'additionalProperties'])
          if (typeof node[key] === 'object') visit(node[key] as Json, `${path}/${key}`);
      };
      visit(schema(name), name);
      return found;
    };
    // Keys of others: nothing is rendered from them.
    expect(unbounded('cluster')).toEqual(['cluster']);
    expect(unbounded('nodes')).toEqual([]);
  });

  it('say the defaults that resolve applies', () => {
    const properties = schema('cluster')['properties'] as Record<string, Json>;
    const defaults = (node: Json): Json =>
      Object.fromEntries(
        Object.entries((node['properties'] ?? {}) as Record<string, Json>).flatMap(([key, child]) =>
          'default' in child ? [[key, child['default']]] : [],
        ),
      );
    for (const [key, value] of Object.entries(CLUSTER_DEFAULTS))
      expect(properties[key]?.['default'], key).toEqual(value);
    for (const [group, values] of Object.entries(GROUP_DEFAULTS))
      expect(defaults(properties[group] ?? {}), group).toEqual(values);
    expect(defaults(properties['proxmox_vm_advanced'] ?? {})).toEqual(ADVANCED_DEFAULTS);
    expect(defaults(properties['proxmox_vm_controller_defaults'] ?? {})).toEqual(ROLE_SIZE_DEFAULTS.controlplane);
    expect(defaults(properties['proxmox_vm_worker_defaults'] ?? {})).toEqual(ROLE_SIZE_DEFAULTS.worker);
    const node = ((schema('nodes')['properties'] as Record<string, Json>)['nodes']?.['items'] ?? {}) as Json;
    expect(defaults(node)).toMatchObject(NODE_DEFAULTS);
    expect(defaults((node['properties'] as Record<string, Json>)['bond'] ?? {})).toEqual(BOND_DEFAULTS);
  });
});
