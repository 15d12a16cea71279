import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import type { VmCluster } from '../../../src/model/cluster.ts';
import { contentName, TERRAFORM_LABEL } from '../../../src/targets/crossplane/names.ts';
import { sampleCluster } from '../../support/cluster.ts';
import { everyDocument, phase } from './documents.ts';
import { managed, shapes } from '../../support/vm-shapes.ts';

const NAMESPACED = new Set(['TalosNode', 'EnvironmentVM', 'EnvironmentDownloadFile']);

describe('names', () => {
  it.each(Object.entries(shapes))('are unique and fit what the provider makes of them: %s', (_, cluster) => {
    for (const style of [cluster, managed(cluster)]) {
      const documents = everyDocument(style);
      // A template's image may also be an image of nodes: the same object in two phases.
      const texts = new Set(documents.map((document) => JSON.stringify(document)));
      const names = new Set(documents.map(({ kind, metadata }) => `${kind} ${metadata.name}`));
      expect(names.size).toBe(texts.size);
      for (const { kind, metadata } of documents.filter((document) => NAMESPACED.has(document.kind))) {
        expect([kind, metadata.name]).toEqual([kind, expect.stringMatching(TERRAFORM_LABEL)]);
        expect(metadata.namespace).toBe(cluster.crossplane.namespace);
        expect(metadata.labels?.['cluster']).toBe(cluster.name);
      }
    }
  });

  it('are Terraform labels whatever the words, and differ when the content does', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), (words, one, other) => {
        expect(contentName(words, [one])).toMatch(TERRAFORM_LABEL);
        if (one !== other) expect(contentName(words, [one])).not.toBe(contentName(words, [other]));
      }),
    );
  });
});

describe('images', () => {
  const upgraded = (cluster: VmCluster): VmCluster => ({
    ...cluster,
    proxmox: {
      ...cluster.proxmox,
      images: cluster.proxmox.images.map((image) => ({
        ...image,
        url: image.url.replace('v1.12.0', 'v1.13.0'),
        fileName: image.fileName.replace('v1.12.0', 'v1.13.0'),
      })),
    },
  });

  it('of another Talos version are other objects: the provider can change none of them in place', () => {
    const names = (cluster: VmCluster): string[] => phase(cluster, 'images').map(({ metadata }) => metadata.name);
    const before = names(sampleCluster());
    expect(before).toHaveLength(2);
    expect(names(upgraded(sampleCluster())).filter((name) => before.includes(name))).toEqual([]);
  });

  it('are downloaded for nodes or for templates, where each is needed', () => {
    const counts = Object.entries(shapes).map(([name, cluster]) => [
      name,
      phase(cluster, 'images').length,
      phase(cluster, 'templateImages').length,
      phase(cluster, 'templates').length,
    ]);
    expect(counts.filter(([name]) => ['sample', 'iso', 'full clone'].includes(String(name)))).toEqual([
      ['sample', 2, 0, 0],
      ['iso', 2, 0, 0],
      ['full clone', 0, 2, 2],
    ]);
  });
});
