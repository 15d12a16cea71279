import { inspectTool, type ToolState } from '../../io/tools.ts';
import type { BackendName } from '../../model/backend-name.ts';
import type { Tool } from '../../model/tool.ts';
import { backends, targets } from '../../targets/index.ts';
import { printJson } from '../report.ts';
import type { Session } from '../session.ts';

export interface DoctorOptions {
  readonly target?: BackendName;
}

interface Row extends ToolState {
  /** Targets that need it. */
  readonly usedBy: readonly string[];
}

/** Says which programs are there. @returns 1 when one that the named target needs is not */
export function doctor(session: Session, { target }: DoctorOptions): number {
  const rows = needs(target).map(({ tool, usedBy }): Row => ({ ...inspectTool(tool, session.env), usedBy }));
  const ok = target === undefined || rows.every((row) => row.ok);
  const exitCode = ok ? 0 : 1;
  if (session.json) {
    const data = rows.map(({ tool, path, version, ok: fine, usedBy }) => ({
      ...tool,
      path,
      version,
      ok: fine,
      usedBy,
    }));
    printJson(session, { command: 'doctor', ok, exitCode, data });
    return exitCode;
  }
  for (const row of rows) session.output.out(line(session, row));
  const missing = rows.filter((row) => !row.ok);
  for (const { tool } of missing) session.output.out(`  ${tool.name}: ${tool.install}`);
  session.output.out(
    missing.length === 0 ? 'everything is there' : `${missing.length} of ${rows.length} missing or too old`,
  );
  return exitCode;
}

function needs(target: BackendName | undefined): { tool: Tool; usedBy: string[] }[] {
  const rows = new Map<string, { tool: Tool; usedBy: string[] }>();
  for (const owner of target === undefined ? targets : [backends[target]]) {
    for (const tool of owner.tools) {
      const row = rows.get(tool.name) ?? { tool, usedBy: [] };
      row.usedBy.push(owner.name);
      rows.set(tool.name, row);
    }
  }
  return [...rows.values()].sort((a, b) => (a.tool.name < b.tool.name ? -1 : 1));
}

function line(session: Session, { tool, path, version, ok, usedBy }: Row): string {
  const { output } = session;
  const state = path === null ? 'missing' : ok ? 'ok' : 'too old';
  const word = output.style(ok ? 'green' : 'red', state.padEnd(8));
  const needed = tool.minimum === null ? '' : ` (needs ${tool.minimum})`;
  return `${word} ${tool.name.padEnd(18)} ${(version ?? '-').padEnd(12)}${needed} ${tool.purpose} [${usedBy.join(', ')}]`;
}
