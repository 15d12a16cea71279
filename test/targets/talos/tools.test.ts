/** What the tools and scripts of Talos are told: images, configurations of other tools, tasks, the view of the scripts. */

import { describe, expect, it } from 'vitest';
import type { Cluster, VmCluster } from '../../../src/model/cluster.ts';
import type { RuleContext } from '../../../src/model/rule.ts';
import { imageList } from '../../../src/targets/talos/images.ts';
import { talos } from '../../../src/targets/talos/index.ts';
import { talosRules } from '../../../src/targets/talos/rules.ts';
import { sopsConfig } from '../../../src/targets/talos/sops-config.ts';
import { talconfig } from '../../../src/targets/talos/talconfig.ts';
import { taskView } from '../../../src/targets/talos/task-view.ts';
import { talosTasks } from '../../../src/targets/talos/tasks.ts';
import { configTool, secretsTool } from '../../../src/targets/talos/tools.ts';
import { topfConfig } from '../../../src/targets/talos/topf.ts';
import { sampleCluster, sampleMetalCluster } from '../../support/cluster.ts';
import { commandsOf, taskOf } from '../../support/tasks.ts';
import { shapes } from '../../support/vm-shapes.ts';
import { fullTalos } from './full-cluster.ts';

const sample = sampleCluster();
const SCHEMATIC = sample.talos.schematic.id;
const withTalos = <C extends Cluster>(cluster: C, changes: Partial<Cluster['talos']>): C => ({
  ...cluster,
  talos: { ...cluster.talos, ...changes },
});

describe('images', () => {
  const base = `https://factory.talos.dev/image/${SCHEMATIC}/v1.12.0`;

  it('are one for all nodes that boot the same', () => {
    expect(imageList(sample)).toEqual([
      {
        schematic: SCHEMATIC,
        secureBoot: false,
        disk: `${base}/nocloud-amd64.qcow2`,
        iso: `${base}/nocloud-amd64.iso`,
        installer: sample.nodes[0]?.installerImage,
        nodes: ['cp-1', 'cp-2', 'cp-3', 'w-1'],
      },
    ]);
  });

  it('are one more for Secure Boot, and one more for another schematic', () => {
    const nodes = sample.nodes.map((node, index) => ({
      ...node,
      secureBoot: index === 1,
      schematicId: index === 2 ? 'other' : node.schematicId,
    }));
    expect(imageList({ ...sample, nodes }).map(({ iso, nodes: names }) => [iso, names])).toEqual([
      [`${base}/nocloud-amd64.iso`, ['cp-1', 'w-1']],
      [`${base}/nocloud-amd64-secureboot.iso`, ['cp-2']],
      ['https://factory.talos.dev/image/other/v1.12.0/nocloud-amd64.iso', ['cp-3']],
    ]);
  });

  it('of machines are raw, and of single-board computers for their processor', () => {
    const metal = sampleMetalCluster();
    const overlay = { name: 'rpi_generic', image: 'siderolabs/sbc-raspberrypi', options: {} };
    expect(imageList(metal)[0]?.['disk']).toBe(`${base}/metal-amd64.raw.zst`);
    const board = withTalos(metal, { image: { ...metal.talos.image, overlay } });
    expect(imageList(board)[0]?.['disk']).toBe(`${base}/metal-arm64.raw.zst`);
    const nodes = board.nodes.map((node) => ({ ...node, schematicId: 'other' }));
    expect(imageList({ ...board, nodes })[0]?.['disk']).toContain('metal-amd64');
  });
});

describe('talhelper', () => {
  it('is told the cluster, and every node with its patches in order', () => {
    const { nodes, ...rest } = talconfig(fullTalos(13)) as { nodes: Record<string, unknown>[] };
    expect(rest).toEqual({
      clusterName: 'home',
      talosVersion: 'v1.13.0',
      kubernetesVersion: 'v1.35.0',
      endpoint: 'https://10.10.10.5:6443',
      clusterPodNets: ['10.42.0.0/16'],
      clusterSvcNets: ['10.43.0.0/16'],
    });
    expect(nodes[0]).toEqual({
      hostname: 'w-1',
      ipAddress: '10.10.10.21',
      controlPlane: false,
      installDisk: '/dev/sda',
      ignoreHostname: true,
      talosImageURL: `factory.talos.dev/nocloud-installer/${SCHEMATIC}`,
      machineSpec: { mode: 'nocloud', secureboot: false, bootMethod: 'disk-image' },
      filenameTmpl: '{{.Hostname}}.yaml',
      patches: ['@./talhelper/all.yaml', '@./talhelper/worker.yaml', '@./talhelper/nodes/w-1.yaml'],
    });
    expect(nodes[1]).toMatchObject({ hostname: 'cp-1', controlPlane: true });
  });

  it('is told how a node is installed', () => {
    const first = (cluster: Cluster): unknown => (talconfig(cluster) as { nodes: unknown[] }).nodes[0];
    expect(first(shapes['iso'] ?? sample)).toMatchObject({ machineSpec: { mode: 'nocloud', bootMethod: 'iso' } });
    expect(first(sampleMetalCluster())).toMatchObject({ machineSpec: { mode: 'metal', bootMethod: 'iso' } });
    const nodes = sample.nodes.map((node) => ({
      ...node,
      secureBoot: true,
      installDisk: { kind: 'serial' as const, serial: 'S1' },
    }));
    expect(first({ ...sample, nodes })).toMatchObject({
      installDiskSelector: { serial: 'S1' },
      machineSpec: { secureboot: true },
    });
    expect(first({ ...sample, nodes })).not.toHaveProperty('installDisk');
  });
});

describe('topf', () => {
  it('is told the cluster and every node', () => {
    const { nodes, ...rest } = topfConfig(fullTalos(13)) as { nodes: unknown[] };
    expect(rest).toEqual({
      clusterName: 'home',
      clusterEndpoint: 'https://10.10.10.5:6443',
      kubernetesVersion: '1.35.0',
      talosVersion: '1.13.0',
      factory: 'factory.talos.dev',
      patchesDir: 'topf',
      secretsPath: 'secrets.sops.yaml',
    });
    expect(nodes.slice(0, 2)).toEqual([
      { host: 'w-1', ip: '10.10.10.21', role: 'worker', schematicId: SCHEMATIC, platform: 'nocloud' },
      { host: 'cp-1', ip: '10.10.10.11', role: 'control-plane', schematicId: SCHEMATIC, platform: 'nocloud' },
    ]);
    const nodesOf = sample.nodes.map((node) => ({ ...node, secureBoot: true }));
    expect((topfConfig({ ...sample, nodes: nodesOf }) as { nodes: unknown[] }).nodes[0]).toMatchObject({
      secureboot: true,
    });
  });
});

describe('sops', () => {
  it('encrypts the secrets for every recipient, and nothing else', () => {
    const rules = (tool: Cluster['talos']['tool']): unknown =>
      sopsConfig(withTalos(sample, { tool, ageRecipients: ['age1a', 'age1b'] }));
    expect(rules('talosctl')).toEqual({
      creation_rules: [{ path_regex: '^secrets\\.sops\\.yaml$', age: 'age1a,age1b' }],
    });
    expect(rules('talhelper')).toMatchObject({ creation_rules: [{ path_regex: '^talsecret\\.sops\\.yaml$' }] });
  });
});

describe('scripts', () => {
  it('know every node, who is first, and who goes last', () => {
    const { nodes, upgrade, ...rest } = taskView(fullTalos(13));
    expect(rest).toEqual({
      secretsFile: 'secrets.sops.yaml',
      contract: 'v1.13',
      controlPlanes: 'cp-1 cp-2 cp-3',
      workers: 'w-1',
      resetOrder: 'w-1 cp-3 cp-2 cp-1',
      firstControlPlane: 'cp-1',
      controlPlaneAddresses: ['10.10.10.11', '10.10.10.12', '10.10.10.13'],
      controlPlaneAddressList: '10.10.10.11,10.10.10.12,10.10.10.13',
      workerAddressList: '10.10.10.21',
      sources: [
        ...['documents/w-1.yaml', 'patches/all.yaml', 'patches/worker.yaml', 'nodes/w-1.yaml'],
        ...['documents/cp-1.yaml', 'patches/controlplane.yaml', 'nodes/cp-1.yaml'],
        ...['documents/cp-2.yaml', 'nodes/cp-2.yaml', 'documents/cp-3.yaml', 'nodes/cp-3.yaml'],
      ],
    });
    expect(nodes[0]).toEqual({
      name: 'w-1',
      role: 'worker',
      address: '10.10.10.21',
      installer: sample.nodes[0]?.installerImage,
      schematic: SCHEMATIC,
      mode: 'cloud',
      patches: ['@documents/w-1.yaml', '@patches/all.yaml', '@patches/worker.yaml', '@nodes/w-1.yaml'],
    });
    expect(upgrade).toMatchObject({
      target: '1.13.0',
      targetMinor: 13,
      oldestSourceMinor: 11,
      kubernetesFirst: '1.31',
      kubernetesLast: '1.36',
      kubernetes: '1.35.0',
      kubernetesMinor: 35,
    });
    expect(upgrade.matrix).toContainEqual({ talos: '1.14', first: '1.32', last: '1.37' });
  });

  it('read no file of names from 1.14 on', () => {
    expect(taskView(fullTalos(14)).nodes[0]?.patches).toEqual([
      '@patches/all.yaml',
      '@patches/worker.yaml',
      '@nodes/w-1.yaml',
    ]);
  });

  it('know the files of the tool that makes the configurations', () => {
    const sources = (tool: Cluster['talos']['tool']): readonly string[] =>
      taskView(withTalos({ ...sample, nodes: sample.nodes.slice(2) }, { tool })).sources;
    expect(sources('talhelper')).toEqual([
      'talconfig.yaml',
      ...['all', 'controlplane', 'nodes/cp-3', 'worker', 'nodes/w-1'].map((name) => `talhelper/${name}.yaml`),
    ]);
    expect(sources('topf')).toEqual([
      'topf.yaml',
      ...[
        'all/10-all',
        'control-plane/10-controlplane',
        'worker/10-worker',
        'node/cp-3/10-node',
        'node/w-1/10-node',
      ].map((name) => `topf/${name}.yaml`),
    ]);
  });

  it('install where an ISO or a machine boots', () => {
    expect(taskView(shapes['iso'] ?? sample).nodes.map(({ mode }) => mode)).toContain('metal');
  });
});

describe('tasks', () => {
  const tasks = talosTasks(sample);
  const scripts = (name: string): string[] => commandsOf(tasks, name);

  it('run one script each, and `up` all of the first ones in order', () => {
    expect(scripts('up')).toEqual([
      'sh secrets.sh --keep',
      'sh config.sh',
      'sh verify-nodes.sh',
      'sh apply.sh',
      'sh bootstrap.sh',
      'sh kubeconfig.sh',
    ]);
    for (const name of ['secrets', 'config', 'diff', 'apply', 'bootstrap', 'kubeconfig', 'health', 'upgrade'])
      expect(scripts(name)).toEqual([`sh ${name}.sh`]);
    expect(scripts('upgrade-k8s')).toEqual(['sh upgrade-k8s.sh']);
    expect(scripts('reset')).toEqual(['sh reset.sh home']);
  });

  it('have their names, and take some nodes where that makes sense', () => {
    expect(tasks.map(({ name, aliases, parameter }) => [name, ...aliases, parameter ?? ''].join(' '))).toEqual([
      'up ',
      'secrets ',
      'config ',
      'verify-nodes wait ',
      'diff NODES',
      'apply NODES',
      'bootstrap ',
      'kubeconfig ',
      'health ',
      'upgrade NODES',
      'upgrade-k8s ',
      'reset NODES',
    ]);
  });

  it('ask before they delete data', () => {
    expect(tasks.filter(({ destructive }) => destructive).map(({ name }) => name)).toEqual(['reset']);
  });

  it('run beside their scripts, and set nothing', () => {
    for (const { cwd, env, exitCodes } of tasks.flatMap(({ commands }) => commands))
      expect({ cwd, env, exitCodes }).toEqual({ cwd: 'talos', env: {}, exitCodes: {} });
  });

  it('drive nodes with talosctl', () => {
    for (const name of ['diff', 'apply', 'bootstrap', 'kubeconfig', 'health', 'upgrade', 'upgrade-k8s', 'reset'])
      expect(taskOf(tasks, name).programs.map((program) => program.name)).toEqual(['talosctl']);
    expect(taskOf(tasks, 'up').programs.map((program) => program.name)).toEqual(['talosctl', 'sops']);
    expect(taskOf(tasks, 'secrets').programs.map((program) => program.name)).toEqual(['talosctl', 'sops']);
  });

  it('need a control plane', () => {
    const nodes = sample.nodes.filter(({ role }) => role === 'worker');
    expect(talosTasks({ ...sample, nodes })).toEqual([]);
    expect(taskView({ ...sample, nodes }).firstControlPlane).toBe('');
  });
});

describe('doctor', () => {
  it('asks the tools for their versions', () => {
    const all = [...talos.tools, secretsTool('talhelper'), configTool('topf')];
    expect(all.map(({ name, versionArgs, minimum }) => [name, ...versionArgs, minimum ?? 'any'].join(' '))).toEqual([
      'talosctl version --client --short 1.12.0',
      'sops --version --disable-version-check 3.10.0',
      'nc -h any',
      'talhelper --version 3.1.2',
      'topf --version 0.4.2',
    ]);
    for (const { purpose, install } of all) expect(purpose.length * install.length).toBeGreaterThan(0);
    expect([configTool('talosctl'), secretsTool('topf')].map(({ name }) => name)).toEqual(['talosctl', 'talosctl']);
  });
});

describe('a tool that does not know the documents of a release', () => {
  const found = (
    minor: number,
    tool: Cluster['talos']['tool'],
    refused: readonly string[] = [],
    written = true,
  ): unknown[] => {
    const context = {
      cluster: withTalos(fullTalos(minor), { tool }),
      clusterFile: written ? { talos: { tool } } : {},
      refused: new Set(refused),
    } as unknown as RuleContext;
    return talosRules.flatMap(({ check }) => check(context));
  };

  it('is refused', () => {
    for (const tool of ['talhelper', 'topf'] as const)
      expect(found(14, tool)).toEqual([
        {
          file: 'cluster.yaml',
          pointer: '/talos/tool',
          message: `${tool} does not know the documents of Talos 1.14.0; write talosctl`,
        },
      ]);
  });

  it('is no fault before that release, of another tool, or where what is written was refused', () => {
    expect(found(13, 'topf')).toEqual([]);
    expect(found(14, 'talosctl')).toEqual([]);
    expect(found(14, 'topf', ['talos'])).toEqual([]);
    expect(found(14, 'topf', [], false)).toEqual([]);
  });
});

describe('files', () => {
  const has = (path: string, cluster: VmCluster): boolean => talos.includes(path, cluster);

  it('are there for the tool that reads them', () => {
    for (const [path, tool] of [
      ['topf.yaml', 'topf'],
      ['topf/all/10-all.yaml', 'topf'],
      ['talconfig.yaml', 'talhelper'],
      ['talhelper/all.yaml', 'talhelper'],
    ] as const)
      for (const other of ['talosctl', 'talhelper', 'topf'] as const)
        expect(has(path, withTalos(sample, { tool: other })), `${path} ${other}`).toBe(tool === other);
  });

  it('are there for the release that reads them', () => {
    expect(has('documents/[node].yaml', fullTalos(13))).toBe(true);
    expect(has('documents/[node].yaml', fullTalos(14))).toBe(false);
  });

  it('are there where they hold something', () => {
    expect(has('.sops.yaml', sample)).toBe(false);
    expect(has('.sops.yaml', withTalos(sample, { ageRecipients: ['age1a'] }))).toBe(true);
    expect(has('schematic.yaml', sample)).toBe(true);
    const nodes = sample.nodes.map((node) => ({ ...node, schematicId: 'other' }));
    expect(has('schematic.yaml', { ...sample, nodes })).toBe(false);
    expect(has('patches/all.yaml', { ...sample, nodes })).toBe(true);
  });

  it('of talhelper hold no mark that it would fill in', () => {
    const spoken = withTalos(fullTalos(13), { tool: 'talhelper' });
    const { toolPatches } = talos.view(spoken) as unknown as { toolPatches: Record<string, unknown> };
    expect(JSON.stringify(toolPatches['controlPlanes'])).toContain('"$$patch":"delete"');
    expect(Object.keys(toolPatches)).toEqual(['all', 'controlPlanes', 'workers']);
    const { toolPatches: plain } = talos.view(withTalos(fullTalos(13), { tool: 'topf' })) as unknown as {
      toolPatches: Record<string, unknown>;
    };
    expect(JSON.stringify(plain['controlPlanes'])).toContain('"$patch":"delete"');
    expect(JSON.stringify(plain['workers'])).toContain('"type":"worker"');
    expect(talos.view(sample)).not.toHaveProperty('toolPatches');
  });

  it('of a node are its patch, and what it deletes by name', () => {
    const [node] = fullTalos(13).nodes;
    if (node === undefined) throw new Error('a cluster has nodes');
    const view = talos.nodeView(fullTalos(13), node) as unknown as {
      nodePatch: { documents: unknown[] };
      namedDocuments: unknown[];
      toolNode: unknown[];
    };
    expect(view.nodePatch.documents).toHaveLength(11);
    expect(view.namedDocuments).toHaveLength(14);
    expect(view.toolNode).toHaveLength(11);
  });

  it('of the cluster are its patches, its schematic and its images', () => {
    const view = talos.view(sample);
    expect(view['ownSchematic']).toBe(true);
    expect(view['images']).toEqual(imageList(sample));
    expect(view['sopsConfig']).toEqual(sopsConfig(sample));
    expect(view['tasks']).toEqual(taskView(sample));
    expect(JSON.stringify(view['schematic'])).toContain('siderolabs/qemu-guest-agent');
    for (const [key, mark] of [
      ['allNodes', 'ResolverConfig'],
      ['controlPlanes', '"type":"controlplane"'],
      ['workers', '"type":"worker"'],
    ] as const)
      expect(JSON.stringify(view[key])).toContain(mark);
  });
});
