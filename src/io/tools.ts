/** Which programs are on this machine, and in which version. */

import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Tool } from '../model/tool.ts';
import { parseVersion } from '../model/version.ts';

export interface ToolState {
  readonly tool: Tool;
  /** Full path, or `null` when it is not there. */
  readonly path: string | null;
  /** `null` when it is not there or does not say. */
  readonly version: string | null;
  /** There, and not older than the minimum. */
  readonly ok: boolean;
}

export function inspectTool(tool: Tool, env: NodeJS.ProcessEnv): ToolState {
  const path = findProgram(tool.name, env);
  if (path === null) return { tool, path, version: null, ok: false };
  const version = versionOf(path, tool, env);
  return { tool, path, version, ok: tool.minimum === null || version === null || !isOlder(version, tool.minimum) };
}

/** @returns the full path of a program, or `null` */
export function findProgram(name: string, env: NodeJS.ProcessEnv): string | null {
  for (const directory of (env['PATH'] ?? '').split(delimiter)) {
    const path = join(directory, process.platform === 'win32' ? `${name}.exe` : name);
    try {
      accessSync(path, constants.X_OK);
      if (directory !== '' && statSync(path).isFile()) return path;
    } catch {
      // Not in this directory.
    }
  }
  return null;
}

function versionOf(path: string, tool: Tool, env: NodeJS.ProcessEnv): string | null {
  const result = spawnSync(path, [...tool.versionArgs], { env, encoding: 'utf8', timeout: 10_000 });
  return /\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?/.exec(`${result.stdout}${result.stderr}`)?.[0] ?? null;
}

function isOlder(version: string, minimum: string): boolean {
  const [a, b] = [parseVersion(version), parseVersion(minimum)];
  if (a === null || b === null) return false;
  return a.major !== b.major ? a.major < b.major : a.minor !== b.minor ? a.minor < b.minor : a.patch < b.patch;
}
