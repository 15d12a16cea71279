import { relative } from 'node:path';
import { templatesRoot } from '../../io/load.ts';
import { watch as watchFiles, type Outcome } from '../../io/watch.ts';
import { printError } from '../failure.ts';
import { changeLine, changeSummary, printIssues } from '../report.ts';
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
    onError: (error) => { output.err(`watch: ${error instanceof Error ? error.message : String(error)}`); },
  });
  return 0;
}

/** Renders once; whatever goes wrong is reported and the watch goes on with the last good `out/`. */
async function runOnce(session: Session, causes: readonly string[]): Promise<Outcome> {
  const { output } = session;
  const started = performance.now();
  const because = causes.length === 0 ? 'start' : causes.map((path) => relative(session.directory, path)).join(', ');
  try {
    const result = await configureOnce(session, {});
    const milliseconds = Math.round(performance.now() - started);
    return {
      failed: false,
      report: () => {
        printIssues(session, result.generated.issues);
        for (const change of written(result)) output.out(changeLine(session, change));
        output.out(`${because}: ${changeSummary(written(result))} in ${milliseconds} ms`);
      },
    };
  } catch (error) {
    return {
      failed: true,
      report: () => {
        printError(session, 'watch', error);
        output.err(`${because}: failed; out/ is as it was`);
      },
    };
  }
}
