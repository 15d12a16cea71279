import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INPUT_CODES } from '../src/config/codes.ts';
import { ADVANCED_DEFAULTS, CLUSTER_DEFAULTS, GROUP_DEFAULTS, NODE_DEFAULTS, ROLE_SIZE_DEFAULTS } from '../src/config/defaults.ts';
import { allRules } from '../src/generate.ts';
import { ROOT } from './support/pipeline.ts';

type Json = Readonly<Record<string, unknown>>;

function schema(name: string): Json {
  return JSON.parse(readFileSync(join(ROOT, `schemas/${name}.schema.json`), 'utf8')) as Json;
}

function errorsPage(): string {
  const rows = [...INPUT_CODES, ...allRules].map(({ code, severity, summary }) => `| \`${code}\` | ${severity} | ${summary} |`);
  return `# Errors

## Exit codes

| code | meaning |
| --- | --- |
| 0 | done; for \`check\`: \`out/\` is current; for \`plan\`: nothing would change |
| 1 | the input has errors, or (\`check\`, \`diff\`, \`configure\`) \`out/\` is stale or edited by hand |
| 2 | usage: an unknown command, flag or target, a missing input file, a confirmation or credential that was not given; for \`plan\`: something would change |
| 3 | a template is wrong, or what it rendered is not what its consumer reads |
| 4 | the file system refused, or a path leaves \`out/\` |
| 5 | a program is missing or could not be started |
| 70 | a bug in talmox |
| 130 | interrupted |

\`apply\`, \`status\` and \`destroy\` pass on the exit code of the program they run, and 128 + n when signal n ended it.
\`plan\` ends with 1 when the program fails.

## Issues

Every fault in the input is one line, \`file:line:column CODE message\`, sorted by place. Warnings do not end a run,
unless \`--strict\` is given.

| code | severity | what holds |
| --- | --- | --- |
${rows.join('\n')}
`;
}

it('docs/errors.md lists every code', async () => {
  await expect(errorsPage()).toMatchFileSnapshot(join(ROOT, 'docs/errors.md'));
});

describe('the schemas', () => {
  /** Every key with its schema, nested ones included. */
  function keys(node: Json, path: string): [string, Json][] {
    const properties = (node['properties'] ?? {}) as Record<string, Json>;
    const nested = [node['items'], node['additionalProperties']].filter((child) => typeof child === 'object') as Json[];
    return [
      ...Object.entries(properties).flatMap(([name, child]): [string, Json][] => [[`${path}${name}`, child], ...keys(child, `${path}${name}.`)]),
      ...nested.flatMap((child) => keys(child, path)),
    ];
  }

  it.each(['cluster', 'nodes'])('%s: every key has title, description and examples', (name) => {
    for (const [path, node] of keys(schema(name), '')) {
      expect(node, path).toMatchObject({ title: expect.any(String), description: expect.any(String), examples: expect.any(Array) });
    }
  });

  it('say the defaults that resolve applies', () => {
    const properties = schema('cluster')['properties'] as Record<string, Json>;
    const defaults = (node: Json): Json =>
      Object.fromEntries(
        Object.entries((node['properties'] ?? {}) as Record<string, Json>).flatMap(([key, child]) =>
          'default' in child ? [[key, child['default']]] : [],
        ),
      );
    for (const [key, value] of Object.entries(CLUSTER_DEFAULTS)) expect(properties[key]?.['default'], key).toEqual(value);
    for (const [group, values] of Object.entries(GROUP_DEFAULTS)) expect(defaults(properties[group] ?? {}), group).toEqual(values);
    expect(defaults(properties['proxmox_vm_advanced'] ?? {})).toEqual(ADVANCED_DEFAULTS);
    expect(defaults(properties['proxmox_vm_controller_defaults'] ?? {})).toEqual(ROLE_SIZE_DEFAULTS.controlplane);
    expect(defaults(properties['proxmox_vm_worker_defaults'] ?? {})).toEqual(ROLE_SIZE_DEFAULTS.worker);
    const node = ((schema('nodes')['properties'] as Record<string, Json>)['nodes']?.['items'] ?? {}) as Json;
    expect(defaults(node)).toMatchObject(NODE_DEFAULTS);
  });
});
