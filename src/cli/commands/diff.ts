import { rendered, verifyChanges } from '../pipeline.ts';
import { coloured, unified } from '../patch.ts';
import { jsonChange, printIssues, printJson } from '../report.ts';
import type { Session } from '../session.ts';
import { written } from './configure.ts';

/** Shows what `configure` would change, as a unified diff. @returns 0, or 1 when there is a difference */
export async function diff(session: Session): Promise<number> {
  const result = rendered(session);
  await verifyChanges(result);
  const changes = written(result);
  const patches = await Promise.all(changes.map(async (change) => ({ change, patch: await unified(change) })));
  const exitCode = changes.length === 0 ? 0 : 1;
  if (session.json) {
    const list = patches.map(({ change, patch }) => jsonChange(change, patch));
    printJson(session, {
      command: 'diff',
      ok: exitCode === 0,
      exitCode,
      issues: result.generated.issues,
      changes: list,
    });
    return exitCode;
  }
  printIssues(session, result.generated.issues);
  for (const { patch } of patches) session.output.out(coloured(session, patch));
  if (changes.length === 0) session.output.err('no differences');
  return exitCode;
}
