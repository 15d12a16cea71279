/**
 * High availability of a cluster. What is asked of it happens in its next round: the resource manager decides, and half
 * a round later the local managers act. A round comes only when there is something to do.
 */

import { withoutLock } from './config-lock.ts';
import { HaConfig, type HaRequest, type HaSeed } from './ha-config.ts';
import { ResourceManager } from './ha-crm.ts';
import { LocalManagers, type HaAgent } from './ha-lrm.ts';
import { newService, type HaCluster, type HaCommand, type Service } from './ha-service.ts';
import type { Host } from './host.ts';

export type { HaSeed } from './ha-config.ts';

export class HighAvailability {
  readonly config: HaConfig;
  /** Milliseconds since 1970 of the last decisions; `null`: there were none. */
  lastRound: number | null = null;
  readonly #cluster: HaCluster;
  readonly #roundMilliseconds: number;
  readonly #manager: ResourceManager;
  #local: LocalManagers | null = null;
  #commands: HaCommand[] = [];
  #isComing = false;

  /** @param roundMilliseconds between two rounds of the resource manager */
  constructor(host: Host, roundMilliseconds: number, seed: HaSeed) {
    this.config = new HaConfig(host.version, seed);
    this.#cluster = clusterOf(host);
    this.#roundMilliseconds = roundMilliseconds;
    this.#manager = new ResourceManager(this.config, this.#cluster, roundMilliseconds);
    host.nodeStates.onChange(() => {
      this.notice();
    });
  }

  /** Guests can be acted on from now on. What was managed from the start is as its guest is. */
  begin(agent: HaAgent): void {
    this.#local = new LocalManagers(this.config, this.#cluster, agent);
    for (const sid of this.config.resources.keys()) {
      const place = this.#cluster.placeOf(sid);
      if (place === null || this.config.requestOf(sid) === 'ignored') continue;
      this.#manager.services.set(sid, newService(place.node, place.running ? 'started' : 'stopped', place.running));
      this.lastRound = this.#cluster.clock.now();
    }
    this.notice();
  }

  /** No more rounds. */
  end(): void {
    this.#local = null;
  }

  get services(): ReadonlyMap<string, Service> {
    return this.#manager.services;
  }

  /** A guest that calls are redirected for. Whoever is ignored is not. */
  isManaged(sid: string): boolean {
    const request = this.config.requestOf(sid);
    return request !== null && request !== 'ignored';
  }

  /** @returns the state of a resource; `undefined`: the manager does not know it yet */
  stateOf(sid: string): Service['state'] | undefined {
    return this.services.get(sid)?.state;
  }

  /** As lists of guests show it. */
  shownState(sid: string): string | undefined {
    const asked = this.config.resources.get(sid)?.['state'];
    return this.stateOf(sid) ?? (asked === undefined ? undefined : String(asked));
  }

  /** To be done in the next round. */
  command(command: HaCommand): void {
    this.#commands.push(command);
    this.notice();
  }

  request(sid: string, state: HaRequest): void {
    this.config.resources.set(sid, { ...this.config.resources.get(sid), state });
    this.notice();
  }

  /** Something has changed: where that leaves something to do, a round comes. */
  notice(): void {
    if (this.#isComing || this.#local === null || !this.#cluster.nodeStates.quorate) return;
    if (this.#commands.length === 0 && !this.#manager.isNeeded()) return;
    this.#isComing = true;
    void this.#round(this.#local);
  }

  /** Without a quorum nobody is the manager. */
  async #round(local: LocalManagers): Promise<void> {
    const { clock, nodeStates } = this.#cluster;
    await clock.sleep(this.#roundMilliseconds);
    if (nodeStates.quorate) {
      this.lastRound = clock.now();
      this.#manager.decide(this.#commands.splice(0));
    }
    await clock.sleep(this.#roundMilliseconds / 2);
    if (nodeStates.quorate && this.#local !== null)
      local.act(this.services, () => {
        this.notice();
      });
    this.#isComing = false;
    this.notice();
  }
}

/** Locks that a guest of a dead host is freed of. Source: PVE::HA::Manager, `$fence_recovery_cleanup`. */
const LEFT_BY_THE_DEAD: ReadonlySet<string> = new Set([
  'backup',
  'mounted',
  'migrate',
  'clone',
  'rollback',
  'snapshot',
  'snapshot-delete',
  'suspending',
  'suspended',
]);

function clusterOf(host: Host): HaCluster {
  const guestOf = (sid: string): { node: string; readonly running: boolean } | null => {
    const vmid = Number(sid.slice(3));
    const container = sid.startsWith('ct:') ? host.containers.find(vmid) : undefined;
    if (container !== undefined) return container;
    const vm = sid.startsWith('vm:') ? host.vms.find(vmid) : undefined;
    return vm === undefined ? null : { node: vm.node, running: vm.pid !== null };
  };
  return {
    clock: host.clock,
    nodeStates: host.nodeStates,
    nodes: host.nodes,
    placeOf: guestOf,
    reset: (node) => {
      for (const vm of host.vms.all()) if (vm.node === node) vm.pid = null;
      for (const container of host.containers.all()) if (container.node === node) container.running = false;
    },
    take: (sid, node) => {
      const vm = sid.startsWith('vm:') ? host.vms.find(Number(sid.slice(3))) : undefined;
      const container = sid.startsWith('ct:') ? host.containers.find(Number(sid.slice(3))) : undefined;
      if (container !== undefined) container.node = node;
      if (vm === undefined) return;
      vm.node = node;
      if (LEFT_BY_THE_DEAD.has(vm.config.get('lock') ?? '')) withoutLock(vm);
      host.vms.announce(vm);
    },
  };
}
