import { shellWord } from '../../model/command-line.ts';
import type { Simulator } from '../../simulator/index.ts';
import { needVmCluster, validated } from '../pipeline.ts';
import { printJson } from '../report.ts';
import type { Session } from '../session.ts';

export interface SimulateOptions {
  readonly pve: string;
  readonly port?: number;
  readonly seed: 'cluster' | 'fresh';
  readonly realTime?: boolean;
}

/** How often a terminal is redrawn, and new requests are printed elsewhere. */
const REDRAW_MS = 250;

/** Runs a simulated Proxmox VE until interrupted. @returns 0 */
export async function simulate(session: Session, options: SimulateOptions, signal: AbortSignal): Promise<number> {
  const cluster = options.seed === 'cluster' ? needVmCluster(validated(session).cluster, 'simulate') : null;
  const { startSimulator, seedOf, tokenOf, REAL_DURATIONS, liveLines, requestLine } =
    await import('../../simulator/index.ts');
  const simulator = await startSimulator({
    version: options.pve,
    port: options.port ?? 0,
    ...(cluster === null ? {} : { seed: seedOf(cluster), token: tokenOf(cluster) }),
    ...(options.realTime === true ? { taskDurations: REAL_DURATIONS } : {}),
  });
  try {
    announce(session, simulator);
    let seen = 0;
    await repeatUntil(signal, () => {
      if (simulator.log.mark() === seen && seen > 0) return;
      const news = simulator.log.entries(seen);
      seen = simulator.log.mark();
      if (session.output.live(liveLines(simulator.host))) return;
      for (const entry of news) session.output.err(requestLine(entry));
    });
  } finally {
    await simulator.stop();
  }
  return 0;
}

/** What to copy goes to stdout, everything else to stderr. */
function announce(session: Session, simulator: Simulator): void {
  const { output } = session;
  const [env, pve] = [simulator.env(), simulator.host.version];
  if (session.json)
    printJson(session, { command: 'simulate', ok: true, exitCode: 0, data: { url: simulator.url, pve, env } });
  else for (const [name, value] of Object.entries(env)) output.out(`export ${name}=${shellWord(value)}`);
  output.err(`Proxmox VE ${pve}, simulated, at ${simulator.url}; Ctrl-C ends it, and its state is lost`);
}

/** Calls `work` now and at every tick, until the signal fires. */
function repeatUntil(signal: AbortSignal, work: () => void): Promise<void> {
  work();
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setInterval(work, REDRAW_MS);
    signal.addEventListener('abort', () => {
      clearInterval(timer);
      work();
      resolve();
    });
  });
}
