/** Changes as unified diffs. */

import type { Change } from '../model/artifact.ts';
import type { Session } from './session.ts';

/** `--- a/out/…`, `+++ b/out/…`: what `git apply` takes. */
export async function unified({ path, before, after }: Change): Promise<string> {
  if (before === after)
    return `# out/${path}: the text is right, but it is a link, or its executable bit is not as it should be`;
  const { createTwoFilesPatch } = await import('diff');
  const from = before === null ? '/dev/null' : `a/out/${path}`;
  const to = after === null ? '/dev/null' : `b/out/${path}`;
  const patch = createTwoFilesPatch(from, to, before ?? '', after ?? '', undefined, undefined, { context: 3 });
  // Only the last line break goes: a line of a patch may be a single space.
  return patch.replace(/^=+\n/, '').replace(/\n$/, '');
}

export function coloured(session: Session, patch: string, stream: 'out' | 'err' = 'out'): string {
  const { output } = session;
  return patch
    .split('\n')
    .map((line) => {
      if (line.startsWith('+++') || line.startsWith('---')) return output.style('bold', line, stream);
      if (line.startsWith('@@')) return output.style('cyan', line, stream);
      if (line.startsWith('+')) return output.style('green', line, stream);
      return line.startsWith('-') ? output.style('red', line, stream) : line;
    })
    .join('\n');
}
