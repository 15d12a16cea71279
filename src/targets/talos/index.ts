/** Talos: patches per role and node, the schematic, and the URLs of what it is installed from. */

import type { Cluster } from '../../model/cluster.ts';
import { schematicDocument } from '../../model/schematic.ts';
import type { Target } from '../../model/target.ts';
import { deletesAbsentDocuments } from '../../model/version.ts';
import { allNodes, ofRole } from './cluster-patches.ts';
import { imageList } from './images.ts';
import { nodePatch } from './node-patch.ts';
import { namedDocuments, repeatable } from './repeatable.ts';
import { talosTasks } from './tasks.ts';

export const talos: Target = {
  name: 'talos',
  summary: 'Talos machine configuration patches, schematic and image URLs',
  rules: [],
  tools: [
    {
      name: 'talosctl',
      purpose: 'generating and applying machine configuration',
      versionArgs: ['version', '--client', '--short'],
      minimum: '1.12.0',
      install: 'mise use talosctl, or see https://docs.siderolabs.com/talos',
    },
  ],
  includes: (template, cluster) =>
    (template !== 'schematic.yaml.j2' || usesOwnSchematic(cluster)) &&
    (template !== 'documents/[node].yaml.j2' || !deletesAbsentDocuments(cluster.talos.version)),
  view: (cluster) => ({
    allNodes: repeatable(allNodes(cluster)),
    controlPlanes: repeatable(ofRole(cluster, 'controlplane')),
    workers: repeatable(ofRole(cluster, 'worker')),
    images: imageList(cluster),
    // POST takes any YAML of the same meaning; the id hashes the factory's own.
    schematic: schematicDocument(cluster.talos),
    ownSchematic: usesOwnSchematic(cluster),
  }),
  nodeView: (cluster, node) => ({
    nodePatch: repeatable(nodePatch(cluster, node)),
    namedDocuments: namedDocuments(cluster, node),
  }),
  tasks: talosTasks,
};

/** A cluster whose nodes all name their schematic has none of its own to post. */
function usesOwnSchematic({ nodes, talos: { schematic } }: Cluster): boolean {
  return nodes.some((node) => node.schematicId === schematic.id);
}
