/** The documents of the target as the templates get them, and as they are written. */

import { parseAllDocuments } from 'yaml';
import { crossplane } from '../../../src/targets/crossplane/index.ts';
import type { VmCluster } from '../../../src/model/cluster.ts';
import { renderedBy } from '../../support/rendering.ts';

export interface Document {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec: Readonly<Record<string, unknown>>;
}

/** Documents under one key of the view. */
export function phase(cluster: VmCluster, key: string): readonly Document[] {
  return crossplane.view(cluster)[key] as readonly Document[];
}

export function first(documents: readonly Document[]): Document {
  const [document] = documents;
  if (document === undefined) throw new Error('no document');
  return document;
}

/** The document of every node, in order. */
export function nodeDocuments(cluster: VmCluster): readonly Document[] {
  return cluster.nodes.map((node) => first(crossplane.nodeView(cluster, node)['nodeDocuments'] as readonly Document[]));
}

/** Everything that kubectl applies, as it is written: what kustomize and helm read is left out. */
export function everyDocument(cluster: VmCluster): readonly Document[] {
  return [...renderedBy(crossplane, cluster)].flatMap(([path, { content }]) =>
    /^\d\d-/.test(path) && !/^00-install|kustomization\.yaml$|secret\.example/.test(path)
      ? parseAllDocuments(content, { version: '1.1' }).map((document) => document.toJS() as Document)
      : [],
  );
}
