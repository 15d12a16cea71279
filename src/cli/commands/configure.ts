import { isDue } from '../../io/compare.ts';
import { MANIFEST } from '../../io/manifest.ts';
import { refuseHandEdited, writeOut } from '../../io/write.ts';
import { rendered, verifyChanges, type Rendered } from '../pipeline.ts';
import { changeLine, changeSummary, jsonChange, printIssues, printJson } from '../report.ts';
import type { Session } from '../session.ts';

export interface ConfigureOptions {
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

/** Renders `out/` and says what changed. @returns the exit code */
export async function configure(session: Session, options: ConfigureOptions): Promise<number> {
  const result = await configureOnce(session, options);
  const { issues } = result.generated;
  if (session.json) {
    const changes = written(result).map((change) => jsonChange(change));
    printJson(session, { command: 'configure', ok: true, exitCode: 0, issues, changes });
    return 0;
  }
  printIssues(session, issues);
  for (const change of written(result)) session.output.out(changeLine(session, change));
  const prefix = options.dryRun === true ? 'dry run: ' : '';
  session.output.out(`${prefix}${changeSummary(written(result))}`);
  return 0;
}

/** One run that prints nothing: rendered, verified, written. */
export async function configureOnce(session: Session, options: ConfigureOptions): Promise<Rendered> {
  const result = rendered(session);
  if (options.force !== true) refuseHandEdited(result.changes);
  await verifyChanges(result);
  if (options.dryRun !== true) writeOut(session.outDirectory, result.changes, result.generated.files);
  return result;
}

/** The changes to print: files that were written or deleted, without the manifest. */
export function written({ changes }: Rendered): Rendered['changes'] {
  return changes.filter((change) => isDue(change) && change.path !== MANIFEST);
}
