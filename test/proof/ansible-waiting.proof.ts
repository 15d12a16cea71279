/** What a run waits for after a start and after a restart, and what it says when that never comes. */

import { createServer, type Server } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { ansibleStage, type AnsibleStage } from './ansible-stage.ts';
import { need } from './support.ts';
import { pythonTools } from './tools/python.ts';

const newest = pythonTools('ansible-newest', ['3.13', '3.12']);
const TALOS = 50_000;
const KUBERNETES = 6443;
const WAIT = ['-e', 'proxmox_vm_wait=true', '-e', 'proxmox_vm_restart_if_needed=true'];

/** Three control planes on loopback. */
const INPUTS = {
  cluster: `
cluster_name: waiting
node_cidr: 127.67.0.0/24
cluster_api_addr: 127.67.0.5
talos_version: "1.13.9"
kubernetes_version: "1.36.3"
proxmox_api_url: https://127.67.0.2:8006
proxmox_api_token_id: automation@pve!talmox
proxmox_node: pve
ansible: { wait_timeout: 30 }
`,
  nodes: `nodes: [${[1, 2, 3].map((n) => `{ name: cp-${n}, address: 127.67.0.1${n}, controller: true }`).join()}]\n`,
};

/** Something that answers in place of a node, until the test is over. */
async function listen(address: string, port: number): Promise<Server> {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, address, resolve));
  onTestFinished(() => {
    server.close();
  });
  return server;
}

function restartsOf({ simulator }: AnsibleStage): (number | undefined)[] {
  return simulator.log
    .writes()
    .filter(({ path }) => path.endsWith('/status/reboot'))
    .map(({ vmids }) => vmids[0]);
}

function change({ simulator }: AnsibleStage, cores: string): void {
  for (const vm of simulator.host.vms.all()) vm.config.set('cores', cores);
}

it('waits for Talos after a start; and after the restart of a control plane for its Kubernetes API before the next one goes', async ({
  skip,
}) => {
  const stage = await ansibleStage({ bin: need(newest, skip), name: INPUTS });
  onTestFinished(() => stage.stop());
  const silent = await stage.play('provision-vms', ...WAIT, '-e', 'proxmox_vm_wait_timeout=3');
  expect(silent.exitCode).not.toBe(0);
  expect(silent.said).toMatch(
    /cp-1 does not answer on 127\.67\.0\.11:50000 after 3\s+s\. +Look at its console in Proxmox VE \(VM 1011 on pve\)/,
  );
  const addresses = stage.cluster.nodes.map(({ address }) => address);
  const [api] = await Promise.all(addresses.map((address) => listen(address, KUBERNETES)));
  await Promise.all(addresses.map((address) => listen(address, TALOS)));

  change(stage, '1');
  const etcdNeverComesBack = setInterval(() => {
    if (restartsOf(stage).length > 0) api?.close();
  }, 20);
  const stuck = await stage.play('provision-vms', ...WAIT, '-e', 'proxmox_vm_wait_timeout=3');
  clearInterval(etcdNeverComesBack);
  expect(stuck.exitCode).not.toBe(0);
  expect(stuck.said).toMatch(/No other VM is restarted\. Look at etcd: talosctl -n 127\.67\.0\.11 service etcd/);
  expect(restartsOf(stage)).toEqual([1011]);

  const early = await stage.play('provision-vms', ...WAIT);
  expect(early.exitCode).not.toBe(0);
  expect(early.said).toMatch(/cp-2 is not restarted: cp-1 does not\s+answer on port 6443/);
  expect(restartsOf(stage)).toEqual([1011]);

  await listen(addresses[0] ?? '', KUBERNETES);
  const { exitCode, said } = await stage.play('provision-vms', ...WAIT);
  expect(exitCode, said).toBe(0);
  expect(restartsOf(stage)).toEqual([1011, 1012, 1013]);
  expect(stage.differences()).toEqual([]);
});
