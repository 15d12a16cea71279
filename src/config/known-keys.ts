/** The keys that talmox knows, from the schemas. */

import clusterSchema from '../../schemas/cluster.schema.json' with { type: 'json' };
import nodesSchema from '../../schemas/nodes.schema.json' with { type: 'json' };

/** Top-level keys of `cluster.yaml`. */
export const CLUSTER_KEYS = Object.keys(clusterSchema.properties);

/** Keys of a node in `nodes.yaml`. */
export const NODE_KEYS = Object.keys(nodesSchema.properties.nodes.items.properties);

/** Other names of keys of a node, each with the key that is meant. */
export const NODE_KEY_ALIASES = [
  ['cores', 'vm_cores'],
  ['memory', 'vm_memory'],
  ['disk_size', 'vm_disk_size'],
] as const;
