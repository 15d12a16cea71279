/** Every document that is rendered is one of its release, whatever the cluster looks like. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
// @ts-expect-error A maintenance script: JavaScript without declarations.
import * as distiller from '../../../src/build/distil-talos-schema.mjs';
import type { Cluster } from '../../../src/model/cluster.ts';
import { TALOS_MINORS } from '../../../src/model/compatibility.ts';
import { minorText } from '../../../src/model/version.ts';
import { allNodes, ofRole } from '../../../src/targets/talos/cluster-patches.ts';
import type { Document } from '../../../src/targets/talos/document.ts';
import { nodePatch } from '../../../src/targets/talos/node-patch.ts';
import { namedDocuments, repeatable, type Patch } from '../../../src/targets/talos/repeatable.ts';
import { generateFixture } from '../../support/pipeline.ts';
import { FIXTURES, ROOT, validateFixture, validateTexts } from '../../support/validation.ts';
import { talosMatrix, talosMatrixOfDocuments, type MatrixCase } from '../../support/talos-matrix.ts';
import { checkOf, FACTS, hasSchemas, schemaFile, type Check } from './schemas.ts';

function clusterOf({ name, clusterText, nodesText }: MatrixCase): Cluster {
  const { cluster, issues } = validateTexts(clusterText, nodesText);
  if (cluster === null) throw new Error(`${name}: ${JSON.stringify(issues)}`);
  return cluster;
}

const CLUSTERS = talosMatrixOfDocuments().map((one) => ({ ...one, cluster: clusterOf(one) }));

/** What stands in the patch files of a cluster. */
function patchesOf(cluster: Cluster): Patch[] {
  return [
    repeatable(allNodes(cluster)),
    ...(['controlplane', 'worker'] as const).map((role) => repeatable(ofRole(cluster, role))),
    ...cluster.nodes.map((node) => repeatable(nodePatch(cluster, node))),
  ];
}

/** A document that only names or deletes is a fragment: what it requires comes with what follows it. */
const named =
  (check: Check): Check =>
  (document) =>
    check(document).filter((fault) => !fault.includes('required property'));

function faults(minor: string, check: Check): string[] {
  return CLUSTERS.filter((one) => one.minor === minor).flatMap(({ name, cluster }) => [
    ...patchesOf(cluster)
      .flatMap(({ documents }) => documents)
      .flatMap((document) => check(document).map((fault) => `${name}: ${JSON.stringify(document)}: ${fault}`)),
    ...[
      ...patchesOf(cluster).flatMap(({ deletions }) => deletions),
      ...cluster.nodes.flatMap((node) => namedDocuments(cluster, node)),
    ].flatMap((document) => named(check)(document).map((fault) => `${name}: ${JSON.stringify(document)}: ${fault}`)),
  ]);
}

describe.each(TALOS_MINORS)('Talos %s', (minor) => {
  it('knows every document, by the distilled facts', () => {
    expect(faults(minor, checkOf(minor, 'facts'))).toEqual([]);
  });

  it.skipIf(!hasSchemas)('knows every document, by its own schema', () => {
    expect(faults(minor, checkOf(minor, 'schemas'))).toEqual([]);
  });

  it('is told apart: what the next release drops or brings is a fault in this one', () => {
    const check = checkOf(minor, 'facts');
    expect(check({ machine: { sysctls: { a: '1' } } }).length > 0).toBe(minor === '1.14');
    expect(check({ apiVersion: 'v1alpha1', kind: 'SysctlConfig', params: {} }).length > 0).toBe(minor !== '1.14');
    expect(check({ machine: { network: { hostname: 'a' } } })).not.toEqual([]);
    expect(check({ machine: { sysctls: { a: 1 } } })).not.toEqual([]);
  });
});

it('the distilled facts are those of the schemas', ({ skip }) => {
  if (!hasSchemas) skip('the schemas are not here');
  const schemas = Object.fromEntries(
    FACTS.releases.map((release) => [release, JSON.parse(readFileSync(schemaFile(release), 'utf8')) as unknown]),
  );
  expect(distiller.print(distiller.distil(schemas))).toBe(
    readFileSync(join(ROOT, 'test/facts/talos-documents.json'), 'utf8'),
  );
});

it.each(readdirSync(join(FIXTURES, 'valid')))(
  '%s: every document of the rendered files is one of its release',
  (name) => {
    const folder = join(FIXTURES, 'valid', name);
    const check = checkOf(
      minorText(validateFixture(folder).cluster?.talos.version ?? { major: 0, minor: 0, patch: 0, text: '' }),
      'facts',
    );
    const files = generateFixture(folder).files.filter(({ path }) => /^talos\/(?:patches|nodes)\//.test(path));
    expect(files.length).toBeGreaterThan(2);
    for (const { path, content } of files) {
      for (const document of parseAllDocuments(content)) expect(check(document.toJS() as Document), path).toEqual([]);
    }
  },
);

describe('no list grows', () => {
  const REPLACED_BY_TALOS = ['podSubnets', 'serviceSubnets'];

  /** Paths of the lists in a value. */
  function lists(value: unknown, path: readonly string[] = []): (readonly string[])[] {
    if (Array.isArray(value)) return REPLACED_BY_TALOS.includes(path.at(-1) ?? '') ? [] : [path];
    return typeof value !== 'object' || value === null
      ? []
      : Object.entries(value).flatMap(([key, inner]) => lists(inner, [...path, key]));
  }

  const isDeleted = (value: unknown, path: readonly string[]): boolean => {
    if (typeof value !== 'object' || value === null) return false;
    if ((value as Document)['$patch'] === 'delete') return true;
    const [key, ...rest] = path;
    return key !== undefined && isDeleted((value as Document)[key], rest);
  };

  it.each(TALOS_MINORS)('Talos %s: every list is deleted before it is set', (minor) => {
    for (const { name, cluster } of CLUSTERS.filter((one) => one.minor === minor)) {
      for (const documents of [
        allNodes(cluster),
        ofRole(cluster, 'controlplane'),
        ...cluster.nodes.map((node) => nodePatch(cluster, node)),
      ]) {
        const { deletions, documents: set } = repeatable(documents);
        const same = (one: Document, other: Document): boolean =>
          one['kind'] === other['kind'] && one['name'] === other['name'];
        for (const one of set) {
          for (const path of lists(one)) {
            expect(
              deletions.filter((other) => same(one, other)).some((other) => isDeleted(other, path)),
              `${name}: ${JSON.stringify(one)}`,
            ).toBe(true);
          }
        }
      }
    }
  });

  it.each(['1.12', '1.13'])('Talos %s: every document that is deleted is named before', (minor) => {
    for (const { name, cluster } of CLUSTERS.filter((one) => one.minor === minor)) {
      for (const node of cluster.nodes) {
        const key = ({ kind, name: own }: Document): string => `${String(kind)}/${String(own)}`;
        const names = new Set(namedDocuments(cluster, node).map(key));
        const deleted = [allNodes(cluster), ofRole(cluster, node.role), nodePatch(cluster, node)].flatMap(
          (documents) => repeatable(documents).deletions,
        );
        expect(
          deleted.filter((one) => one['kind'] !== undefined && !names.has(key(one))),
          name,
        ).toEqual([]);
      }
    }
  });
});

it.each(TALOS_MINORS)('Talos %s: the method of NoCloud and the boot source change no document', (minor) => {
  const variants = talosMatrix().filter(
    (one) => one.minor === minor && one.shape === 'vlan by Proxmox' && one.settings === 'all',
  );
  const documents = new Set(variants.map((one) => JSON.stringify(patchesOf(clusterOf(one)))));
  expect([variants.length, documents.size]).toEqual([9, 1]);
});

it('the virtual IP is announced by control planes alone, on the link that has the address of the node', () => {
  for (const { name, cluster } of CLUSTERS) {
    for (const node of cluster.nodes) {
      const documents = nodePatch(cluster, node);
      const carriers = documents
        .filter(({ addresses }) => JSON.stringify(addresses ?? null).includes(`"${node.address}/`))
        .map((one) => one['name']);
      const announced = documents
        .filter(({ kind }) => kind === 'Layer2VIPConfig')
        .map((one) => [one['name'], one['link']]);
      expect(carriers, name).toHaveLength(1);
      expect(announced, `${name}: ${node.name}`).toEqual(
        node.role === 'controlplane' ? [[cluster.endpoint.vip, carriers[0]]] : [],
      );
    }
  }
});
