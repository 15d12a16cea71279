/**
 * Modelled Talos nodes behind a socket, for `consumers/talosctl-client`: they refuse what real ones refuse, and a flag
 * that talosctl 1.12 to 1.14 do not all have is an error. A cluster is a folder: `state.json`, `events`, `calls`, and
 * `clock`, which only the `sleep` of the tests and long operations move.
 *
 *     node server.mjs SOCKET
 */

import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';

const BOOT_SECONDS = 40;
const ETCD_SECONDS = 20;
/** Oldest minor that becomes the key in one step. */
const UPGRADES_FROM = { 12: 10, 13: 11, 14: 12 };

/** One request is worked on at a time: what it is about. */
let folder = '';
let cwd = '';
let state = {};

const clockPath = () => join(folder, 'clock');
const now = () => Number(readFileSync(clockPath(), 'utf8'));
const pass = (seconds) => {
  writeFileSync(clockPath(), String(now() + seconds));
};
const save = () => {
  writeFileSync(join(folder, 'state.json'), JSON.stringify(state));
};
const event = (text) => {
  appendFileSync(join(folder, 'events'), `${text}\n`);
};
const file = (path) => resolve(cwd, path);

class Refused extends Error {}
const refuse = (text) => {
  throw new Refused(text);
};

const GLOBAL = { talosconfig: 1, nodes: 1, endpoints: 1 };
const FLAGS = {
  version: { insecure: 0, short: 0, client: 0 },
  'apply-config': { insecure: 0, file: 1, 'dry-run': 0 },
  bootstrap: {},
  kubeconfig: { merge: 0, force: 0 },
  health: { 'control-plane-nodes': 1, 'worker-nodes': 1, 'wait-timeout': 1 },
  upgrade: { image: 1, wait: 0, timeout: 1 },
  'upgrade-k8s': { to: 1, 'dry-run': 0, 'with-docs': 0, 'with-examples': 0 },
  reset: { graceful: 0, reboot: 0, 'system-labels-to-wipe': 1, wait: 0, timeout: 1 },
  get: { output: 1 },
  service: {},
  etcd: {},
  list: {},
  read: {},
};

function parse(args) {
  const flags = {};
  const words = [];
  for (let index = 0; index < args.length; index += 1) {
    const match = /^--([a-z0-9-]+)(?:=(.*))?$/.exec(args[index]);
    if (match === null) {
      words.push(args[index]);
      continue;
    }
    const [, name, given] = match;
    flags[name] = [...(flags[name] ?? []), given ?? null];
    const takesValue = { ...GLOBAL, ...FLAGS[words[0] ?? args.find((word) => word in FLAGS)] }[name];
    if (takesValue === undefined) refuse(`unknown flag: --${name}`);
    if (takesValue === 1 && given === undefined) flags[name][flags[name].length - 1] = args[(index += 1)];
  }
  return { flags, words };
}

const memberUp = (node) => node.etcd === 'member' && isUp(node) && now() >= node.etcdAt;
const isUp = (node) => node.phase === 'running' && now() >= node.upAt;
const members = () => Object.values(state.nodes).filter((node) => node.etcd === 'member');
const healthyMembers = () => members().filter(memberUp);
const roleOf = (text) => /^ +type: (controlplane|worker)$/m.exec(text)[1];
const kubeletOf = (text) => /^ +image: \S+\/kubelet:(v\S+)$/m.exec(text)[1];
const caOf = (text) => /^ +ca:\n +crt: (\S+)$/m.exec(text)[1];
/** A node takes new labels as it runs; for all else it restarts. */
const withoutLabels = (text) => text.replace(/^( +)nodeLabels:\n(?:\1 +.*\n)+/m, '');

function restart(node, why) {
  node.boot += 1;
  node.upAt = now() + BOOT_SECONDS;
  node.etcdAt = node.upAt + ETCD_SECONDS;
  event(`${why} ${node.name}`);
  if (node.etcd === 'member' && members().length > 2 && healthyMembers().length * 2 <= members().length)
    event('etcd lost its quorum');
}

function target(flags, insecure) {
  const address = flags.nodes?.[0];
  const node = state.nodes[address] ?? refuse(`no node ${address}`);
  if (insecure) {
    if (node.phase === 'off') refuse('rpc error: code = Unavailable desc = connection error: connection refused');
    if (node.phase === 'running')
      refuse('rpc error: code = Unavailable desc = connection error: remote error: tls: certificate required');
    return node;
  }
  if (flags.endpoints?.[0] !== address) refuse(`the endpoint ${flags.endpoints?.[0]} is not the node`);
  const path = flags.talosconfig?.[0];
  if (!existsSync(file(path ?? ''))) refuse(`failed to open config file "${path}"`);
  if (node.phase === 'maintenance')
    refuse('rpc error: code = Unavailable desc = x509: certificate signed by unknown authority');
  if (!isUp(node)) refuse('rpc error: code = Unavailable desc = connection error: connection refused');
  const [, ca] = /^ +ca: (\S+)$/m.exec(readFileSync(file(path), 'utf8'));
  if (ca !== caOf(node.config)) refuse('x509: certificate signed by unknown authority');
  return node;
}

const commands = {
  version({ node, out }) {
    out(
      `Client:\nTalos v1.13.9\nServer:\n\tNODE:        ${node.address}\n\tTag:         ${node.version}\n\tSHA:         0000000\n\tOS/Arch:     linux/amd64\n`,
    );
  },

  'apply-config'({ node, flags, err }) {
    const text = readFileSync(file(flags.file[0]), 'utf8');
    if (node.phase === 'maintenance') {
      node.config = text;
      node.phase = 'running';
      node.kubernetes = kubeletOf(text);
      node.etcd = roleOf(text) !== 'controlplane' ? 'none' : members().length > 0 ? 'member' : 'waiting';
      restart(node, 'first configuration');
      return;
    }
    const same = text === node.config;
    const restarts = withoutLabels(text) !== withoutLabels(node.config);
    const mode = `Applied configuration ${restarts ? 'with' : 'without'} a reboot`;
    if (flags['dry-run'] !== undefined) {
      const changes = same ? 'No changes.' : `+      key: ${caOf(text)}\n+    nodeLabels:`;
      err(`Dry run summary:\n${mode} (skipped in dry-run).\nConfig diff:\n\n${changes}\n`);
      return;
    }
    node.config = text;
    node.kubernetes = kubeletOf(text);
    if (restarts) restart(node, 'restart');
    else event(`configuration ${node.name}`);
    err(`${mode}\n`);
  },

  bootstrap({ node }) {
    if (roleOf(node.config) !== 'controlplane') refuse('bootstrap is only available on control plane nodes');
    if (now() < node.upAt + 10)
      refuse('error executing bootstrap: rpc error: code = FailedPrecondition desc = bootstrap is not available yet');
    if (node.etcd === 'member')
      refuse('error executing bootstrap: rpc error: code = AlreadyExists desc = etcd data directory is not empty');
    event(members().length > 0 ? `second cluster ${node.name}` : `bootstrap ${node.name}`);
    for (const other of Object.values(state.nodes).filter(({ etcd }) => etcd === 'waiting')) {
      other.etcd = 'member';
      other.etcdAt = now() + ETCD_SECONDS + (other === node ? 0 : 10);
    }
  },

  kubeconfig({ flags, words }) {
    if (flags.merge?.[0] !== 'false') refuse('this test never merges into the kubeconfig of its user');
    if (healthyMembers().length === 0) refuse('error copying: the Kubernetes CA is not there');
    writeFileSync(file(words[1]), `kind: Config\nusers: [{ user: { client-key-data: ${state.kubeconfigKey} } }]\n`, {
      mode: 0o600,
    });
  },

  health({ flags }) {
    const roles = (role) =>
      Object.values(state.nodes)
        .filter(({ name }) => name.startsWith(role))
        .map(({ address }) => address)
        .join(',');
    if (flags['control-plane-nodes'][0] !== roles('cp-') || (flags['worker-nodes']?.[0] ?? '') !== roles('w-'))
      refuse('other nodes than the cluster has');
    const limit = now() + Number(/^(\d+)s$/.exec(flags['wait-timeout'][0])[1]);
    const well = () => Object.values(state.nodes).every(isUp) && members().length > 0 && members().every(memberUp);
    while (!well() && now() < limit) pass(5);
    if (!well()) refuse('healthcheck error: context deadline exceeded');
  },

  service({ node, words, out }) {
    if (words[1] === 'etcd' && node.etcd === 'none') refuse('service "etcd" is not registered on any nodes');
    const [status, health] =
      words[1] === 'kubelet' || memberUp(node)
        ? ['Running', 'OK']
        : node.etcd === 'member'
          ? ['Running', 'Fail']
          : ['Preparing', '?'];
    out(
      `NODE     ${node.address}\nID       ${words[1]}\nSTATE    ${status}\nHEALTH   ${health}\nEVENTS   [${status}]: something (1s ago)\n`,
    );
  },

  etcd({ node, words, out }) {
    if (words[1] !== 'members') refuse(`unknown command ${words[1]}`);
    if (!memberUp(node)) refuse('error getting members: rpc error: code = Unknown desc = context deadline exceeded');
    out('NODE ID HOSTNAME PEER URLS CLIENT URLS LEARNER\n');
    for (const { address, name } of members())
      out(`${node.address}   0123456789abcdef   ${name}   https://${address}:2380   https://${address}:2379   false\n`);
  },

  list({ node, words, out }) {
    if (words[1] !== '/var/lib/etcd') refuse(`no folder ${words[1]}`);
    out(`NODE   NAME\n${node.address}   .\n${node.etcd === 'member' ? `${node.address}   member\n` : ''}`);
  },

  get({ node, flags, words, out }) {
    if (words[1] === 'machinestatus') out('running\n');
    else if (words[1] === 'kubeletspecs') out(`ghcr.io/siderolabs/kubelet:${node.kubernetes}\n`);
    else if (words[1] === 'extensions' && flags.output === undefined) {
      out(`NODE          NAMESPACE   TYPE              ID   VERSION   NAME               VERSION\n`);
      out(`${node.address}   runtime     ExtensionStatus   0    1         qemu-guest-agent   10.0.2\n`);
      out(`${node.address}   runtime     ExtensionStatus   1    1         schematic          ${node.schematic}\n`);
    } else refuse(`unknown resource ${words[1]}`);
  },

  read({ node, words, out }) {
    if (words[1] !== '/proc/sys/kernel/random/boot_id') refuse(`no file ${words[1]}`);
    out(`boot-${node.boot}\n`);
  },

  upgrade({ node, flags }) {
    const image = /^[^/]+\/(?:nocloud|metal)-installer(?:-secureboot)?\/([0-9a-f]{64}):(v1\.(\d+)\.\d+)$/.exec(
      flags.image[0],
    );
    if (image === null) refuse(`no such image: ${flags.image[0]}`);
    const [, schematic, version, minor] = image;
    if (Number(node.version.split('.')[1]) < UPGRADES_FROM[minor])
      refuse(`host version ${node.version} is too old to upgrade to ${version}`);
    if (node.etcd === 'member' && healthyMembers().length < members().length)
      refuse('error validating etcd for upgrade: etcd member is not healthy');
    node.schematic = schematic;
    node.version = version;
    restart(node, 'upgrade');
    pass(BOOT_SECONDS);
  },

  'upgrade-k8s'({ flags }) {
    event(`kubernetes ${flags.to[0]}${flags['dry-run'] === undefined ? '' : ' (dry run)'}`);
    if (flags['dry-run'] === undefined)
      for (const node of Object.values(state.nodes)) node.kubernetes = `v${flags.to[0]}`;
  },

  reset({ node, flags }) {
    const labels = flags['system-labels-to-wipe'] ?? [];
    if (labels.join() !== 'STATE,EPHEMERAL' || flags.reboot === undefined)
      refuse('the machine would be left without a system');
    const graceful = flags.graceful?.[0] !== 'false';
    if (
      graceful &&
      node.etcd === 'member' &&
      (healthyMembers().length - 1) * 2 <= members().length - 1 &&
      members().length > 1
    )
      refuse('etcd cannot lose this member');
    event(`reset ${node.name}${graceful ? '' : ' by force'}`);
    Object.assign(node, { phase: 'maintenance', config: null, etcd: 'none', boot: node.boot + 1 });
  },
};

function answer(args, out, err) {
  const { flags, words } = parse(args);
  if (flags.client !== undefined) {
    out(`Talos ${state.talosctl}\n`);
    return;
  }
  appendFileSync(join(folder, 'calls'), `${args.join(' ')}\n`);
  const run = commands[words[0]] ?? refuse(`unknown command ${words[0]}`);
  if (flags.timeout !== undefined && !/^\d+s$/.test(flags.timeout[0])) refuse('no duration');
  const fault = state.faults.find(({ when, times }) => times > 0 && args.join(' ').includes(when));
  if (fault !== undefined) {
    fault.times -= 1;
    save();
    refuse(fault.says);
  }
  const node = target(flags, flags.insecure !== undefined);
  run({ node, flags, words, out, err });
  save();
}

function serve(request) {
  const said = { out: '', err: '', code: 0 };
  ({ folder, cwd } = request);
  state = JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8'));
  try {
    answer(
      request.args,
      (text) => {
        said.out += text;
      },
      (text) => {
        said.err += text;
      },
    );
  } catch (error) {
    said.err += error instanceof Refused ? `${error.message}\n` : `the model failed: ${error.stack}\n`;
    said.code = 1;
  }
  return said;
}

createServer((socket) => {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
    if (text.endsWith('\n')) socket.end(JSON.stringify(serve(JSON.parse(text))));
  });
}).listen(process.argv[2]);
