/** What another revision of the project holds: its two inputs and its committed output. */

import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
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
 * @throws UsageError where `name` is neither, or lacks an input or its output
 */
export function readRevision(directory: string, name: string): RevisionFiles {
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
  if (!existsSync(root) || !lstatSync(root).isDirectory())
    throw new UsageError(`--from ${name} is neither a revision of this git repository nor a directory`);
  const inputs = INPUTS.filter((file) => existsSync(join(root, file)));
  return [...inputs, ...(existsSync(join(root, OUT)) ? walk(root, 'out') : [])].map((path) => {
    const full = join(root, path);
    return { path, content: readFileSync(full), mode: (lstatSync(full).mode & 0o100) === 0 ? 0o644 : 0o755 };
  });
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
