/**
 * Where a resource may run, and where it should. Source: pve-ha-manager src/PVE/HA/{Manager,Rules/NodeAffinity,
 * Rules/ResourceAffinity}.pm, and for groups Manager.pm of 4.0.
 */

import { nodesOf, resourcesOf, type HaConfig, type HaSettings } from './ha-config.ts';
import { bundles, ruleErrors } from './ha-rules.ts';

/** `stay` where it is if that is as good as elsewhere; the `best` place; the `next` one to try. */
export type Preference = 'stay' | 'best' | 'next';

export interface Placed {
  readonly node: string;
  readonly target?: string | undefined;
  readonly failedNodes: readonly string[];
}

export interface PlacementQuestion {
  readonly sid: string;
  readonly preference: Preference;
  readonly config: HaConfig;
  readonly services: ReadonlyMap<string, Placed>;
  readonly online: readonly string[];
  /** Every host of the cluster. */
  readonly nodes: readonly string[];
}

interface Candidates {
  readonly allowed: ReadonlySet<string>;
  readonly preferred: readonly string[];
  /** It goes back to a better host that has returned. */
  readonly failback: boolean;
}

/** @returns `null` where it can be nowhere */
export function selectNode(question: PlacementQuestion): string | null {
  const { sid, preference, services } = question;
  const service = services.get(sid);
  if (service === undefined) return null;
  const { allowed, preferred, failback } = candidates(question);
  if (preferred.length === 0) return null;
  const { together, separate } = affinities(question);
  const current = service.node;
  const fits = (node: string): boolean => !separate.has(node) && (together.size === 0 || together.has(node));
  if (preference === 'stay' && !failback && allowed.has(current) && fits(current)) return current;
  let nodes = preferred.filter((node) => preference !== 'next' || !service.failedNodes.includes(node));
  nodes = nodes.filter((node) => !separate.has(node));
  const most = Math.max(0, ...nodes.map((node) => together.get(node) ?? 0));
  if (most > 0) nodes = nodes.filter((node) => together.get(node) === most);
  if (preference === 'stay' && nodes.includes(current)) return current;
  const load = (node: string): number => [...services.values()].filter((other) => other.node === node).length;
  return [...nodes].sort((a, b) => load(a) - load(b) || (a < b ? -1 : 1))[0] ?? null;
}

/** By the group (8.4) or the node affinity rule that holds for it. */
function candidates({ sid, config, online, nodes }: PlacementQuestion): Candidates {
  const group = config.groups.get(String(config.resources.get(sid)?.['group'] ?? ''));
  const rule = activeRules(config, nodes).find(
    ([, { type, ...settings }]) => type === 'node-affinity' && resourcesOf(settings).includes(sid),
  );
  const settings = group ?? rule?.[1];
  const failback = group === undefined ? config.number(sid, 'failback') === 1 : group['nofailback'] !== 1;
  if (settings === undefined) return { allowed: new Set(online), preferred: online, failback };
  const isStrict = settings['restricted'] === 1 || settings['strict'] === 1;
  const priorities = nodesOf(settings);
  const priority = (node: string): number | undefined => priorities.get(node) ?? (isStrict ? undefined : -1);
  const allowed = online.filter((node) => priority(node) !== undefined);
  const highest = Math.max(...allowed.map((node) => priority(node) ?? -1));
  return { allowed: new Set(allowed), preferred: allowed.filter((node) => priority(node) === highest), failback };
}

/** Hosts of the resources it has to be with (and of how many), and of those it must not be with. */
function affinities(question: PlacementQuestion): {
  readonly together: ReadonlyMap<string, number>;
  readonly separate: ReadonlySet<string>;
} {
  const { services, online } = question;
  const { positive, negative } = relatives(question);
  const together = new Map<string, number>();
  const placesOf = (sid: string): string[] =>
    [services.get(sid)?.node, services.get(sid)?.target].filter(
      (node): node is string => node !== undefined && online.includes(node),
    );
  for (const sid of positive) {
    const [node, target] = placesOf(sid);
    const place = target ?? node;
    if (place !== undefined) together.set(place, (together.get(place) ?? 0) + 1);
  }
  return { together, separate: new Set(negative.flatMap(placesOf)) };
}

/** Resources that have to be with it, and those that must not: also those that its companions must not be with. */
export function relatives({
  sid,
  config,
  nodes,
}: Pick<PlacementQuestion, 'sid' | 'config' | 'nodes'>): Readonly<Record<'positive' | 'negative', readonly string[]>> {
  const active = activeRules(config, nodes);
  const positive = bundles(active.filter(([, rule]) => rule['affinity'] === 'positive'));
  const companions = positive.find(({ resources }) => resources.includes(sid))?.resources ?? [sid];
  const apart = active
    .filter(([, rule]) => rule['affinity'] === 'negative')
    .map(([, rule]) => resourcesOf(rule))
    .filter((resources) => resources.some((other) => companions.includes(other)));
  const others = (list: readonly string[]): string[] => [...new Set(list)].filter((other) => other !== sid).sort();
  return {
    positive: others(companions),
    negative: others(apart.flat()).filter((other) => !companions.includes(other)),
  };
}

/** Rules that are on and hold together with the others. */
function activeRules(config: HaConfig, nodes: readonly string[]): (readonly [string, HaSettings])[] {
  const errors = ruleErrors(config.rules, nodes);
  return [...config.rules].filter(([id, rule]) => rule['disable'] !== 1 && !errors.has(id));
}
