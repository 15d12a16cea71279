/** A node that behaves as Talos does, against the server and what is rendered for it. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { serveNoCloud, type NoCloudRequest, type NoCloudServer } from '../../src/io/nocloud-server.ts';
import { generateTexts } from '../support/pipeline.ts';
import { validateTexts } from '../support/validation.ts';
import { bootOverHttp } from '../support/talos-node.ts';

const MACHINE = 'version: v1alpha1\nmachine:\n  type: controlplane\n  token: secret\n';

let folder = '';
let servers: NoCloudServer[] = [];
let seen: string[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'talmox-node-'));
  [servers, seen] = [[], []];
});
afterEach(async () => {
  await Promise.all(servers.map((server) => server.close()));
  rmSync(folder, { recursive: true, force: true });
});

const note = ({ asked, status }: NoCloudRequest): void => void seen.push(`${asked?.file ?? '?'} ${status}`);

async function serve(port: number, isPrivate: boolean): Promise<void> {
  const folders = { rendered: join(folder, 'out/nocloud'), private: isPrivate ? join(folder, 'private') : null };
  servers.push(
    await serveNoCloud({
      host: '127.0.0.1',
      port,
      prefix: '/boot',
      cluster: 'lab',
      nodes: ['n-1'],
      names: [],
      folders,
      onRequest: note,
    }),
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise((done) => server.close(done));
  return port;
}

/** Renders a cluster whose server this machine is, as a node sees it. @returns the serial of its node */
function rendered(port: number, userData: string): { serial: string; nics: { name: string; mac: string }[] } {
  const cluster =
    'cluster_name: lab\nnode_cidr: 10.10.10.0/24\ncluster_api_addr: 10.10.10.5\nproxmox_api_url: https://10.10.10.2:8006\nproxmox_node: pve1\n' +
    `nocloud: { method: nocloud-net, dhcp: true, server_url: "http://10.10.10.9:${port}/boot", user_data: ${userData} }\n`;
  const nodes = 'nodes: [{ name: n-1, address: 10.10.10.11, controller: true }]\n';
  for (const { path, content } of generateTexts(cluster, nodes).files.filter(({ path: at }) =>
    at.startsWith('nocloud/'),
  )) {
    mkdirSync(dirname(join(folder, 'out', path)), { recursive: true });
    // The one thing that is not as rendered: where the server is.
    writeFileSync(join(folder, 'out', path), content.replace('10.10.10.9', '127.0.0.1'));
  }
  mkdirSync(join(folder, 'private'), { recursive: true });
  writeFileSync(join(folder, 'private/n-1.yaml'), MACHINE);
  const [node] = validateTexts(cluster, nodes).cluster?.nodes ?? [];
  return {
    serial: (node?.vm?.smbios.serial ?? '').replace('10.10.10.9', '127.0.0.1'),
    nics: [{ name: 'eth0', mac: node?.macAddress ?? '' }],
  };
}

const NETWORK = {
  addresses: [{ link: 'eth0', address: '10.10.10.11/24' }],
  routes: [{ link: 'eth0', to: '0.0.0.0/0', gateway: '10.10.10.1' }],
};
const THREE = ['meta-data 200', 'network-config 200', 'user-data 200'];

describe('a node', () => {
  it('with a partial configuration gets name and address, and waits for the rest', async () => {
    const port = await freePort();
    const { serial, nics } = rendered(port, 'partial');
    await serve(port, false);
    const booted = await bootOverHttp(serial, nics);
    expect(booted).toMatchObject({ hostname: 'n-1', instanceId: 'lab-n-1', state: 'maintenance', network: NETWORK });
    expect(booted.config).toContain('kind: HostnameConfig');
    expect(seen).toEqual(THREE);
  });

  it('with an #include fetches its full configuration from the private folder', async () => {
    const port = await freePort();
    const { serial, nics } = rendered(port, 'include');
    await serve(port, true);
    expect(await bootOverHttp(serial, nics)).toMatchObject({
      hostname: 'n-1',
      state: 'configured',
      network: NETWORK,
      config: MACHINE,
    });
    expect(seen).toEqual([...THREE, 'machine-config 200']);
  });

  it('with a partial configuration gets its full one in its place where that is served', async () => {
    const port = await freePort();
    const { serial, nics } = rendered(port, 'partial');
    await serve(port, true);
    expect(await bootOverHttp(serial, nics)).toMatchObject({ hostname: 'n-1', state: 'configured', config: MACHINE });
    expect(seen).toEqual(THREE);
  });

  it('with no user-data waits at once, also where all three files are answered 200', async () => {
    const port = await freePort();
    const { serial, nics } = rendered(port, 'none');
    await serve(port, false);
    expect(await bootOverHttp(serial, nics)).toMatchObject({
      hostname: 'n-1',
      state: 'maintenance',
      network: NETWORK,
      config: null,
    });
    expect(seen).toEqual(THREE);
  });

  it('that starts before the server waits for it', async () => {
    const port = await freePort();
    const { serial, nics } = rendered(port, 'partial');
    const booting = bootOverHttp(serial, nics);
    await new Promise((done) => setTimeout(done, 40));
    await serve(port, false);
    expect(await booting).toMatchObject({ hostname: 'n-1', network: NETWORK });
  });

  it('does without meta-data and network-config after three minutes, and without user-data at once', async () => {
    const port = await freePort();
    const { serial } = rendered(port, 'partial');
    rmSync(join(folder, 'out/nocloud/n-1'), { recursive: true });
    await serve(port, false);
    expect(await bootOverHttp(serial)).toEqual({
      hostname: null,
      instanceId: null,
      network: null,
      state: 'maintenance',
      config: null,
    });
    expect(seen.filter((line) => line === 'meta-data 404').length).toBeGreaterThan(3);
    expect(seen.filter((line) => line === 'user-data 404')).toHaveLength(1);
  });

  it('whose included configuration is not there waits in maintenance mode', async () => {
    const port = await freePort();
    const { serial, nics } = rendered(port, 'include');
    rmSync(join(folder, 'private/n-1.yaml'));
    await serve(port, true);
    expect(await bootOverHttp(serial, nics)).toMatchObject({ hostname: 'n-1', state: 'maintenance', config: null });
    expect(seen).toEqual([...THREE, 'machine-config 404']);
  });

  it('never gets further while nobody answers', async () => {
    await expect(bootOverHttp(`ds=nocloud-net;s=http://127.0.0.1:${await freePort()}/`)).rejects.toThrow(
      /gave up on .*user-data/,
    );
  });
});
