/** Talos: patches per role and node, the schematic, and the URLs of what it is installed from. */

import type { Cluster } from '../../model/cluster.ts';
import { schematicDocument } from '../../model/schematic.ts';
import type { Target } from '../../model/target.ts';
import { deletesAbsentDocuments } from '../../model/version.ts';
import { allNodes, ofRole } from './cluster-patches.ts';
import type { Document } from './document.ts';
import { imageList } from './images.ts';
import { nodePatch } from './node-patch.ts';
import { namedDocuments, repeatable } from './repeatable.ts';
import { talosRules } from './rules.ts';
import { sopsConfig } from './sops-config.ts';
import { talconfig, talhelperDocuments } from './talconfig.ts';
import { taskView } from './task-view.ts';
import { talosTasks } from './tasks.ts';
import { NC, SOPS, TALOSCTL } from './tools.ts';
import { topfConfig } from './topf.ts';

export const talos = {
  name: 'talos',
  summary: 'Talos machine configuration patches, schematic and image URLs',
  rules: talosRules,
  tools: [TALOSCTL, SOPS, NC],
  includes,
  view: (cluster) => ({
    allNodes: repeatable(allNodes(cluster)),
    controlPlanes: repeatable(ofRole(cluster, 'controlplane')),
    workers: repeatable(ofRole(cluster, 'worker')),
    images: imageList(cluster),
    // POST takes any YAML of the same meaning; the id hashes the factory's own.
    schematic: schematicDocument(cluster.talos),
    ownSchematic: usesOwnSchematic(cluster),
    tasks: taskView(cluster),
    sopsConfig: sopsConfig(cluster),
    ...toolView(cluster),
  }),
  nodeView: (cluster, node) => {
    const documents = nodePatch(cluster, node);
    return {
      nodePatch: repeatable(documents),
      namedDocuments: namedDocuments(cluster, node),
      toolNode: toolDocuments(cluster, documents),
    };
  },
  tasks: talosTasks,
} satisfies Target;

/** What another tool reads is rendered for that tool alone. */
function includes(path: string, cluster: Cluster): boolean {
  const { tool, ageRecipients } = cluster.talos;
  if (path === 'topf.yaml' || path.startsWith('topf/')) return tool === 'topf';
  if (path === 'talconfig.yaml' || path.startsWith('talhelper/')) return tool === 'talhelper';
  if (path === 'documents/[node].yaml') return !deletesAbsentDocuments(cluster.talos.version);
  if (path === '.sops.yaml') return ageRecipients.length > 0;
  return path !== 'schematic.yaml' || usesOwnSchematic(cluster);
}

/** Other tools always start from what Talos generates: nothing has to go first. */
function toolView(cluster: Cluster): Readonly<Record<string, unknown>> {
  const { tool } = cluster.talos;
  if (tool === 'talosctl') return {};
  return {
    toolConfig: tool === 'topf' ? topfConfig(cluster) : talconfig(cluster),
    toolPatches: {
      all: toolDocuments(cluster, allNodes(cluster)),
      controlPlanes: toolDocuments(cluster, ofRole(cluster, 'controlplane')),
      workers: toolDocuments(cluster, ofRole(cluster, 'worker')),
    },
  };
}

function toolDocuments({ talos: { tool } }: Cluster, documents: readonly Document[]): readonly Document[] {
  return tool === 'talhelper' ? talhelperDocuments(documents) : documents;
}

/** A cluster whose nodes all name their schematic has none of its own to post. */
function usesOwnSchematic({ nodes, talos: { schematic } }: Cluster): boolean {
  return nodes.some((node) => node.schematicId === schematic.id);
}
