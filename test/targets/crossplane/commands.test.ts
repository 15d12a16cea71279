/** Every command of the target, word by word: what it does to a management cluster depends on each. */

import { describe, expect, it } from 'vitest';
import type { VmCluster } from '../../../src/model/cluster.ts';
import { crossplane } from '../../../src/targets/crossplane/index.ts';
import { sampleCluster, sampleWith } from '../../support/cluster.ts';
import { commandsOf, envNeededBy, taskOf } from '../../support/tasks.ts';
import { managed, shapes } from '../../support/vm-shapes.ts';

const sample = sampleCluster();
const cloned = shapes['full clone'] ?? sample;
const commands = (name: string, cluster: VmCluster = sample): string[] => commandsOf(crossplane.tasks(cluster), name);

const VM = 'environmentvms.virtualenvironmentvm.proxmoxbpg.m.crossplane.io';
const FILE = 'environmentdownloadfiles.virtualenvironmentdownloadfile.proxmoxbpg.m.crossplane.io';
const NODE = 'talosnodes.talmox.internal';
const APPLY = 'kubectl apply --server-side --field-manager=talmox';
const DIFF = 'kubectl diff --server-side --field-manager=talmox --kustomize';
const API = `kubectl wait --for=condition=Established --timeout=2m compositeresourcedefinition.apiextensions.crossplane.io/${NODE}`;
const INSTALL =
  'helm upgrade --install crossplane crossplane --repo https://charts.crossplane.io/stable --version 2.3.4 --namespace crossplane-system --create-namespace --values 00-install/values.yaml --wait --timeout 10m';
const DEFINITIONS = [VM, FILE]
  .map((resource) => `managedresourcedefinition.apiextensions.crossplane.io/${resource}`)
  .join(' ');
const PROVIDER = 'provider.pkg.crossplane.io/provider-proxmox-bpg';

const deletes = (resource: string, selector: string): string =>
  `kubectl --namespace home delete ${resource} --selector=${selector} --cascade=foreground --wait --timeout=30m`;

describe('a management cluster', () => {
  it('is a local one of kind', () => {
    expect(commands('mgmt:up')).toEqual(['kind create cluster --name mgmt --wait 120s']);
    expect(commands('mgmt:down')).toEqual(['kind delete cluster --name mgmt']);
  });

  it('gets Crossplane, the packages, and the API, each awaited', () => {
    expect(commands('init')).toEqual([
      INSTALL,
      `${APPLY} --kustomize 10-packages`,
      `kubectl wait --for=condition=Healthy --timeout=5m ${PROVIDER} function.pkg.crossplane.io/function-patch-and-transform`,
      `kubectl wait --for=condition=Established --timeout=3m ${DEFINITIONS}`,
      `${APPLY} --kustomize 20-config`,
      `${APPLY} --kustomize 30-api`,
      API,
    ]);
  });

  it('gets no API and no function in style managed', () => {
    expect(commands('init', managed(sample)).slice(1)).toEqual([
      `${APPLY} --kustomize 10-packages`,
      `kubectl wait --for=condition=Healthy --timeout=5m ${PROVIDER}`,
      `kubectl wait --for=condition=Established --timeout=3m ${DEFINITIONS}`,
      `${APPLY} --kustomize 20-config`,
    ]);
  });

  it('gets the token from a script', () => {
    expect(commands('credentials:push')).toEqual(['sh push-credentials.sh']);
  });

  it('is asked by its context, where it has one', () => {
    const given = sampleWith({ crossplane: { ...sample.crossplane, context: 'admin@mgmt' } });
    expect(commands('init', given)[0]).toMatch(/^helm --kube-context admin@mgmt upgrade /);
    expect(commands('status', given)[0]).toMatch(/^kubectl --context admin@mgmt --namespace home get /);
  });
});

describe('every phase', () => {
  const build = (phase: string): string => `kubectl kustomize ${phase} --output=/dev/null`;

  it('is built, and validated against the packages and the API', () => {
    expect(commands('validate')).toEqual([
      ...['10-packages', '20-config', '30-api', '35-images', '40-nodes'].map(build),
      'crossplane resource validate 10-packages,30-api 35-images,40-nodes --skip-success-results',
    ]);
    expect(commands('validate', managed(cloned))).toEqual([
      ...['10-packages', '20-config', '36-templates', '40-nodes'].map(build),
      'crossplane resource validate 10-packages 36-templates,40-nodes --skip-success-results',
    ]);
  });

  it('is compared', () => {
    const changes = (phase: string): string => `${DIFF} ${phase} (1: changes)`;
    expect(commands('plan')).toEqual(['20-config', '30-api', '35-images', '40-nodes'].map(changes));
    expect(commands('plan', managed(cloned))).toEqual(['20-config', '40-nodes'].map(changes));
  });
});

describe('VMs', () => {
  it('are made of the templates that were made before', () => {
    expect(commands('template:create', cloned)).toEqual([
      `${APPLY} --filename 36-templates/images.yaml`,
      `kubectl --namespace home wait --for=condition=Ready --timeout=30m ${FILE} --selector=cluster=home`,
      `${APPLY} --filename 36-templates/templates.yaml`,
      `kubectl --namespace home wait --for=condition=Ready --timeout=30m ${VM} --selector=cluster=home,role=template`,
    ]);
    expect(commands('provision', managed(cloned))).toEqual([
      `${APPLY} --kustomize 20-config`,
      `${APPLY} --kustomize 40-nodes`,
      `kubectl --namespace home wait --for=condition=Ready --timeout=30m ${VM} --selector=cluster=home,role!=template`,
    ]);
  });

  it('are shown with what they need', () => {
    const kinds = `${NODE},${VM},${FILE}`;
    expect(commands('status')).toEqual([`kubectl --namespace home get ${kinds} --selector=cluster=home`]);
    expect(commands('describe')).toEqual([`kubectl --namespace home describe ${kinds} --selector=cluster=home`]);
    expect(commands('status', managed(sample))).toEqual([
      `kubectl --namespace home get ${VM},${FILE} --selector=cluster=home`,
    ]);
    expect(commands('logs')).toEqual([
      'kubectl logs --namespace crossplane-system --selector=pkg.crossplane.io/provider=provider-proxmox-bpg --tail=100 --follow',
    ]);
  });

  it('are deleted before the files that they boot', () => {
    expect(commands('destroy')).toEqual([
      deletes(NODE, 'cluster=home,role!=template'),
      deletes(VM, 'cluster=home,role!=template'),
      deletes(FILE, 'cluster=home'),
    ]);
  });

  it('leave nothing behind but what clusters share', () => {
    expect(commands('uninstall')).toEqual([
      deletes(VM, 'cluster=home,role=template'),
      'kubectl delete clusterproviderconfigs.proxmoxbpg.m.crossplane.io/home --ignore-not-found --wait --timeout=5m',
      'kubectl delete namespace/home --ignore-not-found --wait --timeout=5m',
      'kubectl delete secret/proxmox-home --namespace crossplane-system --ignore-not-found',
    ]);
  });
});

describe('tasks', () => {
  const tasks = crossplane.tasks(cloned);

  it('have the words that the runner and people know them by', () => {
    expect(tasks.map(({ name, aliases, verb }) => [name, ...aliases, verb].join(' '))).toEqual([
      'mgmt:up ',
      'mgmt:down ',
      'init install provider:install ',
      'credentials:push provider:configure ',
      'validate ',
      'template:create ',
      'plan plan',
      'provision apply apply',
      'verify-nodes wait ',
      'status status',
      'logs ',
      'describe ',
      'destroy destroy',
      'uninstall ',
    ]);
  });

  it('ask before they delete', () => {
    expect(tasks.filter(({ destructive }) => destructive).map(({ name }) => name)).toEqual([
      'mgmt:down',
      'destroy',
      'uninstall',
    ]);
    expect(taskOf(tasks, 'mgmt:down').description).toContain('mgmt');
  });

  it('need the token only to hand it over', () => {
    const asking = tasks.filter(({ name }) => envNeededBy(tasks, name).length > 0).map(({ name }) => name);
    expect(asking).toEqual(['credentials:push']);
  });

  it('run where the phases are, and set nothing', () => {
    for (const { name, commands: all } of tasks.filter((one) => one.name !== 'verify-nodes'))
      for (const { cwd, env } of all) expect({ name, cwd, env }).toEqual({ name, cwd: 'crossplane', env: {} });
  });
});

it('doctor asks each program for its version', () => {
  expect(
    crossplane.tools.map(({ name, versionArgs, minimum }) => [name, ...versionArgs, minimum ?? 'any'].join(' ')),
  ).toEqual([
    'kubectl version --client 1.22.0',
    'helm version --short 3.8.0',
    'crossplane version --client 2.3.0',
    'kind version any',
    'sh -c echo POSIX shell any',
  ]);
  expect(crossplane.tools.find(({ name }) => name === 'crossplane')?.install).toContain('XP_VERSION=v2.5.0');
  for (const { purpose, install } of crossplane.tools) expect(purpose.length * install.length).toBeGreaterThan(0);
});

it('what a rehearsal would need is a management cluster: there is none, and no recipe for a token', () => {
  expect({ rehearsal: crossplane.rehearsal, privileges: crossplane.privileges }).toEqual({
    rehearsal: null,
    privileges: null,
  });
});
