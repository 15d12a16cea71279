import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../io/load.ts';
import { printJson } from '../report.ts';
import type { Session } from '../session.ts';

/** Prints a JSON Schema of the inputs; with --json as the `data` of the usual object. */
export function schema(session: Session, name: 'cluster' | 'nodes'): number {
  const text = readFileSync(join(packageRoot(), 'schemas', `${name}.schema.json`), 'utf8').trimEnd();
  if (session.json) printJson(session, { command: 'schema', ok: true, exitCode: 0, data: JSON.parse(text) as unknown });
  else session.output.out(text);
  return 0;
}
