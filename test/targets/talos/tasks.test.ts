import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { sopsConfig } from '../../../src/targets/talos/sops-config.ts';
import { talconfig, talhelperDocuments } from '../../../src/targets/talos/talconfig.ts';
import { taskView } from '../../../src/targets/talos/task-view.ts';
import { talosTasks } from '../../../src/targets/talos/tasks.ts';
import { topfConfig } from '../../../src/targets/talos/topf.ts';
import type { Cluster } from '../../../src/model/cluster.ts';
import { generateTexts } from '../../support/pipeline.ts';
import { FIXTURES } from '../../support/validation.ts';
import { sampleCluster, sampleMetalCluster } from '../../support/cluster.ts';

const withTool = <C extends Cluster>(cluster: C, tool: Cluster['talos']['tool']): C => ({
  ...cluster,
  talos: { ...cluster.talos, tool },
});
const read = (name: string, file: string): string => readFileSync(join(FIXTURES, 'valid', name, file), 'utf8');

/** What is rendered for a fixture with these Talos settings. */
function rendered(name: string, talos: string): { path: string; content: string }[] {
  const cluster = read(name, 'cluster.yaml').replace(/^talos:[^]*$/m, '');
  return [...generateTexts(`${cluster}\ntalos: ${talos}\n`, read(name, 'nodes.yaml')).files];
}

describe.each(readdirSync(join(FIXTURES, 'valid')))('the scripts of %s', (name) => {
  const files = [...generateTexts(read(name, 'cluster.yaml'), read(name, 'nodes.yaml')).files];

  it('are shell that a POSIX sh reads', () => {
    const scripts = files.filter(({ path }) => /^talos\/.*\.sh$/.test(path));
    expect(scripts.length).toBeGreaterThan(10);
    for (const { path, content } of scripts) {
      const { status, stderr } = spawnSync('sh', ['-n'], { input: content, encoding: 'utf8' });
      expect(status, `${path}: ${stderr}`).toBe(0);
    }
  });
});

describe('what another tool reads', () => {
  const artifacts = (tool: string): string[] =>
    rendered('minimal', `{ tool: ${tool} }`)
      .map(({ path }) => path)
      .filter((path) => /^talos\/(?:talconfig|talhelper\/|topf)/.test(path));

  it('is rendered for that tool alone', () => {
    expect(artifacts('talosctl')).toEqual([]);
    expect(artifacts('talhelper').every((path) => path.startsWith('talos/tal'))).toBe(true);
    expect(artifacts('talhelper')).toContain('talos/talconfig.yaml');
    expect(artifacts('topf').every((path) => path.startsWith('talos/topf'))).toBe(true);
    expect(artifacts('topf')).toContain('talos/topf.yaml');
  });

  it('names an installer image whose version talhelper adds itself', () => {
    const [node] = (talconfig(sampleCluster()) as { nodes: { talosImageURL: string }[] }).nodes;
    expect(`${node?.talosImageURL ?? ''}:v${sampleCluster().talos.version.text}`).toBe(
      sampleCluster().nodes[0]?.installerImage,
    );
  });

  it('survives the variables and templates that talhelper puts into patch files', () => {
    expect(talhelperDocuments([{ $patch: 'delete', name: ['a $HOME', '{{ x }}'] }])).toEqual([
      { $$patch: 'delete', name: ['a $$HOME', '{{`{{`}} x }}'] },
    ]);
  });

  it('says topf which platform a node is', () => {
    const platforms = (cluster: Cluster): unknown[] =>
      (topfConfig(cluster) as { nodes: { platform: string }[] }).nodes.map(({ platform }) => platform);
    expect(new Set(platforms(sampleCluster()))).toEqual(new Set(['nocloud']));
    expect(new Set(platforms(sampleMetalCluster()))).toEqual(new Set(['metal']));
  });
});

describe('secrets', () => {
  it('have a creation rule exactly when recipients are given', () => {
    const recipient = 'age18y2wyhtnf3d0y08524ydu03sszukc7glcw5gn7g7khlvrhl0zy3qxv34rq';
    const file = rendered('minimal', `{ age_recipients: [${recipient}] }`).find(
      ({ path }) => path === 'talos/.sops.yaml',
    );
    const { creation_rules: rules } = parse(file?.content ?? '') as {
      creation_rules: { path_regex: string; age: string }[];
    };
    expect(rules).toHaveLength(1);
    expect('secrets.sops.yaml').toMatch(new RegExp(rules[0]?.path_regex ?? '^$'));
    expect(rules[0]?.age).toBe(recipient);
    expect(rendered('minimal', '{ cni: none }').map(({ path }) => path)).not.toContain('talos/.sops.yaml');
  });

  it('lie in the file that the tool looks for', () => {
    const rule = (tool: Cluster['talos']['tool']): string =>
      JSON.stringify(sopsConfig(withTool(sampleCluster(), tool)));
    expect(rule('talhelper')).toContain('talsecret');
    expect(rule('topf')).toContain('^secrets');
  });
});

describe('a machine configuration', () => {
  it('is validated as what installs itself, or as what is installed', () => {
    const modes = (cluster: Cluster): Record<string, string> =>
      Object.fromEntries(taskView(cluster).nodes.map(({ name, mode }) => [name, mode]));
    const cluster = sampleCluster();
    for (const { name, vm } of cluster.nodes)
      expect(modes(cluster)[name], name).toBe(vm.boot.source === 'iso' ? 'metal' : 'cloud');
    expect(new Set(Object.values(modes(sampleMetalCluster())))).toEqual(new Set(['metal']));
  });
});

describe('tasks', () => {
  it('need the programs that their scripts start', () => {
    const programs = (tool: Cluster['talos']['tool'], name: string): string[] =>
      (talosTasks(withTool(sampleCluster(), tool)).find((task) => task.name === name)?.programs ?? []).map(
        (program) => program.name,
      );
    expect(programs('talosctl', 'config')).toEqual(['talosctl', 'sops']);
    expect(programs('talhelper', 'config')).toEqual(['talosctl', 'sops', 'talhelper']);
    expect(programs('talhelper', 'secrets')).toEqual(['talhelper', 'sops']);
    expect(programs('topf', 'secrets')).toEqual(['talosctl', 'sops']);
    expect(programs('topf', 'up')).toEqual(['talosctl', 'sops', 'topf']);
  });
});
