/** Asks a Proxmox VE what the simulator claims to know: read-only, and only shapes are kept. */

import { shapeOf, type Shape } from './shape.ts';

/** Answers a GET under `/api2/json` with the value of `data`. @throws when the host refuses */
export type Get = (path: string) => Promise<unknown>;

export interface Recording {
  /** What the host says of its version. */
  readonly version: string;
  /** `GET /nodes/{node}/qemu` -> shape of the answer, or what the host said instead. */
  readonly answers: Readonly<Record<string, Shape | { readonly refused: string }>>;
}

type Ids = Readonly<Record<string, string>>;

/** Endpoint -> what of its answer names the things that later questions are about. */
const QUESTIONS: readonly (readonly [path: string, ids: (data: unknown) => Ids])[] = [
  ['/version', () => ({})],
  ['/nodes', (data) => ({ node: first(data, 'node') })],
  ['/cluster/nextid', () => ({})],
  ['/cluster/resources?type=vm', () => ({})],
  ['/storage', () => ({})],
  ['/pools', () => ({})],
  ['/nodes/{node}/network', () => ({})],
  ['/nodes/{node}/storage', (data) => ({ storage: first(data, 'storage') })],
  ['/nodes/{node}/storage/{storage}/content', () => ({})],
  ['/nodes/{node}/qemu', (data) => ({ vmid: first(data, 'vmid') })],
  ['/nodes/{node}/qemu/{vmid}/config', () => ({})],
  ['/nodes/{node}/qemu/{vmid}/pending', () => ({})],
  ['/nodes/{node}/qemu/{vmid}/status/current', () => ({})],
  ['/nodes/{node}/tasks?limit=1', (data) => ({ upid: first(data, 'upid') })],
  ['/nodes/{node}/tasks/{upid}/status', () => ({})],
  ['/nodes/{node}/tasks/{upid}/log', () => ({})],
];

/** What a host without VMs or tasks cannot be asked is left out. */
export async function record(get: Get): Promise<Recording> {
  const answers: Record<string, Recording['answers'][string]> = {};
  let ids: Ids = {};
  let version = '';
  for (const [path, idsOf] of QUESTIONS) {
    const filled = fill(path, ids);
    if (filled === null) continue;
    try {
      const data = await get(filled);
      if (path === '/version') version = String((data as { version?: unknown }).version);
      answers[`GET ${path}`] = shapeOf(data);
      ids = { ...ids, ...idsOf(data) };
    } catch (error) {
      answers[`GET ${path}`] = { refused: error instanceof Error ? error.message : String(error) };
      // Everybody who is known may ask it. Proxmox VE lets whoever is not wait three seconds for each question.
      if (path === '/version') break;
    }
  }
  return { version, answers };
}

function fill(path: string, ids: Ids): string | null {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  if (names.some((name) => (ids[name] ?? '') === '')) return null;
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids[name] ?? ''));
}

function first(data: unknown, key: string): string {
  const entry: unknown = Array.isArray(data) ? data[0] : undefined;
  const value =
    typeof entry === 'object' && entry !== null ? (entry as Readonly<Record<string, unknown>>)[key] : undefined;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
