/** Taskfiles and the README of `out/`: how to run what the other targets rendered. */

import type { Cluster } from '../../model/cluster.ts';
import { NEVER_COMMITTED } from '../../model/tool-files.ts';
import { activeFor, type Target } from '../../model/target.ts';
import { secretsFile } from '../talos/task-view.ts';
import { nodeRows, picture, preparationRows, snippetRows, targetRows } from './overview.ts';
import { rootTaskfile, targetTaskfile } from './taskfile.ts';
import { VERSIONS } from './versions.ts';

/**
 * @param siblings every other target, whose tasks this one renders
 */
export function tasksTarget(siblings: readonly Target[]): Target & { readonly rules: readonly [] } {
  const active = (cluster: Cluster): readonly Target[] => activeFor(siblings, cluster);
  return {
    name: 'tasks',
    summary: 'Taskfiles for all of the above, and an overview of the cluster',
    rules: [],
    tools: [
      {
        name: 'task',
        purpose: 'running the rendered Taskfiles',
        versionArgs: ['--version'],
        minimum: VERSIONS.task,
        install: 'mise use task, or see https://taskfile.dev/installation',
      },
    ],
    includes: (path, cluster) => includes(path, active(cluster), cluster),
    view: (cluster) => ({
      root: [rootTaskfile(active(cluster), cluster)],
      taskfiles: Object.fromEntries(active(cluster).map((target) => [target.name, [targetTaskfile(target, cluster)]])),
      rows: nodeRows(cluster),
      picture: picture(cluster),
      preparation: preparationRows(cluster),
      snippets: snippetRows(cluster),
      targets: targetRows(active(cluster), cluster),
      secretsFile: secretsFile(cluster),
      neverCommitted: NEVER_COMMITTED,
    }),
    nodeView: () => ({}),
    tasks: () => [],
  };
}

/** A Taskfile without tasks would be an error to go-task. */
function includes(path: string, active: readonly Target[], cluster: Cluster): boolean {
  const owner = /^([a-z]+)\/Taskfile\.yaml$/.exec(path)?.[1];
  if (owner === undefined) return true;
  return active.some((target) => target.name === owner && target.tasks(cluster).length > 0);
}
