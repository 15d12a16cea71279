/** Templates x targets x nodes -> artifacts. */

import type { Artifact } from '../model/artifact.ts';
import type { Cluster, Node } from '../model/cluster.ts';
import { RenderError } from '../model/errors.ts';
import { didYouMean } from '../model/suggest.ts';
import type { Target } from '../model/target.ts';
import { formatOf } from './format.ts';
import { outputPath } from './template-path.ts';

type View = Readonly<Record<string, unknown>>;

/** The target whose folder is the top of `templates/` itself. */
const TOP_TARGET = 'tasks';

const FAN_OUT = '[node]';

/**
 * Decides which files `out/` will hold.
 * @param templates paths under `templates/`; `_partials/` is never emitted
 * @param targets the active ones; a bare-metal cluster has fewer
 * @returns sorted by path; a view is computed when an artifact's is first read, once per target and node
 * @throws RenderError for a template that belongs to no target, a path that two templates render to, or a path
 *   that cannot be one
 */
export function plan(templates: readonly string[], targets: readonly Target[], cluster: Cluster): Artifact[] {
  const views = createViews(cluster);
  const artifacts = templates
    .filter((template) => !template.split('/').includes('_partials'))
    .flatMap((template) => artifactsOf(template, targets, cluster, views))
    .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  rejectDuplicates(artifacts);
  return artifacts;
}

function artifactsOf(
  template: string,
  targets: readonly Target[],
  cluster: Cluster,
  views: Views,
): readonly Artifact[] {
  checkPath(template);
  const path = outputPath(template);
  const [folder, rest] = split(path);
  const owner = targets.find(({ name }) => name === folder);
  if (owner === undefined) {
    if (cluster.proxmox === null) return [];
    throw new RenderError(
      template,
      1,
      1,
      `belongs to no target${didYouMean(
        folder,
        targets.map(({ name }) => name),
      )}`,
    );
  }
  if (!owner.includes(rest, cluster)) return [];
  if (!path.includes(FAN_OUT)) return [artifact(template, path, () => views.ofTarget(owner))];
  return cluster.nodes.map((node) =>
    artifact(template, path.replaceAll(FAN_OUT, node.name), () => views.ofNode(owner, node)),
  );
}

/**
 * The target's name and the path within it. What lies in no folder belongs to the top target, and so
 * do all Taskfiles: they are written from every target's table of tasks.
 */
function split(path: string): readonly [folder: string, rest: string] {
  const slash = path.indexOf('/');
  if (path.endsWith('/Taskfile.yaml')) return [TOP_TARGET, path];
  return slash === -1 ? [TOP_TARGET, path] : [path.slice(0, slash), path.slice(slash + 1)];
}

function checkPath(template: string): void {
  const fail = (message: string): never => {
    throw new RenderError(template, 1, 1, message);
  };
  if (template.split('/').some((segment) => segment === '' || segment === '.' || segment === '..'))
    fail('is no path within templates/');
  const bracket = /\[[^\]]*\]/.exec(template.replaceAll(FAN_OUT, ''));
  if (bracket !== null) fail(`${bracket[0]} is no fan-out; only ${FAN_OUT} is`);
}

function artifact(template: string, path: string, view: () => View): Artifact {
  return {
    path,
    template,
    format: formatOf(path),
    mode: path.endsWith('.sh') ? 0o755 : 0o644,
    get view() {
      return view();
    },
  };
}

/** Two files that differ only in case are one file on macOS and Windows. */
function rejectDuplicates(artifacts: readonly Artifact[]): void {
  const owners = new Map<string, Artifact>();
  for (const next of artifacts) {
    const other = owners.get(next.path.toLowerCase());
    if (other !== undefined) {
      throw new RenderError(
        next.template,
        1,
        1,
        `renders to ${next.path}, and templates/${other.template} renders to ${other.path}`,
      );
    }
    owners.set(next.path.toLowerCase(), next);
  }
}

interface Views {
  ofTarget(target: Target): View;
  ofNode(target: Target, node: Node): View;
}

function createViews(cluster: Cluster): Views {
  const ofTarget = memoised((target: Target) => roots(target, { cluster }, target.view(cluster)));
  const nodeViews = memoised((target: Target) =>
    memoised((node: Node) => ({
      ...ofTarget(target),
      ...roots(target, { cluster, node }, target.nodeView(cluster, node)),
    })),
  );
  return { ofTarget, ofNode: (target, node) => nodeViews(target)(node) };
}

/** The names a template starts from; a target may not hide `cluster` or `node`. */
function roots(target: Target, fixed: View, view: View): View {
  const hidden = ['cluster', 'node'].find((name) => Object.hasOwn(view, name));
  if (hidden !== undefined) throw new TypeError(`the view of target ${target.name} hides '${hidden}'`);
  return { ...fixed, ...view };
}

function memoised<K, V>(compute: (key: K) => V): (key: K) => V {
  const known = new Map<K, V>();
  return (key) => {
    let value = known.get(key);
    if (value === undefined) {
      value = compute(key);
      known.set(key, value);
    }
    return value;
  };
}
