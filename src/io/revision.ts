/** What another revision of the project holds: its two inputs and its committed output. */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, type Stats } from 'node:fs';
import { join, resolve } from 'node:path';
import { CommandError, UsageError } from '../model/errors.ts';

/** A file of `out/` as it lies there, whoever rendered it. */
export interface OutFile {
  /** Under `out/`, POSIX separators. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly mode: 0o644 | 0o755;
}

export interface RevisionFiles {
  readonly clusterText: Uint8Array;
  readonly nodesText: Uint8Array;
  readonly out: readonly OutFile[];
}

const INPUTS = ['cluster.yaml', 'nodes.yaml'] as const;
const OUT = 'out/';

/**
 * @param directory of the present inputs
 * @param name a git revision of the repository that `directory` is in, else a directory with inputs and output
 * @throws UsageError where `name` is neither, cannot be read, or lacks an input or its output
 */
export function readRevision(directory: string, name: string): RevisionFiles {
  // An unset variable of a script is no directory.
  if (name.trim() === '') throw new UsageError('--from is empty; write a git revision, or a directory');
  const commit = commitOf(directory, name);
  const files = commit === null ? filesOfDirectory(resolve(directory, name), name) : filesOfCommit(directory, commit);
  const input = (file: string): Uint8Array => {
    const found = files.find(({ path }) => path === file);
    if (found === undefined) throw new UsageError(`${name} has no ${file}`);
    return found.content;
  };
  const [clusterText, nodesText] = [input(INPUTS[0]), input(INPUTS[1])];
  const out = files.flatMap(({ path, ...file }) =>
    path.startsWith(OUT) ? [{ path: path.slice(OUT.length), ...file }] : [],
  );
  if (out.length === 0) throw new UsageError(`${name} has no out/; commit the output together with the input`);
  return { clusterText, nodesText, out };
}

/** @returns `null` where it is no revision, or there is no git or no repository */
function commitOf(directory: string, name: string): string | null {
  // Git would read it as an option.
  if (name.startsWith('-')) return null;
  const { status, stdout } = git(directory, ['rev-parse', '--verify', '--quiet', `${name}^{commit}`]);
  return status === 0 ? stdout.toString('utf8').trim() : null;
}

function filesOfCommit(directory: string, commit: string): OutFile[] {
  const listed = need(git(directory, ['ls-tree', '-r', '-z', commit, '--', ...INPUTS, OUT]));
  const entries = listed
    .toString('utf8')
    .split('\0')
    .flatMap((line) => {
      // `100644 blob 5eed…<tab>out/README.md`; links and submodules are nobody's output.
      const [, mode = '', blob = '', path = ''] = /^(100644|100755) blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
      return path === '' ? [] : [{ blob, path, mode: mode === '100755' ? (0o755 as const) : (0o644 as const) }];
    });
  const contents = blobs(directory, [...new Set(entries.map(({ blob }) => blob))]);
  return entries.map(({ blob, path, mode }) => ({ path, mode, content: contents.get(blob) ?? new Uint8Array() }));
}

/** All blobs by one process: `<id> blob <size>`, a line feed, the bytes, a line feed. */
function blobs(directory: string, ids: readonly string[]): ReadonlyMap<string, Uint8Array> {
  const answer = need(git(directory, ['cat-file', '--batch'], ids.map((id) => `${id}\n`).join('')));
  const found = new Map<string, Uint8Array>();
  for (let at = 0; at < answer.length;) {
    const end = answer.indexOf('\n', at);
    const [id = '', , size = '0'] = answer.subarray(at, end).toString('latin1').split(' ');
    found.set(id, answer.subarray(end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return found;
}

interface GitResult {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

function git(directory: string, args: readonly string[], input?: string): GitResult {
  const result = spawnSync('git', ['-C', directory, ...args], {
    maxBuffer: 1024 * 1024 * 1024,
    ...(input === undefined ? {} : { input }),
  });
  return result.error === undefined ? result : { status: null, stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
}

function need({ status, stdout, stderr }: GitResult): Buffer {
  if (status !== 0) throw new CommandError(`git cannot read that revision: ${stderr.toString('utf8').trim()}`);
  return stdout;
}

function filesOfDirectory(root: string, name: string): OutFile[] {
  if (statOf(root)?.isDirectory() !== true)
    throw new UsageError(`--from ${name} is neither a revision of this git repository nor a directory`);
  try {
    const inputs = INPUTS.filter((file) => isFile(root, file, name));
    const out = statOf(join(root, OUT))?.isDirectory() === true ? walk(root, 'out') : [];
    return [...inputs, ...out].map((path) => {
      const full = join(root, path);
      return { path, content: readFileSync(full), mode: (statSync(full).mode & 0o100) === 0 ? 0o644 : 0o755 };
    });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${name} cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** @throws UsageError where something else has the name of a file: a pipe would be waited for */
function isFile(root: string, file: string, name: string): boolean {
  const found = statOf(join(root, file));
  if (found?.isFile() === false) throw new UsageError(`${file} of ${name} is not a file`);
  return found !== null;
}

/** Of what a link leads to; `null` where nothing is. */
function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

/** Plain files alone, POSIX paths from `root` on. */
function walk(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      return entry.isDirectory() ? walk(root, path) : entry.isFile() ? [path] : [];
    });
}
