/** The keys talmox knows, read off the schemas. */

import clusterSchema from '../../schemas/cluster.schema.json' with { type: 'json' };

/** Top-level keys of `cluster.yaml`. */
export const CLUSTER_KEYS = Object.keys(clusterSchema.properties);
