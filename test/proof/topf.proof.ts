/**
 * topf itself cannot be built here: the Go module proxy has neither its module nor Talos' main one. This does what topf
 * does with what is rendered for it, on Talos' own library: patches by folder (`all`, role, `node/<host>`) in the order of
 * their names, merged while the configuration is generated, the installer image before them. The result is valid, and says
 * what the patches for talosctl say. Source: postfinance/topf pkg/config and internal/topf/nodes.go at 0.5.0-rc.1.
 */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { hasKubeDocuments, minorText } from '../../src/model/version.ts';
import { patchFiles } from '../../src/targets/talos/patch-files.ts';
import { meaningOf } from '../support/talos-meaning.ts';
import { CASES, clusterOf, need, renderedTree, run, treeForTool } from './support.ts';
import { goTool } from './tools/go.ts';

const offline = {
  '1.12': goTool('talos-1.12', { program: 'talosctl-offline' }),
  '1.13': goTool('talos-1.13', { program: 'talosctl-offline' }),
} as const;

interface TopfNode {
  readonly host: string;
  readonly ip: string;
  readonly role: 'control-plane' | 'worker';
  readonly schematicId: string;
  readonly platform: string;
  readonly secureboot?: boolean;
}

interface TopfConfig {
  readonly clusterName: string;
  readonly clusterEndpoint: string;
  readonly kubernetesVersion: string;
  readonly talosVersion: string;
  readonly factory: string;
  readonly patchesDir: string;
  readonly secretsPath: string;
  readonly nodes: readonly TopfNode[];
}

/** Fields of its Go structs. */
const CLUSTER_FIELDS = new Set(
  'clusterName clusterEndpoint kubernetesVersion talosVersion schematicId factory platform secureboot secretsProvider nodesProvider patchesDir secretsPath nodes data'.split(
    ' ',
  ),
);
const NODE_FIELDS = new Set('host ip role data talosVersion schematicId factory platform secureboot'.split(' '));

function installerOf(config: TopfConfig, node: TopfNode): string {
  const name = `${node.platform}-installer${node.secureboot === true ? '-secureboot' : ''}`;
  return `${config.factory}/${name}/${node.schematicId}:v${config.talosVersion}`;
}

function patchesFor(config: TopfConfig, { role, host }: TopfNode): string[] {
  return ['all', role, `node/${host}`]
    .map((folder) => join(config.patchesDir, folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .sort()
        .map((file) => join(folder, file)),
    );
}

describe.each(CASES.filter((name) => !hasKubeDocuments(clusterOf(name).talos.version)))('%s', (name) => {
  it('topf has what makes the same machine configurations', ({ skip }) => {
    const cluster = clusterOf(name);
    const minor = minorText(cluster.talos.version) as keyof typeof offline;
    const program = need(offline[minor], skip);
    const talos = join(treeForTool('topf', name), 'talos');
    const plain = join(renderedTree(name), 'talos');
    const config = parse(readFileSync(join(talos, 'topf.yaml'), 'utf8')) as TopfConfig;
    expect(Object.keys(config).filter((key) => !CLUSTER_FIELDS.has(key))).toEqual([]);
    expect(config.secretsPath).toBe('secrets.sops.yaml');
    const call = (cwd: string, ...args: string[]): void => {
      const outcome = run(program, args, { cwd });
      expect(outcome.exitCode, outcome.said).toBe(0);
    };
    const generate = (cwd: string, role: string, output: string, ...rest: string[]): void => {
      const versions = ['--talos-version', `v${minor}`, '--kubernetes-version', config.kubernetesVersion];
      call(
        cwd,
        'gen',
        'config',
        config.clusterName,
        config.clusterEndpoint,
        '--with-secrets',
        join(plain, 'clear.yaml'),
        ...versions,
        '--output-types',
        role,
        '--output',
        output,
        ...rest,
      );
    };
    call(plain, 'gen', 'secrets', '--talos-version', `v${minor}`, '--output-file', 'clear.yaml');
    for (const node of config.nodes) {
      expect(Object.keys(node).filter((key) => !NODE_FIELDS.has(key))).toEqual([]);
      const model = cluster.nodes.find((one) => one.name === node.host);
      if (model === undefined) throw new Error(`no node ${node.host}`);
      expect(node.ip).toBe(model.address);
      expect(installerOf(config, node)).toBe(model.installerImage);
      writeFileSync(
        join(talos, 'install.yaml'),
        stringify({ machine: { install: { image: installerOf(config, node) } } }),
      );
      const patches = ['install.yaml', ...patchesFor({ ...config, patchesDir: join(talos, config.patchesDir) }, node)];
      generate(
        talos,
        model.role,
        `made-${node.host}.yaml`,
        ...patches.flatMap((file) => ['--config-patch', `@${file}`]),
      );
      const made = join(talos, `made-${node.host}.yaml`);
      for (const mode of ['cloud', 'metal']) call(talos, 'validate', '--config', made, '--mode', mode, '--strict');
      generate(plain, model.role, `base-${node.host}.yaml`);
      call(
        plain,
        'machineconfig',
        'patch',
        `base-${node.host}.yaml`,
        ...patchFiles(cluster, model).flatMap((file) => ['--patch', `@${file}`]),
        '--output',
        'own.yaml',
      );
      expect(meaningOf(readFileSync(made, 'utf8')), node.host).toEqual(
        meaningOf(readFileSync(join(plain, 'own.yaml'), 'utf8')),
      );
    }
  });
});
