/** A copy of the output in a folder of its own, where a tool may leave what it likes. */

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A file of the copied `out/`. */
export interface CopiedFile {
  /** Under `out/`, POSIX separators. */
  readonly path: string;
  readonly content: string | Uint8Array;
  readonly mode: number;
}

export interface RehearsalCopy {
  /** The copied `out/`. */
  readonly out: string;
  /** An empty folder beside it. */
  readonly temporaryDirectory: string;
  /** Is this path of the real `out/` there, and so shared with the copy? */
  has(path: string): boolean;
  /** Puts other output in the place of what is there; what the tools left stays, their state above all. */
  replace(files: readonly CopiedFile[]): void;
  lay(files: Readonly<Record<string, string>>): void;
  /** Brings what the tools' own set-up left in the real `out/`: folders as links, files as copies that a tool may change. */
  share(paths: readonly string[]): void;
  remove(): void;
}

/** @param realOut `out/` of the user: read, never written */
export function copyForRehearsal(realOut: string, files: readonly CopiedFile[]): RehearsalCopy {
  const root = mkdtempSync(join(tmpdir(), 'talmox-rehearsal-'));
  const [out, temporaryDirectory] = [join(root, 'out'), join(root, 'tmp')];
  mkdirSync(temporaryDirectory);
  const write = ({ path, content, mode }: CopiedFile): void => {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), content, { mode });
  };
  let present = files;
  files.forEach(write);
  const has = (path: string): boolean => existsSync(join(realOut, path));
  return {
    out,
    temporaryDirectory,
    has,
    replace: (next) => {
      for (const { path } of present) rmSync(join(out, path), { force: true });
      next.forEach(write);
      present = next;
    },
    lay: (more) => {
      for (const [path, content] of Object.entries(more)) write({ path, content, mode: 0o644 });
    },
    share: (paths) => {
      for (const path of paths.filter(has)) {
        mkdirSync(dirname(join(out, path)), { recursive: true });
        rmSync(join(out, path), { force: true });
        const real = join(realOut, path);
        if (statSync(real).isDirectory()) symlinkSync(real, join(out, path));
        else copyFileSync(real, join(out, path));
      }
    },
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
