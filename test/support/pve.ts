/** A small client of the simulated Proxmox VE, and hosts to try things on. */

import { Agent, request } from 'node:https';
import { startSimulator, type HostSeed, type Simulator, type SimulatorOptions } from '../../src/simulator/index.ts';

/** Whatever the API answers. */
export type Json = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly data: Json;
  readonly errors: Readonly<Record<string, string>> | null;
  readonly text: string;
}

export type Form = Readonly<Record<string, string | number>>;

export interface PveClient {
  readonly simulator: Simulator;
  /** Parameters go into the query of GET and DELETE, into the body of PUT and POST. */
  call(method: string, path: string, form?: Form | string, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  get(path: string, form?: Form): Promise<Json>;
  /** Waits for the task that the request starts. @returns its exit status */
  task(method: string, path: string, form?: Form): Promise<string>;
  config(vmid: number): Promise<Record<string, Json>>;
  close(): Promise<void>;
}

export const NODE = '/nodes/pve/qemu';

export async function pve(options: SimulatorOptions = {}): Promise<PveClient> {
  return clientOf(await startSimulator({ authDelayMilliseconds: 0, staleMilliseconds: 0, ...options }));
}

export function clientOf(simulator: Simulator): PveClient {
  const agent = new Agent({ keepAlive: true, ca: simulator.caPem, maxSockets: 8 });
  const { user, name, secret } = simulator.token;
  const authorization = `PVEAPIToken=${user}!${name}=${secret}`;
  const call: PveClient['call'] = (method, path, form = {}, headers = {}) => {
    const encoded = typeof form === 'string' ? form : encode(form);
    const inBody = method === 'POST' || method === 'PUT';
    const url = `${simulator.url}/api2/json${path}${!inBody && encoded !== '' ? `?${encoded}` : ''}`;
    return send(url, agent, method, inBody ? encoded : '', { authorization, ...headers });
  };
  const get: PveClient['get'] = async (path, form) => demand(await call('GET', path, form), `GET ${path}`).data;
  return {
    simulator,
    call,
    get,
    task: async (method, path, form) => {
      const { data: upid } = demand(await call(method, path, form), `${method} ${path}`);
      await simulator.host.tasks.settled();
      return (await get(`/nodes/${String(upid).split(':')[1] ?? ''}/tasks/${encodeURIComponent(upid)}/status`))
        .exitstatus;
    },
    config: (vmid) => get(`${NODE}/${vmid}/config`),
    close: async () => {
      agent.destroy();
      await simulator.stop();
    },
  };
}

function demand(answer: Answer, what: string): Answer {
  if (answer.status !== 200)
    throw new Error(`${what}: ${answer.status} ${answer.reason} ${JSON.stringify(answer.errors)}`);
  return answer;
}

export function encode(form: Form): string {
  return Object.entries(form)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`)
    .join('&');
}

function send(
  url: string,
  agent: Agent,
  method: string,
  body: string,
  headers: Record<string, string>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent =
      body === ''
        ? headers
        : {
            'content-type': 'application/x-www-form-urlencoded',
            'content-length': String(Buffer.byteLength(body)),
            ...headers,
          };
    const outgoing = request(url, { method, agent, headers: sent }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const parsed = text === '' ? {} : JSON.parse(text);
        resolve({
          status: incoming.statusCode ?? 0,
          reason: incoming.statusMessage ?? '',
          data: parsed.data,
          errors: parsed.errors ?? null,
          text,
        });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** A template on local-lvm, an image to import, a URL to download, a foreign VM. */
export function seed(more: Partial<HostSeed> = {}): HostSeed {
  return {
    nodes: [{ name: 'pve', bridges: ['vmbr0'] }],
    storages: [
      { id: 'local', type: 'dir', content: ['iso', 'import', 'snippets', 'vztmpl', 'backup'] },
      { id: 'local-lvm', type: 'lvmthin', content: ['images', 'rootdir'] },
      { id: 'files', type: 'dir', content: ['images'] },
    ],
    access: {
      users: [{ id: 'root@pam', password: 'secret' }],
      tokens: [
        { id: 'root@pam!rehearsal', secret: '5eed0000-0000-4000-8000-000000000001', privilegeSeparation: false },
      ],
    },
    files: [
      {
        node: 'pve',
        storage: 'local',
        content: 'import',
        name: 'talos.qcow2',
        size: 100 * 2 ** 20,
        virtualSize: 10 * 2 ** 30,
      },
    ],
    downloads: [
      {
        url: 'https://factory.test/new.qcow2',
        size: 90 * 2 ** 20,
        virtualSize: 10 * 2 ** 30,
        checksums: { sha256: 'ab'.repeat(32) },
      },
    ],
    vms: [
      {
        vmid: 9000,
        node: 'pve',
        template: true,
        config: {
          name: 'talos',
          cores: '2',
          cpu: 'host',
          memory: '2048',
          agent: 'enabled=1',
          ostype: 'l26',
          scsihw: 'virtio-scsi-single',
          boot: 'order=scsi0',
          net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0',
          serial0: 'socket',
          smbios1: 'uuid=6d6f0a0e-0000-4000-8000-000000000001',
          vmgenid: '6d6f0a0e-0000-4000-8000-000000000002',
          tags: 'talos;template',
        },
        drives: {
          scsi0: { storage: 'local-lvm', size: 10 * 2 ** 30, options: { discard: 'on', iothread: '1', ssd: '1' } },
          ide2: { storage: 'local-lvm', size: 0, cloudInit: true },
        },
      },
    ],
    ...more,
  };
}
