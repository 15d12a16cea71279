import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../io/load.ts';
import type { Session } from '../session.ts';

/** Prints a JSON Schema of the inputs. */
export function schema(session: Session, name: 'cluster' | 'nodes'): number {
  session.output.out(readFileSync(join(packageRoot(), 'schemas', `${name}.schema.json`), 'utf8').trimEnd());
  return 0;
}
