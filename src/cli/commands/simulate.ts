import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { shellWord } from '../../model/command-line.ts';
import type { Installation, PveVersion, Simulator } from '../../simulator/index.ts';
import { leadsElsewhere } from '../leads-elsewhere.ts';
import { needVmCluster, validated } from '../pipeline.ts';
import { printJson } from '../report.ts';
import type { Session } from '../session.ts';

export interface SimulateOptions {
  readonly pve: PveVersion;
  readonly port?: number;
  readonly seed: 'cluster' | Installation;
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
    // The backend builds the templates.
    ...(cluster === null
      ? {}
      : { seed: seedOf(cluster, { templates: false, version: options.pve }), token: tokenOf(cluster) }),
    ...(options.seed === 'cluster' ? {} : { seed: options.seed }),
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
  const { url, crossplaneFile } = simulator;
  const [env, pve] = [simulator.env(), simulator.host.version];
  const unset = Object.keys(session.env).filter((name) => leadsElsewhere(name) && env[name] === undefined);
  if (session.json) {
    const data = { url, pve, env, unset, crossplaneCredentials: crossplaneFile };
    printJson(session, { command: 'simulate', ok: true, exitCode: 0, data });
  } else {
    for (const [name, value] of Object.entries(env)) output.out(`export ${name}=${shellWord(value)}`);
    for (const name of unset) output.out(`unset ${name}`);
  }
  output.err(`Proxmox VE ${pve}, simulated, at ${url}; Ctrl-C ends it, and its state is lost`);
  output.err(`credentials for the Crossplane provider: ${crossplaneFile}`);
  for (const file of filesWithEndpoint(join(session.outDirectory, 'tofu')))
    output.err(`OpenTofu does not come here: ${file} sets proxmox_endpoint, which goes before the environment`);
}

/** Files of variables that the user put beside the rendered ones. */
function filesWithEndpoint(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names
    .filter((name) => /\.tfvars(\.json)?$/.test(name))
    .map((name) => join(folder, name))
    .filter((path) => /\bproxmox_endpoint"?\s*[=:]/.test(readFileSync(path, 'utf8')));
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
