/**
 * Changes of a cluster that runs, made with Ansible and OpenTofu on a simulated host. A dozen that tell most of it by
 * default; `TALMOX_CHANGES=all` makes all of them, and with `TALMOX_UPDATE=1` writes down what came of each.
 */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/validation.ts';
import { build, change, type Built } from './changes/stage.ts';
import { BASES, CHANGES, demandOf, type BaseName, type ChangeRow, type RunnableBackend } from './changes/table.ts';
import { resultTable, type Result } from './changes/result-table.ts';
import { complaintIn, resultLines, wrongs } from './changes/verdict.ts';
import { knownFault } from './known-fault.ts';
import { needTools, toolEnvironment } from './tools/backends.ts';

const PAGE = join(ROOT, 'docs/rehearsed-changes.md');
const all = process.env['TALMOX_CHANGES'] === 'all';
const results: Result[] = [];
/** Backend and base -> the cluster that was built, or why it was not. */
const built = new Map<string, Promise<Built>>();

afterAll(async () => {
  for (const one of built.values()) await one.then((ready) => ready.remove()).catch(() => undefined);
  if (all && process.env['TALMOX_UPDATE'] === '1')
    writeFileSync(PAGE, resultTable(CHANGES, results, existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : ''));
});

describe.each(['ansible', 'tofu'] as const)('with %s', (backend) => {
  for (const row of CHANGES.filter(({ always }) => all || always === true)) {
    const known = row.known?.[backend];
    const work = (context: { skip: (note: string) => never }): Promise<void> => tryRow(row, backend, context.skip);
    if (known === undefined) it(row.name, ({ skip }) => work({ skip }));
    else knownFault(`${backend}: ${row.name}`, known, (context) => work({ skip: (note) => context.skip(note) }));
  }
});

async function tryRow(row: ChangeRow, backend: RunnableBackend, skip: (note: string) => never): Promise<void> {
  const base = row.base ?? 'plain';
  const builder = row.from?.[backend] ?? backend;
  for (const name of [builder, backend]) needTools(name, skip);
  const ready = await builtOnce(builder, base).catch((error: unknown) => {
    const wrong = [error instanceof Error ? error.message : String(error)];
    const reason = complaintIn(wrong.join('')) ?? wrong.join('').split('\n', 1).join('');
    results.push({ row: row.name, backend, outcomes: [`the cluster is not built: ${reason}`], wrong });
    throw error;
  });
  const inputs = structuredClone(BASES[base]);
  row.change(inputs);
  const made = await change(ready, inputs, row, backend);
  const wrong = wrongs(made, demandOf(row, backend), row.confirmed);
  results.push({
    row: row.name,
    backend,
    outcomes: resultLines(made),
    wrong,
  });
  expect(wrong.join('\n')).toBe('');
}

function builtOnce(backend: RunnableBackend, base: BaseName): Promise<Built> {
  const key = `${backend} ${base}`;
  const known = built.get(key) ?? build(BASES[base], backend, toolEnvironment(), { recipe: backend });
  built.set(key, known);
  return known;
}
