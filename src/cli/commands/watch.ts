import { relative } from 'node:path';
import { templatesRoot } from '../../io/load.ts';
import { watch as watchFiles, type Outcome } from '../../io/watch.ts';
import { printError } from '../failure.ts';
import type { Rendered } from '../pipeline.ts';
import { changeLine, changeSummary, jsonChange, printIssues, printJson } from '../report.ts';
import type { Session } from '../session.ts';
import { configureOnce, written } from './configure.ts';

/** Renders after every save until interrupted. @returns the exit code */
export async function watch(session: Session, signal: AbortSignal): Promise<number> {
  const { output } = session;
  output.err(`watching cluster.yaml, nodes.yaml and templates; Ctrl-C ends`);
  await watchFiles({
    directory: session.directory,
    templates: templatesRoot(),
    signal,
    run: (causes) => runOnce(session, causes),
    onError: (error) => {
      output.err(`watch: ${error instanceof Error ? error.message : String(error)}`);
    },
  });
  return 0;
}

/** Renders once. An error is reported, `out/` stays as it was, and the watch goes on. */
async function runOnce(session: Session, causes: readonly string[]): Promise<Outcome> {
  const { output } = session;
  const started = performance.now();
  const because = causes.length === 0 ? 'start' : causes.map((path) => shortName(session, path)).join(', ');
  try {
    const result = await configureOnce(session, {});
    const milliseconds = Math.round(performance.now() - started);
    return {
      failed: false,
      report: () => {
        reportCycle(session, because, result, milliseconds);
      },
    };
  } catch (error) {
    return {
      failed: true,
      report: async () => {
        await printError(session, 'watch', error);
        output.err(`${because}: failed; out/ is as it was`);
      },
    };
  }
}

/** `nodes.yaml`, `templates/…`: as users know them, wherever talmox is installed. */
function shortName(session: Session, path: string): string {
  const template = relative(templatesRoot(), path);
  return template.startsWith('..') ? relative(session.directory, path) : `templates/${template}`;
}

/** With --json one object per cycle, in the shape of every other command. */
function reportCycle(session: Session, cause: string, result: Rendered, milliseconds: number): void {
  const changes = written(result);
  const { issues } = result.generated;
  if (session.json) {
    const data = { cause, milliseconds };
    printJson(session, {
      command: 'watch',
      ok: true,
      exitCode: 0,
      issues,
      changes: changes.map((change) => jsonChange(change)),
      data,
    });
    return;
  }
  printIssues(session, issues);
  for (const change of changes) session.output.out(changeLine(session, change));
  session.output.out(`${cause}: ${changeSummary(changes)} in ${milliseconds} ms`);
}
