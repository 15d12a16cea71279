/** A copy of the rendered output in a separate folder, where a tool may leave files. */

import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RenderedFile } from '../model/artifact.ts';

export interface RehearsalCopy {
  /** The copied `out/`. */
  readonly out: string;
  /** An empty folder beside it. */
  readonly temporaryDirectory: string;
  /** Is this path of the real `out/` there, and so shared with the copy? */
  has(path: string): boolean;
  lay(files: Readonly<Record<string, string>>): void;
  /** Links paths that the tools' own set-up left in the real `out/`. */
  share(paths: readonly string[]): void;
  remove(): void;
}

/** @param realOut `out/` of the user: read, never written */
export function copyForRehearsal(realOut: string, files: readonly RenderedFile[]): RehearsalCopy {
  const root = mkdtempSync(join(tmpdir(), 'talmox-rehearsal-'));
  const [out, temporaryDirectory] = [join(root, 'out'), join(root, 'tmp')];
  mkdirSync(temporaryDirectory);
  const write = (path: string, content: string, mode: number): void => {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), content, { mode });
  };
  for (const { path, content, mode } of files) write(path, content, mode);
  const has = (path: string): boolean => existsSync(join(realOut, path));
  return {
    out,
    temporaryDirectory,
    has,
    lay: (more) => {
      for (const [path, content] of Object.entries(more)) write(path, content, 0o644);
    },
    share: (paths) => {
      for (const path of paths.filter(has)) {
        mkdirSync(dirname(join(out, path)), { recursive: true });
        symlinkSync(join(realOut, path), join(out, path));
      }
    },
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
