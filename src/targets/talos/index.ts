/** Talos: patches per role and node, the schematic, and the URLs of what it is installed from. */

import type { Cluster } from '../../model/cluster.ts';
import { schematicDocument } from '../../model/schematic.ts';
import type { Target } from '../../model/target.ts';
import { allNodes, controlPlanes, workers } from './cluster-patches.ts';
import { imageList } from './images.ts';
import { nodePatch } from './node-patch.ts';
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
  includes: (template, cluster) => template !== 'schematic.yaml.j2' || usesOwnSchematic(cluster),
  view: (cluster) => ({
    allNodes: allNodes(cluster),
    controlPlanes: controlPlanes(cluster),
    workers: workers(),
    images: imageList(cluster),
    // POST takes any YAML of the same meaning; the id hashes the factory's own.
    schematic: schematicDocument(cluster.talos),
    ownSchematic: usesOwnSchematic(cluster),
  }),
  nodeView: (cluster, node) => ({ nodePatch: nodePatch(cluster, node) }),
  tasks: talosTasks,
};

/** A cluster whose nodes all name their schematic has none of its own to post. */
function usesOwnSchematic({ nodes, talos: { schematic } }: Cluster): boolean {
  return nodes.some((node) => node.schematicId === schematic.id);
}
