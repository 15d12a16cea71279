import { describe, expect, it } from 'vitest';
import type { VmCluster } from '../../../src/model/cluster.ts';
import { VERBS, type Task } from '../../../src/model/task.ts';
import { crossplane } from '../../../src/targets/crossplane/index.ts';
import { sampleCluster, sampleWith } from '../../support/cluster.ts';
import { taskOf as namedTask } from '../../support/tasks.ts';
import { managed, shapes } from '../../support/vm-shapes.ts';

const taskOf = (cluster: VmCluster, name: string): Task => namedTask(crossplane.tasks(cluster), name);
const lines = (cluster: VmCluster, name: string): string[] =>
  taskOf(cluster, name).commands.map(({ argv }) => argv.join(' '));

const everyShape = Object.entries(shapes).flatMap(([name, cluster]): [string, VmCluster][] => [
  [name, cluster],
  [`${name}, managed`, managed(cluster)],
]);

const withContext = (context: string): VmCluster =>
  sampleWith({ crossplane: { ...sampleCluster().crossplane, context } });

describe('tasks', () => {
  it.each(everyShape)('name one task per verb, and only tools the target declares: %s', (_, cluster) => {
    const tasks = crossplane.tasks(cluster);
    expect(tasks.flatMap(({ verb }) => verb ?? []).sort()).toEqual([...VERBS].sort());
    const tools = new Set(crossplane.tools.map(({ name }) => name));
    expect(
      tasks.flatMap(({ commands }) => commands.map(({ argv }) => argv[0])).filter((name) => !tools.has(name)),
    ).toEqual([]);
    // The probe of the nodes belongs to no backend.
    const elsewhere = tasks.filter(({ commands }) => commands.some(({ cwd }) => cwd !== 'crossplane'));
    expect(elsewhere.map(({ name }) => name)).toEqual(['verify-nodes']);
  });

  it.each(everyShape)('apply only phases that are rendered: %s', (_, cluster) => {
    const used = crossplane
      .tasks(cluster)
      .flatMap(({ commands }) =>
        commands.flatMap(({ argv }) => argv.flatMap((word) => word.match(/\d\d-[a-z]+/g) ?? [])),
      );
    const rendered = (folder: string): boolean => crossplane.includes(`${folder}/kustomization.yaml`, cluster);
    expect([...new Set(used)].filter((folder) => !rendered(folder))).toEqual([]);
  });

  it('ask for a confirmation before anything is deleted', () => {
    const deleting = crossplane
      .tasks(sampleCluster())
      .filter(({ commands }) => commands.some(({ argv }) => argv.includes('delete')))
      .map(({ name, destructive }) => [name, destructive]);
    expect(deleting).toEqual([
      ['mgmt:down', true],
      ['destroy', true],
      ['uninstall', true],
    ]);
  });

  it('take no secret as an argument', () => {
    const push = taskOf(sampleCluster(), 'credentials:push');
    expect(push.requiredEnv).toEqual(['PROXMOX_VE_API_TOKEN']);
    expect(push.commands.map(({ argv }) => argv)).toEqual([['sh', 'push-credentials.sh']]);
  });

  it('read an exit code of 1 as changes in plan alone', () => {
    for (const { name, commands } of crossplane.tasks(sampleCluster())) {
      const changes = commands.map(({ exitCodes }) => exitCodes[1] === 'changes');
      expect([name, new Set(changes)]).toEqual([name, new Set([name === 'plan'])]);
    }
  });

  it('name the context in every call of the management cluster', () => {
    const calls = crossplane
      .tasks(withContext('admin@mgmt'))
      .flatMap(({ commands }) => commands.map(({ argv }) => argv));
    const remote = calls.filter((argv) => ['kubectl', 'helm'].includes(argv[0]) && argv[1] !== 'kustomize');
    expect(remote.length).toBeGreaterThan(20);
    expect(remote.filter((argv) => !/^--(kube-)?context$/.test(argv[1] ?? '') || argv[2] !== 'admin@mgmt')).toEqual([]);
  });

  it('make a kind cluster only where its context is the one used', () => {
    const names = (cluster: VmCluster): string[] => crossplane.tasks(cluster).map(({ name }) => name);
    expect(lines(sampleCluster(), 'mgmt:up')).toEqual(['kind create cluster --name mgmt --wait 120s']);
    expect(lines(withContext('kind-lab'), 'mgmt:down')).toEqual(['kind delete cluster --name lab']);
    expect(names(withContext('admin@mgmt'))).not.toContain('mgmt:up');
  });
});

describe('order', () => {
  it('of provision: access, API, images, nodes', () => {
    expect(lines(sampleCluster(), 'provision')).toEqual([
      'kubectl apply --server-side --field-manager=talmox --kustomize 20-config',
      'kubectl apply --server-side --field-manager=talmox --kustomize 30-api',
      'kubectl wait --for=condition=Established --timeout=2m compositeresourcedefinition.apiextensions.crossplane.io/talosnodes.talmox.internal',
      'kubectl apply --server-side --field-manager=talmox --kustomize 35-images',
      'kubectl --namespace home wait --for=condition=Ready --timeout=30m environmentdownloadfiles.virtualenvironmentdownloadfile.proxmoxbpg.m.crossplane.io --selector=cluster=home',
      'kubectl apply --server-side --field-manager=talmox --kustomize 40-nodes',
      'kubectl --namespace home wait --for=condition=Ready --timeout=30m talosnodes.talmox.internal --selector=cluster=home,role!=template',
    ]);
  });

  it('of destroy: nodes, what is left of their VMs, images; nothing that the deletion itself needs', () => {
    const resources = (cluster: VmCluster): (string | undefined)[] =>
      taskOf(cluster, 'destroy').commands.map(({ argv }) => argv[argv.indexOf('delete') + 1]?.split('.')[0]);
    expect(resources(sampleCluster())).toEqual(['talosnodes', 'environmentvms', 'environmentdownloadfiles']);
    expect(resources(managed(sampleCluster()))).toEqual(['environmentvms', 'environmentdownloadfiles']);
    for (const line of lines(sampleCluster(), 'destroy')) expect(line).toContain('--cascade=foreground --wait');
  });

  it('of uninstall: the credentials last', () => {
    const resources = taskOf(sampleCluster(), 'uninstall').commands.map(({ argv }) => argv[argv.indexOf('delete') + 1]);
    expect(resources).toEqual([
      'environmentvms.virtualenvironmentvm.proxmoxbpg.m.crossplane.io',
      'clusterproviderconfigs.proxmoxbpg.m.crossplane.io/home',
      'namespace/home',
      'secret/proxmox-home',
    ]);
  });

  it('of template:create, which exists only where nodes are cloned', () => {
    expect(() => taskOf(sampleCluster(), 'template:create')).toThrow();
    const created = lines(shapes['full clone'] as VmCluster, 'template:create').filter((line) =>
      line.includes('apply'),
    );
    expect(created.map((line) => line.split(' ').at(-1))).toEqual([
      '36-templates/images.yaml',
      '36-templates/templates.yaml',
    ]);
  });
});
