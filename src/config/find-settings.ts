/** Which settings `talmox explain` was asked for. */

import { UsageError } from '../model/errors.ts';
import { pointerSegment } from '../model/pointer.ts';
import { isRecord } from '../model/record.ts';
import { nearestKey } from '../model/suggest.ts';
import { NODE_KEY_ALIASES } from './known-keys.ts';
import type { Setting } from './origin.ts';

/** What was asked, and of what. */
interface Question {
  readonly settings: readonly Setting[];
  readonly nodes: readonly string[];
}

/**
 * @param settings everything that was resolved
 * @param nodes names of all nodes
 * @param first a node, or a key of the cluster, or a key of all nodes; all settings of the cluster without it
 * @param second a key of that node
 * @returns the setting of that key, those of a group, or the part of a value that a longer key means
 * @throws UsageError that says what may have been meant
 */
export function findSettings({ settings, nodes }: Question, first?: string, second?: string): Setting[] {
  const ofCluster = settings.filter(({ node }) => node === null);
  if (first === undefined) return ofCluster;
  if (nodes.includes(first)) {
    const ofNode = settings.filter(({ node }) => node === first);
    if (second === undefined) return ofNode;
    const found = matching(ofNode, meantKey(second));
    if (found.length === 0) throw noKeyOfNode(first, second, ofNode, ofCluster);
    return found;
  }
  if (second !== undefined) throw noNode(first, second, nodes);
  const found = matching(ofCluster, first);
  if (found.length > 0) return found;
  const everywhere = ofNodes(settings).flatMap((ofNode) => matching(ofNode, meantKey(first)));
  if (everywhere.length === 0) throw noNodeOrKey(first, { settings, nodes });
  return everywhere;
}

/** Settings of nodes, node by node. */
function ofNodes(settings: readonly Setting[]): Setting[][] {
  const byNode = new Map<string, Setting[]>();
  for (const setting of settings) {
    if (setting.node !== null) byNode.set(setting.node, [...(byNode.get(setting.node) ?? []), setting]);
  }
  return [...byNode.values()];
}

/** `vm_cores` for `cores`. */
function meantKey(key: string): string {
  return NODE_KEY_ALIASES.find(([alias]) => alias === key)?.[1] ?? key;
}

function matching(settings: readonly Setting[], key: string): Setting[] {
  const found = settings.filter((setting) => setting.key === key || isBelow(setting.key, key));
  if (found.length > 0) return found;
  return settings.flatMap((setting) => {
    const part = isBelow(key, setting.key) ? partOf(setting, key.slice(setting.key.length)) : null;
    return part === null ? [] : [part];
  });
}

/** Is the key `group` or `list` one that holds this one: `group.key`, `list[0]`? */
function isBelow(key: string, holder: string): boolean {
  return key.startsWith(`${holder}.`) || key.startsWith(`${holder}[`);
}

/**
 * What a longer key means in the value of a setting.
 * @param path `.overlay.name`, `[0].gateway`; a key may hold dots itself, as kernel parameters do
 */
function partOf(setting: Setting, path: string): Setting | null {
  if (path === '') return setting;
  const { value } = setting;
  const index = /^\[(\d+)\]/.exec(path);
  if (index !== null && Array.isArray(value)) {
    const item = (value as readonly unknown[])[Number(index[1])];
    return item === undefined
      ? null
      : partOf(step(setting, index[0], String(index[1]), item), path.slice(index[0].length));
  }
  if (!path.startsWith('.') || !isRecord(value)) return null;
  const keys = Object.keys(value).filter((key) => path === `.${key}` || isBelow(path, `.${key}`));
  for (const key of keys.sort((a, b) => b.length - a.length)) {
    const part = partOf(step(setting, `.${key}`, key, value[key]), path.slice(key.length + 1));
    if (part !== null) return part;
  }
  return null;
}

function step({ node, key, origin }: Setting, text: string, segment: string, value: unknown): Setting {
  // Where others were added, an entry of the value has no place of its own in the file.
  const isWritten = 'pointer' in origin && origin.with === undefined;
  const place = isWritten ? { ...origin, pointer: `${origin.pointer}/${pointerSegment(segment)}` } : origin;
  return { node, key: `${key}${text}`, value, origin: place };
}

function keysOf(settings: readonly Setting[]): string[] {
  return [...new Set(settings.map(({ key }) => key))];
}

function noNode(first: string, second: string, nodes: readonly string[]): UsageError {
  if (nodes.includes(second))
    return new UsageError(`the node comes first; did you mean \`talmox explain ${second} ${first}\`?`);
  const meant = nearestKey(first, nodes);
  return new UsageError(`there is no node ${first}; ${meant === null ? nodeList(nodes) : `did you mean ${meant}?`}`);
}

function noKeyOfNode(node: string, key: string, ofNode: readonly Setting[], ofCluster: readonly Setting[]): UsageError {
  if (matching(ofCluster, key).length > 0)
    return new UsageError(`${key} is a key of the cluster, not of a node; run \`talmox explain ${key}\``);
  const aliases = NODE_KEY_ALIASES.map(([alias]) => alias);
  const near = nearestKey(key, [...keysOf(ofNode), ...aliases]);
  const nearInCluster = near === null ? nearestKey(key, keysOf(ofCluster)) : null;
  return new UsageError(
    `a node has no key ${key}; ${
      near !== null
        ? `did you mean ${near}?`
        : nearInCluster !== null
          ? `did you mean the key of the cluster, \`talmox explain ${nearInCluster}\`?`
          : `\`talmox explain ${node}\` prints all it has`
    }`,
  );
}

function noNodeOrKey(word: string, { settings, nodes }: Question): UsageError {
  const meant = nearestKey(word, [...nodes, ...keysOf(settings)]);
  return new UsageError(
    `there is no node and no key ${word}; ${
      meant === null
        ? `\`talmox explain\` prints all keys of the cluster, and ${nodeList(nodes)}`
        : `did you mean ${meant}?`
    }`,
  );
}

function nodeList(nodes: readonly string[]): string {
  const more = nodes.length > 5 ? ` and ${nodes.length - 5} more` : '';
  return `the nodes are ${nodes.slice(0, 5).join(', ')}${more}`;
}
