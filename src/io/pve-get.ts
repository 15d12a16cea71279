/** Reads from a Proxmox VE over HTTPS; it cannot write. */

import { readFileSync } from 'node:fs';
import { request } from 'node:https';

export interface PveAddress {
  /** `https://host:8006` */
  readonly url: string;
  /** `user@realm!name=secret` */
  readonly token: string;
  /** File with the authority to trust; the system's by default. */
  readonly caFile: string | null;
}

const TIMEOUT_MS = 30_000;

/** @throws Error with what the host said, or why it could not be asked */
export async function pveGet({ url, token, caFile }: PveAddress, path: string): Promise<unknown> {
  const ca = caFile === null ? {} : { ca: readFileSync(caFile) };
  const headers = { authorization: `PVEAPIToken=${token}` };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${url}/api2/json${path}`,
      { method: 'GET', headers, timeout: TIMEOUT_MS, agent: false, ...ca },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () => {
          if (answer.statusCode !== 200)
            reject(new Error(`${answer.statusCode ?? 0} ${answer.statusMessage ?? ''}`.trim()));
          else resolve((JSON.parse(Buffer.concat(chunks).toString('utf8')) as { data?: unknown }).data);
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer within 30 seconds')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
