/**
 * The resource manager of high availability: it decides, once a round, what is to become of each resource.
 * States and their order follow pve-ha-manager src/PVE/HA/{Manager,NodeStatus}.pm.
 */

import { typeOf, type HaConfig } from './ha-config.ts';
import { relatives, selectNode, type Preference } from './ha-placement.ts';
import { change, newService, type HaCluster, type HaCommand, type Service } from './ha-service.ts';

/** A host that is gone is given up after so many rounds, and has surely reset itself after so many. */
const ROUNDS_UNTIL_FENCED = 6;
const ROUNDS_UNTIL_RESET = 12;

export class ResourceManager {
  readonly services = new Map<string, Service>();
  readonly #config: HaConfig;
  readonly #cluster: HaCluster;
  readonly #roundMilliseconds: number;

  constructor(config: HaConfig, cluster: HaCluster, roundMilliseconds: number) {
    this.#config = config;
    this.#cluster = cluster;
    this.#roundMilliseconds = roundMilliseconds;
  }

  /** Whether there is something to decide. */
  isNeeded(): boolean {
    const isNew = (sid: string): boolean =>
      !this.services.has(sid) && this.#isManaged(sid) && this.#cluster.placeOf(sid) !== null;
    return [...this.#config.resources.keys()].some(isNew) || [...this.services].some((it) => this.#isUnsettled(...it));
  }

  /** @param commands that came since the last round */
  decide(commands: readonly HaCommand[]): void {
    this.#updateServices();
    for (const command of commands) this.#take(command);
    // What becomes of one may be what another has waited for.
    for (let changed = true; changed;) {
      changed = false;
      for (const [sid, service] of [...this.services].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const before = service.state;
        this.#next(sid, service);
        if (service.state !== before) changed = true;
      }
    }
  }

  #isManaged(sid: string): boolean {
    const request = this.#config.requestOf(sid);
    return request !== null && request !== 'ignored';
  }

  #isUnsettled(sid: string, service: Service): boolean {
    if (!this.#isManaged(sid)) return true;
    const request = this.#config.requestOf(sid);
    const isThere = this.#cluster.nodeStates.isOnline(service.node);
    const isRunning = this.#cluster.placeOf(sid)?.running === true;
    if (service.state === 'error') return request === 'disabled';
    if (service.state === 'stopped')
      return request === 'started' || isRunning || service.command !== null || (request === 'stopped' && !isThere);
    if (service.state !== 'started') return true;
    const isSettled = request === 'started' && isThere && isRunning && service.running && service.result === null;
    return !isSettled || service.command !== null || this.#select(sid, 'stay') !== service.node;
  }

  #updateServices(): void {
    for (const sid of this.#config.resources.keys()) {
      const place = this.#cluster.placeOf(sid);
      if (this.services.has(sid) || place === null || !this.#isManaged(sid)) continue;
      const isWanted = this.#config.requestOf(sid) === 'started';
      this.services.set(sid, newService(place.node, isWanted ? 'request_start' : 'request_stop'));
    }
    for (const sid of this.services.keys()) if (!this.#isManaged(sid)) this.services.delete(sid);
  }

  #take(command: HaCommand): void {
    const service = this.services.get(command.sid);
    if (service === undefined) return;
    if (command.kind === 'stop') service.command = command;
    else if (this.#mayMove(service, command.node)) this.#order(command.sid, command.node, command.kind);
  }

  /** A move takes along what has to be with the resource, and does not begin where something must not be. */
  #order(moved: string, node: string, kind: 'migrate' | 'relocate'): void {
    const { positive, negative } = relatives({ sid: moved, config: this.#config, nodes: this.#nodes() });
    const isAt = (sid: string): boolean => {
      const other = this.services.get(sid);
      return other !== undefined && (other.node === node || other.target === node);
    };
    if (negative.some(isAt)) return;
    for (const sid of [moved, ...positive]) {
      const service = this.services.get(sid);
      if (service !== undefined && !isAt(sid)) service.command = { kind, sid, node };
    }
  }

  #next(sid: string, service: Service): void {
    switch (service.state) {
      case 'request_start':
        change(service, 'started');
        return;
      case 'request_stop':
        if (service.result !== null) change(service, service.result === 'done' ? 'stopped' : 'error');
        else this.#fenceIfGone(service);
        return;
      case 'migrate':
      case 'relocate':
        this.#afterMove(sid, service);
        return;
      case 'stopped':
        this.#whenStopped(sid, service);
        return;
      case 'started':
        this.#whenStarted(sid, service);
        return;
      case 'fence':
        this.#whenFenced(sid, service);
        return;
      case 'recovery':
        this.#recover(sid, service);
        return;
      case 'error':
        if (this.#config.requestOf(sid) !== 'disabled') return;
        service.failedNodes = [];
        change(service, 'stopped');
    }
  }

  #afterMove(sid: string, service: Service): void {
    if (service.result === null) this.#fenceIfGone(service);
    else change(service, this.#wanted(sid), { node: service.result === 'done' ? service.target : service.node });
  }

  #whenStopped(sid: string, service: Service): void {
    service.node = this.#cluster.placeOf(sid)?.node ?? service.node;
    const { command } = service;
    service.command = null;
    if (command !== null && command.kind !== 'stop' && this.#mayMove(service, command.node)) {
      change(service, command.kind, { target: command.node });
      return;
    }
    const request = this.#config.requestOf(sid);
    if (request === 'disabled' || this.#fenceIfGone(service)) return;
    if (request === 'started') change(service, 'request_start');
  }

  #whenStarted(sid: string, service: Service): void {
    if (!this.#cluster.nodeStates.isOnline(service.node)) {
      this.#fenceIfGone(service);
      return;
    }
    if (this.#config.requestOf(sid) !== 'started') {
      change(service, 'request_stop');
      return;
    }
    const { command } = service;
    service.command = null;
    if (command === null) this.#keepRunning(sid, service);
    else if (command.kind === 'stop') {
      change(service, 'request_stop', { timeout: command.timeout });
      this.#config.resources.set(sid, { ...this.#config.resources.get(sid), state: 'stopped' });
    } else if (this.#mayMove(service, command.node)) change(service, command.kind, { target: command.node });
  }

  /** It is started again where it has gone down, elsewhere where it does not start, and moves to where it is better. */
  #keepRunning(sid: string, service: Service): void {
    const { result } = service;
    service.result = null;
    if (result === 'done') {
      service.failedNodes = [];
      service.running = true;
    } else if (result === 'failed') {
      service.failedNodes.push(service.node);
      if (service.failedNodes.length > this.#config.number(sid, 'max_relocate')) {
        change(service, 'error');
        return;
      }
    }
    if (service.busy) return;
    const node = this.#select(sid, result === 'failed' ? 'next' : 'stay');
    if (node === null || node === service.node) return;
    change(service, typeOf(sid) === 'vm' ? 'migrate' : 'relocate', { target: node });
  }

  #mayMove(service: Service, node: string): boolean {
    return this.#nodes().includes(node) && this.#cluster.nodeStates.isOnline(node) && service.node !== node;
  }

  /** @returns whether its host is given up */
  #fenceIfGone(service: Service): boolean {
    if (!this.#isGone(service.node, ROUNDS_UNTIL_FENCED)) return false;
    change(service, 'fence');
    return true;
  }

  #isGone(node: string, rounds: number): boolean {
    const { nodeStates } = this.#cluster;
    return !nodeStates.isOnline(node) && nodeStates.age(node) >= rounds * this.#roundMilliseconds;
  }

  #whenFenced(sid: string, service: Service): void {
    if (this.#cluster.nodeStates.isOnline(service.node)) change(service, this.#wanted(sid));
    else if (this.#isGone(service.node, ROUNDS_UNTIL_RESET)) {
      this.#cluster.reset(service.node);
      change(service, 'recovery');
    }
  }

  #recover(sid: string, service: Service): void {
    const node = this.#select(sid, 'best');
    if (node !== null) {
      this.#cluster.take(sid, node);
      change(service, this.#wanted(sid), { node });
    } else if (this.#config.requestOf(sid) === 'disabled') change(service, 'stopped');
  }

  #wanted(sid: string): 'started' | 'request_stop' {
    return this.#config.requestOf(sid) === 'started' ? 'started' : 'request_stop';
  }

  #select(sid: string, preference: Preference): string | null {
    return selectNode({
      sid,
      preference,
      config: this.#config,
      services: this.services,
      online: this.#cluster.nodeStates.online(),
      nodes: this.#nodes(),
    });
  }

  #nodes(): string[] {
    return this.#cluster.nodes.map(({ name }) => name);
  }
}
