import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { RenderedFile } from '../../../src/model/artifact.ts';
import type { VmCluster } from '../../../src/model/cluster.ts';
import { sampleCluster, sampleWith } from '../../support/cluster.ts';
import { renderedBy } from '../../support/rendering.ts';
import { crossplane } from '../../../src/targets/crossplane/index.ts';
import { managed, shapes } from '../../support/vm-shapes.ts';

const folders = (cluster: VmCluster): string[] =>
  [
    ...new Set(
      [...renderedBy(crossplane, cluster).keys()]
        .filter((path) => path.includes('/'))
        .map((path) => path.split('/')[0] ?? ''),
    ),
  ].sort();

function fileOf(files: ReadonlyMap<string, RenderedFile>, path: string): RenderedFile {
  const file = files.get(path);
  if (file === undefined) throw new Error(`${path} was not rendered`);
  return file;
}

/** As YAML 1.1 readers such as kubectl understand it: there `on` is a boolean. */
const read = (text: string): unknown[] =>
  parseAllDocuments(text, { version: '1.1' }).map((document) => document.toJS() as unknown);

describe('phases', () => {
  it('follow style and boot source', () => {
    const common = ['00-install', '10-packages', '20-config'];
    expect(folders(sampleCluster())).toEqual([...common, '30-api', '35-images', '40-nodes']);
    expect(folders(managed(sampleCluster()))).toEqual([...common, '35-images', '40-nodes']);
    expect(folders(shapes['full clone'] as VmCluster)).toEqual([...common, '30-api', '36-templates', '40-nodes']);
  });

  it.each(Object.entries(shapes))('have kustomizations that list every manifest and no secret: %s', (_, cluster) => {
    for (const style of [cluster, managed(cluster)]) {
      const files = renderedBy(crossplane, style);
      for (const folder of folders(style).filter((name) => name !== '00-install')) {
        const [kustomization] = read(fileOf(files, `${folder}/kustomization.yaml`).content) as [
          { resources: string[] },
        ];
        const others = [...files.keys()]
          .filter((path) => path.startsWith(`${folder}/`) && !/kustomization|secret/.test(path))
          .map((path) => path.slice(folder.length + 1));
        expect(kustomization.resources).toEqual(others.sort());
      }
    }
  });

  it.each(Object.entries(shapes))('read back as the documents they were made from, in YAML 1.1: %s', (_, cluster) => {
    for (const { path, content, documents, format } of renderedBy(crossplane, cluster).values()) {
      if (format === 'yaml' && documents !== null) expect([path, read(content)]).toEqual([path, documents]);
    }
  });

  const haveKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

  it.skipIf(!haveKubectl)('build with kubectl', () => {
    const folder = mkdtempSync(join(tmpdir(), 'talmox-'));
    try {
      for (const [path, { content }] of renderedBy(crossplane, sampleCluster())) {
        if (path.startsWith('40-nodes/')) writeFileSync(join(folder, path.slice('40-nodes/'.length)), content);
      }
      const built = execFileSync('kubectl', ['kustomize', folder], { encoding: 'utf8' });
      expect(read(built)).toHaveLength(sampleCluster().nodes.length);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('push-credentials.sh', () => {
  const TOKEN = 'automation@pve!talmox=12345678-1234-1234-1234-123456789abc';
  let folder = '';

  /** Stands in for kubectl: notes its arguments and its input. */
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'talmox-'));
    writeFileSync(
      join(folder, 'kubectl'),
      '#!/bin/sh\nprintf "%s\\n" "$@" >"${0%/*}/arguments"\ncat >"${0%/*}/input"\n',
    );
    chmodSync(join(folder, 'kubectl'), 0o755);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function push(cluster: VmCluster, token: string): { status: number | null; stderr: string } {
    const script = join(folder, 'push-credentials.sh');
    for (const name of ['arguments', 'input']) rmSync(join(folder, name), { force: true });
    const { content, mode } = fileOf(renderedBy(crossplane, cluster), 'push-credentials.sh');
    expect(mode).toBe(0o755);
    writeFileSync(script, content);
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, PROXMOX_VE_API_TOKEN: token };
    return spawnSync('sh', [script], { env, encoding: 'utf8' });
  }

  it("hands the token over on kubectl's standard input and nowhere else", () => {
    const cluster = sampleWith({ crossplane: { ...sampleCluster().crossplane, context: "it's $(mine)" } });
    expect(push(cluster, TOKEN)).toMatchObject({ status: 0, stderr: '' });
    const given = readFileSync(join(folder, 'arguments'), 'utf8').split('\n');
    expect(given).toEqual([
      '--context',
      "it's $(mine)",
      'apply',
      '--server-side',
      '--field-manager=talmox',
      '--filename',
      '-',
      '',
    ]);
    const secret = JSON.parse(readFileSync(join(folder, 'input'), 'utf8')) as { stringData: { credentials: string } };
    expect(JSON.parse(secret.stringData.credentials)).toMatchObject({ api_token: TOKEN, insecure: 'false' });
  });

  it.each([
    ['', 'set PROXMOX_VE_API_TOKEN'],
    ['12345678-1234', 'not of the form'],
    ['user@pve!id=a"b', 'holds a quote'],
    ['user@pve!id=a\\b', 'holds a quote'],
    ['user@pve!id=a\nb', 'holds a quote'],
  ])('refuses the token %j before kubectl runs', (token, message) => {
    const { status, stderr } = push(sampleCluster(), token);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    if (token !== '') expect(stderr).not.toContain(token);
    expect(existsSync(join(folder, 'arguments'))).toBe(false);
  });
});
