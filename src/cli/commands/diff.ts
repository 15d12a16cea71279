import type { Change } from '../../model/artifact.ts';
import { rendered, verifyChanges } from '../pipeline.ts';
import { printIssues, printJson } from '../report.ts';
import type { Session } from '../session.ts';

/** Shows what `configure` would change, as a unified diff. @returns 0, or 1 when there is a difference */
export async function diff(session: Session): Promise<number> {
  const result = rendered(session);
  await verifyChanges(result);
  const changes = result.changes.filter(({ kind, path }) => kind !== 'same' && kind !== 'extra' && path !== '.manifest.json');
  const patches = await Promise.all(changes.map(async (change) => ({ change, patch: await unified(change) })));
  const exitCode = changes.length === 0 ? 0 : 1;
  if (session.json) {
    const list = patches.map(({ change: { kind, path }, patch }) => ({ kind, path, diff: patch }));
    printJson(session, { command: 'diff', ok: exitCode === 0, exitCode, issues: result.generated.issues, changes: list });
    return exitCode;
  }
  printIssues(session, result.generated.issues);
  for (const { patch } of patches) session.output.out(coloured(session, patch));
  if (changes.length === 0) session.output.err('no differences');
  return exitCode;
}

/** `--- a/out/…`, `+++ b/out/…`: what `git apply` takes. */
export async function unified({ path, before, after }: Change): Promise<string> {
  const { createTwoFilesPatch } = await import('diff');
  const from = before === null ? '/dev/null' : `a/out/${path}`;
  const to = after === null ? '/dev/null' : `b/out/${path}`;
  const patch = createTwoFilesPatch(from, to, before ?? '', after ?? '', undefined, undefined, { context: 3 });
  return patch.replace(/^=+\n/, '').trimEnd();
}

export function coloured(session: Session, patch: string): string {
  return patch
    .split('\n')
    .map((line) => {
      if (line.startsWith('+++') || line.startsWith('---')) return session.output.style('bold', line);
      if (line.startsWith('@@')) return session.output.style('cyan', line);
      if (line.startsWith('+')) return session.output.style('green', line);
      return line.startsWith('-') ? session.output.style('red', line) : line;
    })
    .join('\n');
}
