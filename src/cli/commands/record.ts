import { pveGet, type PveAddress } from '../../io/pve-get.ts';
import { CommandError, UsageError } from '../../model/errors.ts';
import { shown } from '../../model/shown.ts';
import type { Recording } from '../../simulator/record/record.ts';
import { printJson } from '../report.ts';
import type { Session } from '../session.ts';

/**
 * Asks a real Proxmox VE, read-only, for the shapes of its answers and compares them with the simulator's.
 * @returns 0 when none contradicts, else 1
 */
export async function record(session: Session): Promise<number> {
  const address = addressOf(session);
  const { record: ask, contradictionsWith } = await import('../../simulator/index.ts');
  const recording = await ask((path) => pveGet(address, path)).catch((error: unknown) => {
    throw new CommandError(`${address.url} cannot be asked: ${(error as Error).message}`, { cause: error });
  });
  if (recording.version === '') throw new CommandError(`${address.url} cannot be asked: ${refusalOf(recording)}`);
  const { against, found } = await contradictionsWith(recording, (url, token, caFile, path) =>
    pveGet({ url, token, caFile }, path),
  );
  const exitCode = found.length === 0 ? 0 : 1;
  if (session.json) {
    printJson(session, {
      command: 'record',
      ok: exitCode === 0,
      exitCode,
      data: { ...recording, against, contradictions: found },
    });
    return exitCode;
  }
  session.output.out(JSON.stringify(recording, null, 2));
  for (const { endpoint, path, host, simulator } of found) {
    session.output.err(`${endpoint}: ${path} is ${host} on the host and ${simulator} in the simulator`);
  }
  const asked = Object.keys(recording.answers).length;
  session.output.err(
    `${asked} answers of Proxmox VE ${recording.version} against the simulated ${against}: ${found.length} contradictions`,
  );
  return exitCode;
}

function addressOf({ env }: Session): PveAddress {
  const [endpoint, token] = [env['PROXMOX_VE_ENDPOINT'] ?? '', env['PROXMOX_VE_API_TOKEN'] ?? ''];
  if (endpoint === '' || token === '') {
    throw new UsageError(
      'set PROXMOX_VE_ENDPOINT (https://host:8006) and PROXMOX_VE_API_TOKEN (user@realm!name=secret, a role that may only read) first',
    );
  }
  if (!URL.canParse(endpoint) || new URL(endpoint).protocol !== 'https:') {
    throw new UsageError(`PROXMOX_VE_ENDPOINT is ${shown(endpoint)}, not an https URL; write it as https://host:8006`);
  }
  return { url: new URL(endpoint).origin, token, caFile: env['SSL_CERT_FILE'] ?? null };
}

/** Why there is no version: what the host said, or that it said something else. */
function refusalOf({ answers }: Recording): string {
  const answer = answers['GET /version'];
  return typeof answer === 'object' && 'refused' in answer && typeof answer.refused === 'string'
    ? answer.refused
    : 'this is not a Proxmox VE';
}
