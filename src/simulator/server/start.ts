/** Starts a simulated Proxmox VE. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../model/errors.ts';
import { haAgent } from '../handlers/ha-guests.ts';
import { HANDLERS } from '../handlers/index.ts';
import { DEFAULT_TOKEN, type TokenIdentity } from '../identity.ts';
import { installationSeed, type Installation } from '../installations.ts';
import { NEWEST_PVE, PVE_VERSIONS, type PveVersion } from '../schema/types.ts';
import { ApiError } from '../state/errors.ts';
import { FaultCounter, type FaultPlan } from '../state/faults.ts';
import type { Host, HostOptions, HostSeed } from '../state/host.ts';
import type { RequestLog } from '../state/log.ts';
import { seededHost } from '../state/seed.ts';
import { makeCertificates } from './certificates.ts';
import { serve } from './server.ts';

export interface SimulatorOptions extends Omit<HostOptions, 'version'> {
  /** `8.4`, `9.0` or `9.1`; the newest by default. */
  readonly version?: string;
  /** 0 by default: any free port. */
  readonly port?: number;
  /** By default `fresh`, what the installer of that version leaves: one node. */
  readonly seed?: HostSeed | Installation;
  /** The token that `env` hands over; it must be in the seed. */
  readonly token?: TokenIdentity;
  /** How long a refused login is kept waiting; 3 s by default, as on a real host. */
  readonly authDelayMilliseconds?: number;
}

export interface Simulator {
  /** `https://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** The authority that signed the server's certificate, as text and as a file that lives until `stop`. */
  readonly caPem: string;
  readonly caFile: string;
  /** What a ProviderConfig of the Crossplane provider reads, as a file that lives until `stop`. */
  readonly crossplaneFile: string;
  readonly token: TokenIdentity;
  /** All of the state, to read and to change. */
  readonly host: Host;
  readonly log: RequestLog;
  /** What leads Ansible's modules, OpenTofu with rendered configuration, and the bpg provider by itself here. */
  env(): Readonly<Record<string, string>>;
  /**
   * Puts a new plan in place of the old one, and undoes what the old one left: revoked tokens, full storages.
   * @throws UsageError for a storage that is not there
   */
  setFaults(plan: FaultPlan): void;
  /** Breaks what is open, frees the port, removes the file. */
  stop(): Promise<void>;
}

/** @throws UsageError for an unknown version, a seed that cannot be, a port that cannot be had */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { token = DEFAULT_TOKEN } = options;
  // Keys are drawn off the main thread while the host is set up.
  const issued = makeCertificates();
  const host = makeHost(options, token);
  host.ha.begin(haAgent(host, HANDLERS));
  let faults = new FaultCounter([]);
  const certificates = await issued;
  const dispatcher = { host, faults: () => faults, authDelayMilliseconds: options.authDelayMilliseconds ?? 3_000 };
  const server = await serve(dispatcher, certificates, options.port ?? 0).catch((error: unknown) =>
    refusePort(options.port ?? 0, error),
  );
  const directory = mkdtempSync(join(tmpdir(), 'talmox-simulator-'));
  const caFile = join(directory, 'ca.pem');
  writeFileSync(caFile, certificates.caPem);
  const url = `https://127.0.0.1:${server.port}`;
  const crossplaneFile = join(directory, 'crossplane-credentials.json');
  writeFileSync(crossplaneFile, crossplaneCredentials(url, token), { mode: 0o600 });
  return {
    url,
    port: server.port,
    caPem: certificates.caPem,
    caFile,
    crossplaneFile,
    token,
    host,
    log: host.log,
    env: () => environment(url, server.port, caFile, token),
    setFaults: (plan) => {
      needStorages(host, plan);
      faults = new FaultCounter(plan);
      host.access.accounts.restoreTokens();
      for (const storage of host.storages.list()) storage.full = false;
    },
    stop: async () => {
      host.ha.end();
      await server.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function makeHost({ version = NEWEST_PVE, seed = 'fresh', ...options }: SimulatorOptions, token: TokenIdentity): Host {
  if (!isVersion(version))
    throw new UsageError(`Proxmox VE ${version} is not simulated; there are ${PVE_VERSIONS.join(', ')}`);
  try {
    const state = typeof seed === 'string' ? installationSeed(seed, version, { token }) : seed;
    return seededHost(state, { ...options, version });
  } catch (error) {
    if (error instanceof ApiError)
      throw new UsageError(`the simulated host cannot be set up: ${error.message}`, { cause: error });
    throw error;
  }
}

function needStorages(host: Host, plan: FaultPlan): void {
  const known = host.storages.list().map(({ id }) => id);
  for (const { effect } of plan) {
    if (effect.kind === 'storage-full' && !known.includes(effect.storage)) {
      throw new UsageError(`the fault plan fills storage '${effect.storage}'; there are ${known.join(', ')}`);
    }
  }
}

function isVersion(text: string): text is PveVersion {
  return (PVE_VERSIONS as readonly string[]).includes(text);
}

function refusePort(port: number, error: unknown): never {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const what = code === 'EADDRINUSE' ? 'is taken' : code === 'EACCES' ? 'may not be used' : `cannot be had (${code})`;
  throw new UsageError(`port ${port} ${what}; name another one`, { cause: error });
}

function environment(
  url: string,
  port: number,
  caFile: string,
  { user, name, secret }: TokenIdentity,
): Record<string, string> {
  return {
    PROXMOX_HOST: '127.0.0.1',
    PROXMOX_PORT: String(port),
    PROXMOX_USER: user,
    PROXMOX_TOKEN_ID: name,
    PROXMOX_TOKEN_SECRET: secret,
    REQUESTS_CA_BUNDLE: caFile,
    PROXMOX_VE_ENDPOINT: `${url}/`,
    PROXMOX_VE_API_TOKEN: `${user}!${name}=${secret}`,
    SSL_CERT_FILE: caFile,
    // Rendered configuration names its endpoint itself, by variables.
    TF_VAR_proxmox_endpoint: `${url}/`,
    TF_VAR_proxmox_insecure: 'false',
    TF_VAR_state_passphrase: 'state of a simulation',
    // A state of its own: the one of the real cluster must not learn of what is built here.
    TF_WORKSPACE: 'simulated',
    NO_PROXY: '127.0.0.1',
    no_proxy: '127.0.0.1',
  };
}

/** Every value is text, as the provider wants it. It knows no authority but those of its own image. */
function crossplaneCredentials(url: string, { user, name, secret }: TokenIdentity): string {
  return `${JSON.stringify({ endpoint: `${url}/`, api_token: `${user}!${name}=${secret}`, insecure: 'true' }, null, 2)}\n`;
}
