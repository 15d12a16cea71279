import { hasOtherLineEnds, isCurrent } from '../../io/compare.ts';
import type { Change, ChangeKind } from '../../model/artifact.ts';
import { rendered, verifyChanges } from '../pipeline.ts';
import { jsonChange, printIssues, printJson, stateOf } from '../report.ts';
import type { Session } from '../session.ts';

/** Compares `out/` with what the input renders to. @returns 0 when they are equal, else 1 */
export async function check(session: Session): Promise<number> {
  const result = rendered(session);
  await verifyChanges(result);
  const { changes, generated } = result;
  const ok = isCurrent(changes);
  const exitCode = ok ? 0 : 1;
  const different = changes.filter((change) => change.kind !== 'same');
  if (session.json) {
    const list = different.map((change) => jsonChange(change));
    printJson(session, { command: 'check', ok, exitCode, issues: generated.issues, changes: list });
    return exitCode;
  }
  printIssues(session, generated.issues);
  for (const change of different) session.output.out(`${stateOf(change).padEnd(11)} out/${change.path}`);
  session.output.out(ok ? `out/ is current: ${generated.files.length} files` : advice(different));
  return exitCode;
}

/** What to do about it, by what it is. */
function advice(changes: readonly Change[]): string {
  const has = (...kinds: ChangeKind[]): boolean => changes.some((change) => kinds.includes(change.kind));
  const lines = [
    ...(has('update', 'create', 'missing', 'delete')
      ? ['run `talmox configure` (or `task configure`) and commit out/']
      : []),
    ...(has('hand-edited')
      ? ['hand-edited: move the change to cluster.yaml or nodes.yaml, or overwrite it with `talmox configure --force`']
      : []),
    ...(changes.some(({ before, after }) => hasOtherLineEnds(before, after))
      ? ['only line ends differ: write `out/** text eol=lf` in .gitattributes, so that Git does not convert them']
      : []),
    ...(has('extra') ? ['extra: talmox did not write this; move it out of out/ or delete it'] : []),
  ];
  return lines.join('\n');
}
