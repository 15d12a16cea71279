/** A resource as the high availability manager sees it. States: pve-ha-manager src/PVE/HA/Manager.pm. */

import type { Clock } from './clock.ts';
import type { Placed } from './ha-placement.ts';
import type { NodeStates } from './node-states.ts';

export type ServiceState =
  'stopped' | 'request_start' | 'started' | 'request_stop' | 'migrate' | 'relocate' | 'fence' | 'recovery' | 'error';

export type HaCommand =
  | { readonly kind: 'migrate' | 'relocate'; readonly sid: string; readonly node: string }
  /** @param timeout seconds that the guest is given; 0: none */
  | { readonly kind: 'stop'; readonly sid: string; readonly timeout: number };

export interface Service extends Placed {
  state: ServiceState;
  node: string;
  /** Where it moves to. */
  target?: string | undefined;
  /** Of the stop that is asked for, in seconds. */
  timeout?: number | undefined;
  /** What was asked for and not begun. */
  command: HaCommand | null;
  failedNodes: string[];
  /** It has come up since it is to run. */
  running: boolean;
  /** Starts that failed on this host. */
  tries: number;
  /** A local manager works on it. */
  busy: boolean;
  /** How that ended, until the resource manager has seen it. */
  result: 'done' | 'failed' | null;
  /** Counts the changes of state: a result of an older one is nobody's. */
  generation: number;
}

/** What the managers see of the cluster. */
export interface HaCluster {
  readonly clock: Clock;
  readonly nodeStates: NodeStates;
  readonly nodes: readonly { readonly name: string }[];
  /** `null`: there is no such guest. */
  placeOf(sid: string): { readonly node: string; readonly running: boolean } | null;
  /** The host was reset: nothing runs there any more. */
  reset(node: string): void;
  /** The guest is another host's from now on, as it stands in its configuration. */
  take(sid: string, node: string): void;
}

export function newService(node: string, state: ServiceState, running = false): Service {
  return {
    state,
    node,
    running,
    command: null,
    failedNodes: [],
    tries: 0,
    busy: false,
    result: null,
    generation: 0,
  };
}

/** Into another state, with nothing left of the last one but where it failed. */
export function change(
  service: Service,
  state: ServiceState,
  more: { readonly node?: string | undefined; readonly target?: string; readonly timeout?: number } = {},
): void {
  service.state = state;
  service.node = more.node ?? service.node;
  service.target = more.target;
  service.timeout = more.timeout;
  service.command = null;
  service.running = false;
  service.result = null;
  service.generation++;
}
