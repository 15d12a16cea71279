/** Runs work whenever an input or a template is saved. */

import { basename, resolve } from 'node:path';
import { isTemplateName } from './load.ts';

/** The result of one run; `report` prints it. */
export interface Outcome {
  readonly failed: boolean;
  report(): void | Promise<void>;
}

export interface WatchOptions {
  /** Directory of the two inputs. */
  readonly directory: string;
  /** Folder of templates, or `null` to watch none. */
  readonly templates: string | null;
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** Called at the start (with no cause) and after each burst of saves. Must not throw. */
  readonly run: (causes: readonly string[]) => Promise<Outcome>;
  readonly onError: (error: unknown) => void;
}

const INPUTS = new Set(['cluster.yaml', 'nodes.yaml']);

/** Long enough for an editor's write, rename and touch to be one burst; too short to be noticed. */
const DEBOUNCE_MS = 25;

/** A file that fails may be half written: it is read once more before anything is reported. */
const RETRY_MS = 50;

/** Watches until the signal fires. Directories are watched, not files: editors replace files. */
export async function watch(options: WatchOptions): Promise<void> {
  const { FSWatcher } = await import('chokidar');
  const { directory, templates, signal } = options;
  const root = resolve(directory);
  const watcher = new FSWatcher({
    ignoreInitial: true,
    // Only inputs and templates: out/ and .git in the same directory are never read.
    ignored: (path) => {
      const full = resolve(path);
      if (templates !== null && full.startsWith(templates)) return !isTemplateName(basename(full));
      return full !== root && !(resolve(full, '..') === root && INPUTS.has(basename(full)));
    },
  });
  const queue = createQueue(options);
  watcher.on('all', (_event, path) => {
    queue.changed(path);
  });
  watcher.on('error', options.onError);
  watcher.add(templates === null ? [root] : [root, templates]);
  await new Promise<void>((ready) =>
    watcher.once('ready', () => {
      ready();
    }),
  );
  await queue.runNow();
  await new Promise<void>((done) => {
    if (signal.aborted) done();
    else
      signal.addEventListener(
        'abort',
        () => {
          done();
        },
        { once: true },
      );
  });
  await watcher.close();
  await queue.idle();
}

/** One run at a time; saves during a run cause exactly one more. */
function createQueue({ run, signal }: WatchOptions): {
  changed(path: string): void;
  runNow(): Promise<void>;
  idle(): Promise<void>;
} {
  const causes = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | null = null;

  const start = async (): Promise<void> => {
    do {
      const due = [...causes];
      causes.clear();
      let outcome = await run(due);
      if (outcome.failed && due.length > 0) {
        await new Promise((done) => setTimeout(done, RETRY_MS));
        outcome = await run(due);
      }
      await outcome.report();
    } while (causes.size > 0 && !signal.aborted);
  };
  const runNow = (): Promise<void> => {
    running ??= start().finally(() => {
      running = null;
    });
    return running;
  };
  return {
    changed(path) {
      if (signal.aborted) return;
      causes.add(path);
      clearTimeout(timer);
      timer = setTimeout(() => void runNow(), DEBOUNCE_MS);
    },
    runNow,
    async idle() {
      clearTimeout(timer);
      await running;
    },
  };
}
