/**
 * Which rules cannot be kept, alone or beside the others. Source: the checks that PVE::HA::Rules, its NodeAffinity and
 * ResourceAffinity register (pve-ha-manager 5.0).
 */

import { nodesOf, resourcesOf, type HaSettings } from './ha-config.ts';

type Rules = readonly (readonly [id: string, rule: HaSettings])[];

/** Rule -> what is wrong with its resources, in the order of the checks. */
export type RuleErrors = ReadonlyMap<string, readonly string[]>;

/** @param nodes hosts that the manager knows */
export function ruleErrors(all: ReadonlyMap<string, HaSettings>, nodes: readonly string[]): RuleErrors {
  const errors = new Map<string, string[]>();
  const blame = (id: string, message: string): void => {
    const messages = errors.get(id) ?? [];
    if (!messages.includes(message)) errors.set(id, [...messages, message]);
  };
  const enabled: Rules = [...all].filter(([, rule]) => rule['disable'] !== 1);
  const node = enabled.filter(([, rule]) => rule['type'] === 'node-affinity');
  const positive = enabled.filter(([, rule]) => rule['affinity'] === 'positive');
  const negative = enabled.filter(([, rule]) => rule['affinity'] === 'negative');
  single(node, blame);
  counts([...positive, ...negative], negative, nodes, blame);
  contradictions(bundles(positive), negative, blame);
  priorities(node, [...positive, ...negative], blame);
  severalForOne(node, bundles(positive), blame);
  tooFew(node, negative, blame);
  return errors;
}

/** Positive rules that share a resource mean one set of resources. */
export interface Bundle {
  readonly ids: readonly string[];
  readonly resources: readonly string[];
}

export function bundles(positive: Rules): Bundle[] {
  let found: Bundle[] = [];
  for (const [id, rule] of positive) {
    const resources = resourcesOf(rule);
    const joined = found.filter((bundle) => common(bundle.resources, resources).length > 0);
    found = [
      ...found.filter((bundle) => !joined.includes(bundle)),
      {
        ids: [...joined.flatMap(({ ids }) => ids), id],
        resources: [...new Set([...joined.flatMap((bundle) => bundle.resources), ...resources])],
      },
    ];
  }
  return found;
}

type Blame = (id: string, message: string) => void;

/** A resource stands in one node affinity rule. */
function single(node: Rules, blame: Blame): void {
  for (const [id, rule] of node) {
    for (const sid of resourcesOf(rule)) {
      if (node.some(([other, otherRule]) => other !== id && resourcesOf(otherRule).includes(sid)))
        blame(id, `resource '${sid}' is already used in another node affinity rule`);
    }
  }
}

function counts(affinity: Rules, negative: Rules, nodes: readonly string[], blame: Blame): void {
  for (const [id, rule] of affinity)
    if (resourcesOf(rule).length < 2) blame(id, 'rule is ineffective as there are less than two resources');
  for (const [id, rule] of negative)
    if (resourcesOf(rule).length > nodes.length) blame(id, 'rule defines more resources than available nodes');
}

/** Two resources cannot be kept together and apart. */
function contradictions(positive: readonly Bundle[], negative: Rules, blame: Blame): void {
  for (const { ids, resources } of positive) {
    for (const [negativeId, apart] of negative) {
      if (common(resources, resourcesOf(apart)).length < 2) continue;
      for (const id of ids) blame(id, 'rule shares two or more resources with a negative resource affinity rule');
      blame(negativeId, 'rule shares two or more resources with a positive resource affinity rule');
    }
  }
}

function priorities(node: Rules, affinity: Rules, blame: Blame): void {
  for (const [id, related] of affinity) {
    const found = node.filter(([, rule]) => common(resourcesOf(rule), resourcesOf(related)).length > 0);
    if (!found.some(([, rule]) => new Set(nodesOf(rule).values()).size > 1)) continue;
    blame(id, 'resources are in node affinity rules with multiple priorities');
    for (const [other] of found)
      blame(
        other,
        'resources are in a resource affinity rule and cannot be in a node affinity rule with multiple priorities',
      );
  }
}

/** What is kept together follows one node affinity rule. */
function severalForOne(node: Rules, positive: readonly Bundle[], blame: Blame): void {
  for (const { ids, resources } of positive) {
    const found = node.filter(([, rule]) => common(resources, resourcesOf(rule)).length > 0);
    if (found.length < 2) continue;
    for (const id of ids) blame(id, 'resources are in multiple node affinity rules');
    for (const [other] of found)
      blame(
        other,
        'at least one resource is in a positive resource affinity rule and there are other resources in at least one other node affinity rule already',
      );
  }
}

/** What is kept apart needs a host each. */
function tooFew(node: Rules, negative: Rules, blame: Blame): void {
  for (const [id, apart] of negative) {
    const found = node.filter(([, rule]) => common(resourcesOf(apart), resourcesOf(rule)).length > 0);
    const resources = new Set(found.flatMap(([, rule]) => common(resourcesOf(apart), resourcesOf(rule))));
    const hosts = new Set(found.flatMap(([, rule]) => [...nodesOf(rule).keys()]));
    if (resources.size <= hosts.size) continue;
    blame(id, 'two or more resources are restricted to less nodes than available to the resources');
    for (const [other] of found)
      blame(
        other,
        'at least one resource is in a negative resource affinity rule and this rule would restrict these to less nodes than available to the resources',
      );
  }
}

function common(a: readonly string[], b: readonly string[]): string[] {
  return a.filter((sid) => b.includes(sid));
}
