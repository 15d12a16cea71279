/** Keys that no resolved value comes from: `talmox explain` shows their values too. */

import clusterSchema from '../../schemas/cluster.schema.json' with { type: 'json' };
import type { Cluster, Node } from '../model/cluster.ts';
import type { ClusterFile, NodesFile } from '../model/files.gen.ts';
import { isCredentialKey } from './credentials.ts';
import { NODE_KEY_ALIASES, NODE_KEYS } from './known-keys.ts';
import { builtIn, inCluster, inNodes, type Sourced, type Trace } from './origin.ts';

interface KeySchema {
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, KeySchema>>;
}

type Written = Readonly<Record<string, unknown>>;

/** What stands for a credential wherever values are shown. */
const HIDDEN = '(hidden)';

/** Notes every setting that is resolved, and at the end those that were not. */
export class Explained {
  readonly trace: Trace;
  readonly #keys = new Map<string | null, Set<string>>();

  constructor(trace: Trace) {
    this.trace = (setting) => {
      const keys = this.#keys.get(setting.node);
      if (keys === undefined) this.#keys.set(setting.node, new Set([setting.key]));
      else keys.add(setting.key);
      trace(setting);
    };
  }

  addUnresolved(clusterFile: ClusterFile, nodesFile: NodesFile, { nodes }: Cluster): void {
    const clusterKeys = clusterSchema as KeySchema;
    for (const [key, schema] of Object.entries(clusterKeys.properties ?? {})) {
      const written = (clusterFile as Written)[key];
      if (schema.properties === undefined) this.#add(null, key, ofCluster(key, `/${key}`, written, schema));
      for (const [name, child] of Object.entries(schema.properties ?? {})) {
        const value = (written as Written | undefined)?.[name];
        this.#add(null, `${key}.${name}`, ofCluster(`${key}.${name}`, `/${key}/${name}`, value, child));
      }
    }
    for (const node of nodes) this.#addOfNode(node, nodesFile.nodes[node.index] as unknown as Written);
  }

  /** Keys of a VM, for a node on bare metal. */
  #addOfNode({ name, index }: Node, written: Written): void {
    for (const key of NODE_KEYS) {
      if (NODE_KEY_ALIASES.some(([alias]) => alias === key)) continue;
      const other = NODE_KEY_ALIASES.find(([alias, meant]) => meant === key && written[alias] !== undefined);
      const found = written[key] === undefined ? (other?.[0] ?? key) : key;
      const { value, origin } = inNodes(written[found], `/nodes/${index}/${found}`);
      const nothing = builtIn(null, 'a bare-metal node has none');
      this.#add(name, key, value === undefined ? nothing : { value, origin });
    }
  }

  #add(node: string | null, key: string, sourced: Sourced<unknown>): void {
    if (this.#keys.get(node)?.has(key) !== true) this.trace({ node, key, ...sourced });
  }
}

function ofCluster(key: string, pointer: string, written: unknown, schema: KeySchema): Sourced<unknown> {
  if (written !== undefined) return inCluster<unknown>(isCredentialKey(key) ? HIDDEN : written, pointer);
  const value = schema.default ?? null;
  return builtIn(value, value === null ? 'not written' : '');
}
