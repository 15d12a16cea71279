/**
 * How a Talos node fetches its configuration over HTTP. Source: siderolabs/talos pkg/download/download.go and
 * internal/app/machined/pkg/runtime/v1alpha1/platform/nocloud/{nocloud,metadata}.go.
 */

import { get } from 'node:http';
import { readNetworkConfig, type TalosNetwork } from '../targets/nocloud/talos-network.ts';
import { readMetadata, readSerial, readUserData, type MachineMetadata } from '../targets/nocloud/talos-reader.ts';

export interface Booted extends MachineMetadata {
  /** `null`: none was to be had, and with it goes all that meta-data says. */
  readonly network: TalosNetwork | null;
  /** A full configuration, or what it waits for. */
  readonly state: 'maintenance' | 'configured';
  /** The configuration it applied: whole or in part. */
  readonly config: string | null;
}

/** How long a second of the node takes here. */
const SECOND_MS = 2;
const TIMEOUT_SECONDS = 180;

type Answer = { readonly status: number; readonly body: string } | null;

function ask(url: string): Promise<Answer> {
  return new Promise((resolve) => {
    get(url, { agent: false }, (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => (body += chunk.toString()));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    }).on('error', () => {
      resolve(null);
    });
  });
}

/**
 * Asks until it is answered 200, with longer and longer pauses, for three minutes of the node.
 * @param patient whether 404 and an empty answer are asked again too; else they are the answer `null`
 * @throws Error when the time is up
 */
async function download(url: string, patient: boolean): Promise<string | null> {
  // Seconds of the node, not of the clock: on a busy machine it asks as often as on a quiet one.
  let waited = 0;
  for (let pause = 1; ; pause *= 2) {
    const answer = await ask(url);
    if (answer?.status === 204) return patient ? '' : null;
    if (answer?.status === 404 && !patient) return null;
    if (answer?.status === 200) return answer.body === '' && !patient ? null : answer.body;
    waited += pause + Math.random();
    if (waited > TIMEOUT_SECONDS) throw new Error(`gave up on ${url}: ${String(answer?.status)}`);
    await new Promise((done) => setTimeout(done, pause * SECOND_MS));
  }
}

/** @throws Error where the node starts over and over again, and never gets to maintenance mode */
export async function bootOverHttp(
  serialText: string,
  nics: Parameters<typeof readNetworkConfig>[1] = [],
): Promise<Booted> {
  const serial = readSerial(serialText);
  if (serial.url === null) throw new Error('reads the drive');
  const metaData = await download(`${serial.url}meta-data`, true).catch(() => null);
  const networkConfig = await download(`${serial.url}network-config`, true).catch(() => null);
  const userData = await download(`${serial.url}user-data`, false);
  const network = networkConfig === null ? null : readNetworkConfig(networkConfig, nics);
  const names = network === null ? { hostname: null, instanceId: null } : readMetadata(serial, metaData, userData);
  const read = readUserData(userData);
  const config = read === 'maintenance' ? null : 'include' in read ? await download(read.include, false) : userData;
  const final = readUserData(config);
  return {
    ...names,
    network,
    config,
    state: typeof final === 'object' && 'isComplete' in final && final.isComplete ? 'configured' : 'maintenance',
  };
}
