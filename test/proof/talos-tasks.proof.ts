/**
 * The tasks that drive Talos, run by go-task with the real sops and age against modelled nodes
 * (`talos-model/`): in which order nodes are touched, what is refused, what can be repeated, and that no
 * secret is left in clear where it could be committed.
 */

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it, type TestContext } from 'vitest';
import { parse, stringify } from 'yaml';
import { sopsConfig } from '../../src/targets/talos/sops-config.ts';
import { clusterOf, need, renderedTree, run, treeForTool } from './support.ts';
import { ModelCluster, startModel, type ModelNode } from './talos-model/cluster.ts';
import { goTool } from './tools/go.ts';
import { pythonTools } from './tools/python.ts';

const tools = {
  task: goTool('task'),
  sops: goTool('sops'),
  ageKeygen: goTool('age-keygen'),
  offline: goTool('talos-1.13', { program: 'talosctl-offline' }),
  client: goTool('talosctl-client'),
};

const shellcheck = pythonTools('shellcheck', ['3.13', '3.12', '3.11']);

const nodesSide = await startModel();
afterAll(nodesSide.stop);

const CONTROL_PLANES = ['cp-1', 'cp-2', 'cp-3'];
const NODES = [...CONTROL_PLANES, 'w-1', 'w-2', 'w-3'];

interface Stage {
  readonly talos: string;
  readonly out: string;
  readonly model: ModelCluster;
}

function stage({ skip }: TestContext, out = renderedTree('sample')): Stage {
  const programs = Object.fromEntries(Object.entries(tools).map(([name, tool]) => [name, need(tool, skip)])) as Record<
    keyof typeof tools,
    string
  >;
  return {
    out,
    talos: join(out, 'talos'),
    model: new ModelCluster(out, clusterOf('sample'), programs, nodesSide.socket),
  };
}

function done(outcome: ReturnType<typeof run>): string {
  expect(outcome.exitCode, outcome.said).toBe(0);
  return outcome.said;
}

function refused(outcome: ReturnType<typeof run>, ...reasons: readonly (string | RegExp)[]): void {
  expect(outcome.exitCode, outcome.said).not.toBe(0);
  for (const reason of reasons) expect(outcome.said).toMatch(reason);
}

/** What `up` makes of a cluster, once for all tests. */
const UP = mkdtempSync(join(tmpdir(), 'talmox-proof-up-'));
afterAll(() => {
  rmSync(UP, { recursive: true, force: true });
});

/** A cluster that runs. */
function running(context: TestContext): Stage {
  const here = stage(context);
  const folder = dirname(here.out);
  if (readdirSync(UP).length === 0) {
    done(here.model.task('up'));
    here.model.pass(300);
    here.model.events();
    here.model.calls();
    cpSync(folder, UP, { recursive: true, verbatimSymlinks: true });
  } else {
    rmSync(folder, { recursive: true });
    cpSync(UP, folder, { recursive: true, verbatimSymlinks: true });
  }
  return here;
}

function edit(model: ModelCluster, name: string, change: Partial<ModelNode>): void {
  model.change(({ nodes }) => {
    Object.assign(Object.values(nodes).find((node) => node.name === name) ?? {}, change);
  });
}

/** Every long value of the decrypted secrets. */
function secretValues({ talos, model }: Stage): string[] {
  const decrypted = run(join(model.folder, 'bin/sops'), ['decrypt', 'secrets.sops.yaml'], {
    cwd: talos,
    env: model.env,
  });
  const leaves = (value: unknown): string[] =>
    typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [String(value)];
  return leaves(parse(decrypted.stdout)).filter((value) => value.length > 15);
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

// One case for each talos.tool.
it.for(['sample', 'secure-boot', 'template-clone'])(
  'shellcheck has nothing to say about the scripts of %s',
  (name, { skip }) => {
    const talos = join(renderedTree(name), 'talos');
    const scripts = readdirSync(talos).filter((file) => file.endsWith('.sh'));
    done(
      run(join(need(shellcheck, skip), 'shellcheck'), ['--shell', 'sh', '--external-sources', ...scripts], {
        cwd: talos,
      }),
    );
  },
);

describe('up', () => {
  it('leads from machines in maintenance mode to a kubeconfig, and can be run again', (context) => {
    const { model, talos } = stage(context);
    done(model.task('up'));
    expect(model.events()).toEqual([...NODES.map((name) => `first configuration ${name}`), 'bootstrap cp-1']);
    expect(CONTROL_PLANES.map((name) => model.node(name).etcd)).toEqual(['member', 'member', 'member']);
    expect(statSync(join(talos, 'kubeconfig')).mode & 0o777).toBe(0o600);
    expect(done(model.task('up'))).toContain('bootstrapped already');
    expect(model.events()).toEqual([]);
    done(model.task('health'));
  });

  it('asks nodes for themselves, never by the virtual IP', (context) => {
    const { model } = stage(context);
    done(model.task('up'));
    const { endpoint, nodes } = clusterOf('sample');
    const calls = model.calls();
    expect(calls.filter((call) => call.includes(endpoint.vip))).toEqual([]);
    expect(calls.every((call) => nodes.some(({ address }) => call.includes(`--nodes ${address}`)))).toBe(true);
  });

  it('goes on where it was interrupted', (context) => {
    const { model } = stage(context);
    const { address } = model.node('cp-2');
    model.change(({ faults }) => {
      faults.push({ when: `apply-config --insecure --nodes ${address}`, times: 1, says: 'connection reset' });
    });
    refused(model.task('up'), 'connection reset');
    expect(model.events()).toEqual(['first configuration cp-1']);
    done(model.task('up'));
    expect(model.events()).toEqual([...NODES.slice(1).map((name) => `first configuration ${name}`), 'bootstrap cp-1']);
  });
});

describe('secrets', () => {
  it('are made once, and never overwritten', (context) => {
    const { model, talos } = stage(context);
    done(model.task('secrets'));
    const made = readFileSync(join(talos, 'secrets.sops.yaml'), 'utf8');
    refused(model.task('secrets'), 'never overwritten');
    expect(readFileSync(join(talos, 'secrets.sops.yaml'), 'utf8')).toBe(made);
  });

  it('lie nowhere in clear but in files for their owner that git ignores', (context) => {
    const here = stage(context);
    const { model, out, talos } = here;
    const temporary = join(model.folder, 'tmp');
    mkdirSync(temporary);
    done(
      run(need(tools.task, context.skip), ['--yes', 'talos:up'], {
        cwd: out,
        env: { ...model.env, TMPDIR: temporary },
      }),
    );
    expect(readdirSync(temporary)).toEqual([]);
    const values = [...secretValues(here), 'CANARY-KUBECONFIG-KEY'];
    expect(values.length).toBeGreaterThan(12);
    const holding = filesBelow(out).filter((file) =>
      values.some((value) => readFileSync(file, 'utf8').includes(value)),
    );
    expect(holding.map((file) => file.slice(talos.length + 1)).sort()).toEqual(
      [
        'kubeconfig',
        ...['talosconfig', ...NODES.map((name) => `${name}.yaml`)].map((name) => `clusterconfig/${name}`),
      ].sort(),
    );
    for (const file of holding) expect(statSync(file).mode & 0o077, file).toBe(0);
    const git = (...args: string[]) => run('git', args, { cwd: out });
    git('init', '--quiet');
    expect(
      git('check-ignore', ...holding)
        .stdout.split('\n')
        .filter(Boolean),
    ).toHaveLength(holding.length);
    expect(git('check-ignore', 'talos/secrets.sops.yaml').stdout).toBe('');
  });

  it('are not made before it is known whom to encrypt them for', (context) => {
    const { model, out, talos } = stage(context);
    const { SOPS_AGE_RECIPIENTS: _none, ...env } = model.env;
    const task = need(tools.task, context.skip);
    refused(
      run(task, ['talos:secrets'], { cwd: out, env: { ...env, SOPS_AGE_RECIPIENTS: '' } }),
      'age_recipients',
      'SOPS_AGE_RECIPIENTS',
    );
    // A rule for Kubernetes manifests, without a path: sops would take it, and leave these values as they are.
    writeFileSync(
      join(out, '.sops.yaml'),
      `creation_rules:\n  - encrypted_regex: ^(data|stringData)$\n    age: ${model.recipient}\n`,
    );
    refused(model.task('secrets'), 'in clear');
    expect(readdirSync(talos).filter((name) => name.includes('secrets.sops'))).toEqual([]);
  });
});

describe('secrets with recipients in cluster.yaml', () => {
  it('are encrypted for each of them, whatever the environment says', (context) => {
    const { model, out, talos } = stage(context);
    const other = 'age18y2wyhtnf3d0y08524ydu03sszukc7glcw5gn7g7khlvrhl0zy3qxv34rq';
    const cluster = clusterOf('sample');
    const rule = sopsConfig({ ...cluster, talos: { ...cluster.talos, ageRecipients: [model.recipient, other] } });
    writeFileSync(join(talos, '.sops.yaml'), stringify(rule));
    // What lies further up is for other files.
    writeFileSync(
      join(out, '.sops.yaml'),
      `creation_rules:\n  - encrypted_regex: ^(data|stringData)$\n    age: ${other}\n`,
    );
    done(
      run(need(tools.task, context.skip), ['talos:secrets'], {
        cwd: out,
        env: { ...model.env, SOPS_AGE_RECIPIENTS: '' },
      }),
    );
    const made = readFileSync(join(talos, 'secrets.sops.yaml'), 'utf8');
    expect([...made.matchAll(/recipient: (\S+)/g)].map(([, recipient]) => recipient)).toEqual([model.recipient, other]);
    done(model.task('config'));
  });
});

describe('talhelper', () => {
  it('makes secrets and configurations with which the same tasks go on', (context) => {
    const { model, talos } = stage(context, treeForTool('talhelper', 'sample'));
    symlinkSync(need(goTool('talhelper'), context.skip), join(model.folder, 'bin/talhelper'));
    done(model.task('up'));
    expect(model.events()).toEqual([...NODES.map((name) => `first configuration ${name}`), 'bootstrap cp-1']);
    expect(readFileSync(join(talos, 'talsecret.sops.yaml'), 'utf8')).toContain('ENC[');
    expect(existsSync(join(talos, 'clusterconfig/cp-1.yaml'))).toBe(true);
  });
});

describe('config', () => {
  it('changes nothing when the secrets cannot be decrypted or one node is not valid', (context) => {
    const { model, out, talos } = stage(context);
    done(model.task('secrets'));
    done(model.task('config'));
    const folder = join(talos, 'clusterconfig');
    const texts = () =>
      Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
    const before = texts();
    const task = need(tools.task, context.skip);
    refused(
      run(task, ['talos:config'], { cwd: out, env: { ...model.env, SOPS_AGE_KEY_FILE: '/nonexistent' } }),
      'cannot decrypt secrets.sops.yaml',
    );
    expect(texts()).toEqual(before);
    addToMachine(join(talos, 'nodes/w-3.yaml'), 'nodeLables: { a: b }');
    refused(model.task('config'), 'nodeLables');
    expect(texts()).toEqual(before);
  });

  it('is not made by a talosctl that does not know the release', (context) => {
    const { model, talos } = stage(context);
    done(model.task('secrets'));
    model.change((state) => {
      state.talosctl = 'v1.12.4';
    });
    refused(model.task('config'), 'talosctl is one of Talos 1.12', 'of 1.13');
    expect(existsSync(join(talos, 'clusterconfig'))).toBe(false);
    model.change((state) => {
      state.talosctl = 'v1.14.0-alpha.1';
    });
    done(model.task('config'));
  });

  it('is refused to nodes when it is older than the patches', (context) => {
    const { model, talos } = stage(context);
    done(model.task('secrets'));
    refused(model.task('apply'), 'task talos:config');
    done(model.task('config'));
    addToMachine(join(talos, 'patches/worker.yaml'), 'sysctls: { vm.max_map_count: "262144" }');
    refused(model.task('apply'), 'task talos:config');
    refused(model.task('diff'), 'task talos:config');
    expect(model.events()).toEqual([]);
  });
});

/** One more setting in the last document of a patch. */
function addToMachine(path: string, setting: string): void {
  writeFileSync(path, readFileSync(path, 'utf8').replace(/^machine:\n(?![^]*^machine:)/m, `machine:\n  ${setting}\n`));
}

/** A change that makes every node restart. */
function changeAll({ model, talos }: Stage): void {
  addToMachine(join(talos, 'patches/all.yaml'), 'sysctls: { vm.max_map_count: "262144" }');
  done(model.task('config'));
}

describe('apply', () => {
  it('restarts one node after the other, each back before the next', (context) => {
    const here = running(context);
    changeAll(here);
    done(here.model.task('apply'));
    expect(here.model.events()).toEqual(NODES.map((name) => `restart ${name}`));
    expect(done(here.model.task('apply'))).toMatch(/cp-1: unchanged[^]*w-3: unchanged/);
    expect(here.model.events()).toEqual([]);
  });

  it('restarts no control plane that etcd cannot spare', (context) => {
    const here = running(context);
    changeAll(here);
    edit(here.model, 'cp-3', { phase: 'off' });
    refused(here.model.task('apply'), /cp-1 has to restart, and too few of the 3 members of etcd would be left/);
    expect(here.model.events()).toEqual([]);
  });

  it('takes a new machine in without touching the others', (context) => {
    const { model } = running(context);
    edit(model, 'w-2', { phase: 'maintenance', config: null });
    done(model.task('apply'));
    expect(model.events()).toEqual(['first configuration w-2']);
  });

  it('takes one node by name, and no other name', (context) => {
    const here = running(context);
    changeAll(here);
    done(here.model.task('apply', 'NODES=w-1'));
    expect(here.model.events()).toEqual(['restart w-1']);
    refused(here.model.task('apply', 'NODES=w-9'), 'no node w-9', 'cp-1 cp-2 cp-3 w-1 w-2 w-3');
    refused(here.model.task('apply', 'NODES=w-1; touch pwned'), 'no node');
    expect(existsSync(join(here.talos, 'pwned'))).toBe(false);
  });

  it.for([
    [{ version: 'v1.12.5' }, /w-3 runs Talos v1\.12\.5.* 1\.13: run 'task talos:upgrade'/],
    [{ kubernetes: 'v1.35.4' }, /w-3 runs Kubernetes v1\.35\.4.* v1\.36\.3: run 'task talos:upgrade-k8s'/],
  ] as const)('is no upgrade: it touches no node when one runs %j', ([runs, reason], context) => {
    const here = running(context);
    changeAll(here);
    edit(here.model, 'w-3', runs);
    refused(here.model.task('apply'), reason);
    expect(here.model.events()).toEqual([]);
  });

  it('says what it waits for while it waits', (context) => {
    const { model } = running(context);
    edit(model, 'w-3', { upAt: model.now + 180 });
    expect(done(model.task('apply'))).toMatch(/^still waiting, up to 240 seconds: w-3 does not answer/m);
  });

  it('reaches no node of other secrets', (context) => {
    const { model, talos } = running(context);
    rmSync(join(talos, 'secrets.sops.yaml'));
    done(model.task('secrets'));
    done(model.task('config'));
    refused(model.task('apply'), /does not answer on .*of this cluster/);
    expect(model.events()).toEqual([]);
  });
});

describe('diff', () => {
  it('shows what would change, secret values left out, and changes nothing', (context) => {
    const here = running(context);
    changeAll(here);
    edit(here.model, 'w-2', { phase: 'maintenance', config: null });
    const said = done(here.model.task('diff'));
    expect(said).toMatch(/== cp-1[^]*with a reboot[^]*nodeLabels[^]*w-2 waits in maintenance mode/);
    expect(secretValues(here).filter((value) => said.includes(value))).toEqual([]);
    expect(here.model.events()).toEqual([]);
  });
});

describe('bootstrap', () => {
  function applied(context: TestContext): Stage {
    const here = stage(context);
    for (const name of ['secrets', 'config', 'apply']) done(here.model.task(name));
    here.model.events();
    return here;
  }

  it('happens once, however often it is asked for', (context) => {
    const { model } = applied(context);
    done(model.task('bootstrap'));
    expect(done(model.task('bootstrap'))).toContain('bootstrapped already');
    expect(model.events()).toEqual(['bootstrap cp-1']);
  });

  it('finds etcd where no member answers yet', (context) => {
    const { model } = running(context);
    edit(model, 'cp-1', { etcdAt: model.now + 200 });
    for (const name of ['cp-2', 'cp-3']) edit(model, name, { etcd: 'waiting' });
    expect(done(model.task('bootstrap'))).toContain('bootstrapped already');
    expect(model.events()).toEqual([]);
  });

  it('takes the word of a node that is bootstrapped while it is asked', (context) => {
    const { model } = applied(context);
    const { address } = model.node('cp-1');
    model.change(({ faults }) => {
      faults.push({
        when: `--nodes ${address} bootstrap`,
        times: 1,
        says: 'rpc error: code = AlreadyExists desc = etcd data directory is not empty',
      });
    });
    refused(model.task('bootstrap'), /bootstrapped already[^]*etcd does not start/);
    expect(model.events()).toEqual([]);
  });

  it('makes no second cluster beside one on another control plane', (context) => {
    const { model } = running(context);
    edit(model, 'cp-1', { etcd: 'waiting' });
    // Nor where the other's etcd does not answer.
    for (const name of ['cp-2', 'cp-3']) edit(model, name, { etcdAt: model.now + 5000 });
    refused(model.task('bootstrap'), /cp-2 has etcd already and cp-1 has not/);
    expect(model.events()).toEqual([]);
  });

  it('does not go on while a control plane cannot be asked', (context) => {
    const { model } = applied(context);
    edit(model, 'cp-2', { phase: 'off' });
    refused(model.task('bootstrap'), /cp-2 cannot be asked/);
    expect(model.events()).toEqual([]);
  });
});

describe('upgrade', () => {
  function older(context: TestContext, version: string): Stage {
    const here = running(context);
    here.model.change(({ nodes }) => {
      for (const node of Object.values(nodes)) Object.assign(node, { version, kubernetes: 'v1.33.2' });
    });
    return here;
  }

  it('brings control planes, then workers, to version and schematic, one at a time', (context) => {
    const { model } = older(context, 'v1.12.5');
    done(model.task('upgrade'));
    expect(model.events()).toEqual(NODES.map((name) => `upgrade ${name}`));
    expect(new Set(NODES.map((name) => model.node(name).version))).toEqual(new Set(['v1.13.9']));
    expect(done(model.task('upgrade'))).toContain('already');
    expect(model.events()).toEqual([]);
  });

  it('upgrades a node that has the version but another schematic', (context) => {
    const { model } = running(context);
    edit(model, 'w-2', { schematic: '0'.repeat(64) });
    done(model.task('upgrade'));
    expect(model.events()).toEqual(['upgrade w-2']);
    expect(model.node('w-2').schematic).toBe(model.node('w-1').schematic);
  });

  it('goes on where it failed', (context) => {
    const { model } = older(context, 'v1.12.5');
    const { address } = model.node('cp-2');
    model.change(({ faults }) => {
      faults.push({ when: `--nodes ${address} upgrade`, times: 1, says: 'error pulling upgrade image' });
    });
    refused(model.task('upgrade'), 'error pulling');
    expect(model.events()).toEqual(['upgrade cp-1']);
    done(model.task('upgrade'));
    expect(model.events()).toEqual(NODES.slice(1).map((name) => `upgrade ${name}`));
  });

  it.for([
    ['v1.9.3', /1\.11 or later[^]* 1\.10 1\.11 1\.12/],
    ['v1.14.0', /later than v1\.13\.9/],
    ['v1.13.10', /later than v1\.13\.9/],
  ] as const)('touches no node when one runs %s', ([version, reason], context) => {
    const { model } = running(context);
    edit(model, 'w-3', { version });
    refused(model.task('upgrade'), reason, 'nothing is upgraded');
    expect(model.events()).toEqual([]);
  });

  it('says which releases lie between when it passes over one', (context) => {
    const { model } = older(context, 'v1.11.6');
    expect(done(model.task('upgrade', 'NODES=w-1'))).toMatch(/in one step; Talos recommends to go through 1\.12/);
    expect(model.events()).toEqual(['upgrade w-1']);
  });

  it('touches no node when its Kubernetes does not run on the new Talos', (context) => {
    const { model } = older(context, 'v1.12.5');
    edit(model, 'w-3', { kubernetes: 'v1.30.4' });
    refused(model.task('upgrade'), /w-3 runs Kubernetes v1\.30\.4, and Talos v1\.13\.9 runs 1\.31 to 1\.36/);
    expect(model.events()).toEqual([]);
  });

  it('does not start in a cluster that is not healthy', (context) => {
    const { model } = older(context, 'v1.12.5');
    edit(model, 'w-3', { upAt: 1e9, version: 'v1.13.9' });
    refused(model.task('upgrade', 'NODES=w-1'), 'not healthy before w-1');
    expect(model.events()).toEqual([]);
  });
});

describe('upgrade-k8s', () => {
  it('shows the plan first', (context) => {
    const { model } = running(context);
    model.change(({ nodes }) => {
      for (const node of Object.values(nodes)) node.kubernetes = 'v1.35.4';
    });
    done(model.task('upgrade-k8s'));
    expect(model.events()).toEqual(['kubernetes 1.36.3 (dry run)', 'kubernetes 1.36.3']);
  });

  it.for([
    [{ version: 'v1.12.5' }, /runs Kubernetes 1\.30 to 1\.35, not 1\.36\.3: run 'task talos:upgrade'/],
    [{ kubernetes: 'v1.34.1' }, /one minor at a time[^]*1\.35/],
    [{ kubernetes: 'v1.37.0' }, /does not go back/],
  ] as const)('refuses %o', ([change, reason], context) => {
    const { model } = running(context);
    edit(model, 'cp-1', change);
    refused(model.task('upgrade-k8s'), reason);
    expect(model.events()).toEqual([]);
  });
});

describe('reset', () => {
  it('wipes nothing without the name of the cluster', (context) => {
    const { model, out } = running(context);
    refused(model.task('reset'));
    refused(model.task('reset', 'CONFIRM=another'));
    refused(
      run('sh', ['reset.sh'], { cwd: join(out, 'talos'), env: model.env }),
      "give the cluster's name as the first argument: home",
    );
    expect(model.events()).toEqual([]);
  });

  it('takes one node out of a cluster that goes on', (context) => {
    const { model } = running(context);
    done(model.task('reset', 'CONFIRM=home', 'NODES=cp-2'));
    expect(model.events()).toEqual(['reset cp-2']);
    refused(model.task('reset', 'CONFIRM=home', 'NODES=cp-1'), 'too few members');
    done(model.task('apply'));
    expect(model.events()).toEqual(['first configuration cp-2']);
  });

  it('takes the whole cluster down, workers first, and can be repeated', (context) => {
    const { model } = running(context);
    const { address } = model.node('cp-3');
    model.change(({ faults }) => {
      faults.push({ when: `--nodes ${address} reset`, times: 1, says: 'deadline exceeded' });
    });
    refused(model.task('reset', 'CONFIRM=home'), 'deadline exceeded');
    done(model.task('reset', 'CONFIRM=home'));
    expect(model.events()).toEqual([
      'reset w-1',
      'reset w-2',
      'reset w-3',
      'reset cp-3',
      'reset cp-2 by force',
      'reset cp-1 by force',
    ]);
  });
});
