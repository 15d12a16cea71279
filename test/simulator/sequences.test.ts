/**
 * What both clients really sent, replayed: community.proxmox 2.0.0 (clone flow twice and destroy; image flow with
 * disks, template and linked clone) and the bpg provider 0.111.1 (apply, plan, destroy; by clone and by import).
 */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { PVE_VERSIONS } from '../../src/simulator/index.ts';
import { pve, seed, type Form, type PveClient } from '../support/pve.ts';

interface Recorded {
  readonly method: string;
  /** `{upid}` stands for the task started last. */
  readonly path: string;
  readonly form?: Form;
  /** 200 where it is absent. */
  readonly status?: number;
}

const FLOWS = ['ansible-clone', 'ansible-image', 'tofu-clone', 'tofu-import'];

function recorded(flow: string): readonly Recorded[] {
  return JSON.parse(readFileSync(new URL(`./sequences/${flow}.json`, import.meta.url), 'utf8')) as Recorded[];
}

/** The host that the recordings were made on. */
function host() {
  const { storages, files = [], vms = [], ...rest } = seed();
  return seed({
    ...rest,
    nodes: [{ name: 'pve1', bridges: ['vmbr0'] }],
    storages: storages.filter(({ id }) => id !== 'files'),
    files: files.map((file) => ({ ...file, node: 'pve1', name: 'talos-nocloud-amd64.qcow2' })),
    downloads: [{ url: 'https://factory.test/talos.qcow2', size: 90 * 2 ** 20, virtualSize: 10 * 2 ** 30 }],
    vms: vms.map((vm) => ({ ...vm, node: 'pve1', config: { ...vm.config, name: 'talos-v1.11' } })),
  });
}

async function replay(client: PveClient, flow: string): Promise<string[]> {
  const unlike: string[] = [];
  let upid = '';
  for (const { method, path, form, status = 200 } of recorded(flow)) {
    const answer = await client.call(method, path.replace('{upid}', encodeURIComponent(upid)), form);
    await client.simulator.host.tasks.settled();
    if (typeof answer.data === 'string' && answer.data.startsWith('UPID:')) upid = answer.data;
    if (answer.status !== status) unlike.push(`${method} ${path}: ${answer.status} ${answer.reason}, not ${status}`);
  }
  return unlike;
}

describe.each(PVE_VERSIONS)('%s', (version) => {
  test.each(FLOWS)('%s', async (flow) => {
    const client = await pve({ seed: host(), version });
    const { log, host: state } = client.simulator;
    expect(await replay(client, flow)).toEqual([]);
    expect(log.outsideSchema()).toEqual([]);
    expect(log.unimplemented()).toEqual([]);
    expect(log.crashes()).toEqual([]);
    expect(log.writes().length).toBeGreaterThan(10);
    expect(log.writesTo([9000])).toEqual([]);
    // Every task that was meant to do something did it; the image flow asks once for what is refused.
    const failed = state.tasks
      .list()
      .filter(({ exitStatus }) => exitStatus !== 'OK')
      .map(({ exitStatus }) => exitStatus);
    expect(failed).toEqual(flow === 'ansible-image' ? ['shrinking disks is not supported'] : []);
    expect(state.vms.all().map(({ vmid }) => vmid)).toEqual(flow === 'ansible-image' ? [202, 9000] : [9000]);
    await client.close();
  });
});
