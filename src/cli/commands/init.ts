import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from '../../validate.ts';
import { InvalidInputError, UsageError, WriteError } from '../../model/errors.ts';
import { printJson } from '../report.ts';
import { CLUSTER_SAMPLE, NODES_SAMPLE } from '../samples.ts';
import type { Session } from '../session.ts';

const FILES = [
  ['cluster.yaml', CLUSTER_SAMPLE],
  ['nodes.yaml', NODES_SAMPLE],
] as const;

/** Writes both inputs where there are none. @throws UsageError rather than overwrite one */
export function init(session: Session): number {
  const { directory, output } = session;
  const present = FILES.filter(([name]) => existsSync(join(directory, name))).map(([name]) => name);
  if (present.length > 0)
    throw new UsageError(`${present.join(' and ')} already there; talmox does not overwrite them`);
  const encoder = new TextEncoder();
  const { issues } = validate({ clusterText: encoder.encode(CLUSTER_SAMPLE), nodesText: encoder.encode(NODES_SAMPLE) });
  if (issues.length > 0) throw new InvalidInputError(issues);
  for (const [name, text] of FILES) write(directory, name, text);
  if (session.json) printJson(session, { command: 'init', ok: true, exitCode: 0, data: FILES.map(([name]) => name) });
  else output.out('wrote cluster.yaml and nodes.yaml; edit them, then run `talmox configure`');
  return 0;
}

function write(directory: string, name: string, text: string): void {
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, name), text, { flag: 'wx' });
  } catch (error) {
    throw new WriteError(join(directory, name), (error as Error).message, { cause: error });
  }
}
