/**
 * The local managers of high availability: each starts, stops and moves the guests of its host, once a round, as the
 * resource manager has decided. Source: pve-ha-manager src/PVE/HA/LRM.pm, Resources/PVEVM.pm.
 */

import type { HaConfig } from './ha-config.ts';
import type { HaCluster, Service } from './ha-service.ts';

/** Who acts on guests. Each resolves when the task that it starts has ended, however it has. */
export interface HaAgent {
  start(sid: string): Promise<void>;
  /** @param timeout seconds that the guest is given; 0: none */
  stop(sid: string, timeout: number): Promise<void>;
  migrate(sid: string, target: string, online: boolean): Promise<void>;
}

type Result = Service['result'];

const STOP_TIMEOUT_SECONDS = 60;

export class LocalManagers {
  readonly #config: HaConfig;
  readonly #cluster: HaCluster;
  readonly #agent: HaAgent;

  constructor(config: HaConfig, cluster: HaCluster, agent: HaAgent) {
    this.#config = config;
    this.#cluster = cluster;
    this.#agent = agent;
  }

  /** Begins what is to be done. @param ended is called as each piece of work has ended */
  act(services: ReadonlyMap<string, Service>, ended: () => void): void {
    for (const [sid, service] of services) {
      if (service.busy || service.result !== null || !this.#cluster.nodeStates.isOnline(service.node)) continue;
      const { generation } = service;
      const work = this.#work(sid, service);
      if (work === null) continue;
      service.busy = true;
      const end = (result: Result): void => {
        service.busy = false;
        // It may have been decided anew meanwhile.
        if (service.generation === generation) service.result = result;
        ended();
      };
      work.then(end, () => {
        end('failed');
      });
    }
  }

  #work(sid: string, service: Service): Promise<Result> | null {
    const isRunning = this.#isRunning(sid);
    switch (service.state) {
      case 'started':
        return isRunning && service.running ? null : this.#start(sid, service);
      case 'stopped':
        return isRunning ? this.#stop(sid, service).then(() => null) : null;
      case 'request_stop':
        return this.#stop(sid, service);
      case 'migrate':
      case 'relocate':
        return this.#move(sid, service);
      default:
        return null;
    }
  }

  async #start(sid: string, service: Service): Promise<Result> {
    if (!this.#isRunning(sid)) await this.#agent.start(sid);
    if (this.#isRunning(sid)) {
      service.tries = 0;
      return 'done';
    }
    // Tried again in the next round, and nobody is told.
    if (service.tries++ < this.#config.number(sid, 'max_restart')) return null;
    service.tries = 0;
    return 'failed';
  }

  async #stop(sid: string, { timeout = STOP_TIMEOUT_SECONDS }: Service): Promise<Result> {
    if (this.#isRunning(sid)) await this.#agent.stop(sid, timeout);
    return this.#isRunning(sid) ? 'failed' : 'done';
  }

  async #move(sid: string, { state, target }: Service): Promise<Result> {
    if (target === undefined) return 'failed';
    const isThere = (): boolean => this.#cluster.placeOf(sid)?.node === target;
    if (state === 'relocate' && this.#isRunning(sid)) await this.#agent.stop(sid, STOP_TIMEOUT_SECONDS);
    if (!isThere()) await this.#agent.migrate(sid, target, state === 'migrate');
    return isThere() ? 'done' : 'failed';
  }

  #isRunning(sid: string): boolean {
    return this.#cluster.placeOf(sid)?.running === true;
  }
}
