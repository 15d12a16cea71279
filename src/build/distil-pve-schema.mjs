/**
 * Distils what the simulator must know of the Proxmox VE API from the API viewer's data of several versions:
 * names, types, bounds, enumerations and permissions, without its descriptions.
 *
 *   node src/build/distil-pve-schema.mjs 8.4=apidata-8.4.json 9.0=... 9.1=... > src/simulator/schema/facts.json
 *
 * What is the same in every version is written once; what is not carries `since` (first version that has it) or
 * `until` (first version that lacks it). A parameter that several endpoints share is written once, under `shared`.
 */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const VM = '/nodes/{node}/qemu/{vmid}';
const STORE = '/nodes/{node}/storage/{storage}';
const HA = '/cluster/ha';
const USER = '/access/users/{userid}';

/** Everything the simulator answers. */
const ENDPOINTS = [
  'GET /version',
  'POST /access/ticket',
  'GET /access/domains',
  'GET /access/permissions',
  'GET /access/roles',
  'POST /access/roles',
  'GET /access/roles/{roleid}',
  'PUT /access/roles/{roleid}',
  'DELETE /access/roles/{roleid}',
  'GET /access/users',
  'POST /access/users',
  `GET ${USER}`,
  `PUT ${USER}`,
  `DELETE ${USER}`,
  `GET ${USER}/token`,
  `GET ${USER}/token/{tokenid}`,
  `POST ${USER}/token/{tokenid}`,
  `PUT ${USER}/token/{tokenid}`,
  `DELETE ${USER}/token/{tokenid}`,
  'GET /access/acl',
  'PUT /access/acl',
  'GET /cluster/nextid',
  'GET /cluster/options',
  'GET /cluster/resources',
  'GET /cluster/status',
  'GET /cluster/tasks',
  `GET ${HA}/resources`,
  `POST ${HA}/resources`,
  `GET ${HA}/resources/{sid}`,
  `PUT ${HA}/resources/{sid}`,
  `DELETE ${HA}/resources/{sid}`,
  `POST ${HA}/resources/{sid}/migrate`,
  `POST ${HA}/resources/{sid}/relocate`,
  `GET ${HA}/groups`,
  `POST ${HA}/groups`,
  `GET ${HA}/groups/{group}`,
  `PUT ${HA}/groups/{group}`,
  `DELETE ${HA}/groups/{group}`,
  `GET ${HA}/rules`,
  `POST ${HA}/rules`,
  `GET ${HA}/rules/{rule}`,
  `PUT ${HA}/rules/{rule}`,
  `DELETE ${HA}/rules/{rule}`,
  `GET ${HA}/status/current`,
  'GET /cluster/mapping/dir',
  'GET /cluster/mapping/pci',
  'GET /cluster/mapping/usb',
  'GET /cluster/sdn/zones',
  'GET /cluster/sdn/vnets',
  'GET /nodes',
  'GET /nodes/{node}/capabilities/qemu/cpu',
  'GET /nodes/{node}/capabilities/qemu/machines',
  'GET /nodes/{node}/sdn/zones',
  'GET /nodes/{node}/status',
  'GET /nodes/{node}/time',
  'GET /nodes/{node}/version',
  'GET /nodes/{node}/network',
  'GET /nodes/{node}/lxc',
  'GET /nodes/{node}/query-url-metadata',
  'GET /nodes/{node}/tasks',
  'GET /nodes/{node}/tasks/{upid}/status',
  'GET /nodes/{node}/tasks/{upid}/log',
  'DELETE /nodes/{node}/tasks/{upid}',
  'GET /storage',
  'GET /storage/{storage}',
  'GET /nodes/{node}/storage',
  `GET ${STORE}/status`,
  `GET ${STORE}/content`,
  `GET ${STORE}/content/{volume}`,
  `DELETE ${STORE}/content/{volume}`,
  `POST ${STORE}/download-url`,
  `POST ${STORE}/upload`,
  'GET /nodes/{node}/qemu',
  'POST /nodes/{node}/qemu',
  `DELETE ${VM}`,
  `GET ${VM}/config`,
  `PUT ${VM}/config`,
  `POST ${VM}/config`,
  `GET ${VM}/pending`,
  `GET ${VM}/cloudinit`,
  `PUT ${VM}/cloudinit`,
  `PUT ${VM}/unlink`,
  `PUT ${VM}/resize`,
  `POST ${VM}/move_disk`,
  `POST ${VM}/clone`,
  `POST ${VM}/template`,
  `GET ${VM}/status/current`,
  `POST ${VM}/status/start`,
  `POST ${VM}/status/stop`,
  `POST ${VM}/status/shutdown`,
  `POST ${VM}/status/reboot`,
  `POST ${VM}/status/reset`,
  `POST ${VM}/status/suspend`,
  `POST ${VM}/status/resume`,
  `GET ${VM}/migrate`,
  `POST ${VM}/migrate`,
  `POST ${VM}/agent/ping`,
  `GET ${VM}/agent/network-get-interfaces`,
  'GET /pools',
  'POST /pools',
  'PUT /pools',
  'DELETE /pools',
  'GET /pools/{poolid}',
  'PUT /pools/{poolid}',
  'DELETE /pools/{poolid}',
];

const NUMBERS = ['minimum', 'maximum', 'minLength', 'maxLength'];

/** One property as plain facts: numbers as numbers, patterns as JavaScript reads them, no prose. */
export function distilProperty(raw) {
  const out = { type: raw.type ?? 'string' };
  if (Number(raw.optional ?? 0) === 1) out.optional = true;
  if (typeof raw.format === 'object') out.format = mapValues(raw.format, distilProperty);
  else if (raw.format !== undefined) out.format = raw.format;
  if (raw.pattern !== undefined) Object.assign(out, distilPattern(raw.pattern));
  if (Array.isArray(raw.enum)) out.enum = raw.enum.map(String);
  for (const key of NUMBERS) if (raw[key] !== undefined) out[key] = Number(raw[key]);
  if (raw.default !== undefined && raw.default !== null && !/\s/.test(String(raw.default)))
    out.default = String(raw.default);
  for (const key of ['requires', 'alias', 'keyAlias']) if (typeof raw[key] === 'string') out[key] = raw[key];
  if (Number(raw.default_key ?? 0) === 1) out.default_key = true;
  if (raw.items !== undefined) out.items = distilProperty(raw.items);
  return out;
}

/** Perl prints a compiled pattern as `(?^i:...)` and may leave out a lower bound; JavaScript reads neither. */
function distilPattern(pattern) {
  const text = pattern.replace(/\(\?\^[a-z]*:/g, '(?:').replace(/\{,(\d+)\}/g, '{0,$1}');
  return /\(\?\^[a-z]*i[a-z]*:/.test(pattern) ? { pattern: text, ignoreCase: true } : { pattern: text };
}

/** Method and path -> its raw facts, of one version. */
export function rawEndpoints(tree) {
  const found = new Map();
  const walk = (nodes) => {
    for (const node of nodes) {
      for (const [method, info] of Object.entries(node.info ?? {})) found.set(`${method} ${node.path}`, info);
      walk(node.children ?? []);
    }
  };
  walk(tree);
  return found;
}

export function distilPermissions(info) {
  const { user, check } = info.permissions ?? {};
  if (user !== undefined) return { user };
  return check === undefined ? {} : { check: check.map(numbersToText) };
}

function numbersToText(value) {
  return Array.isArray(value) ? value.map(numbersToText) : String(value);
}

/** Facts of all versions. `trees`: version -> the API viewer's tree, oldest version first. */
export function distil(trees) {
  const versions = Object.keys(trees);
  const raw = mapValues(trees, rawEndpoints);
  const endpoints = {};
  for (const name of ENDPOINTS) {
    const infos = Object.fromEntries(versions.flatMap((v) => (raw[v].has(name) ? [[v, raw[v].get(name)]] : [])));
    endpoints[name] = {
      permissions: mergeByVersion(versions, mapValues(infos, distilPermissions), (x) => x),
      noToken: Object.values(infos).some(({ allowtoken }) => Number(allowtoken ?? 0) === 0),
      proxied: Object.values(infos).some(({ proxyto }) => proxyto === 'node'),
      inner: Object.values(infos).some((info) => Number(info.protected ?? 0) === 1),
      parameters: mergeProperties(
        versions,
        mapValues(infos, (i) => mapValues(i.parameters?.properties ?? {}, distilProperty)),
      ),
    };
  }
  return { versions, ...share(endpoints) };
}

/** One set of properties from one per version. */
function mergeProperties(versions, byVersion) {
  const names = new Set(Object.values(byVersion).flatMap(Object.keys));
  return Object.fromEntries(
    [...names].sort().map((name) => {
      const have = Object.fromEntries(
        Object.entries(byVersion).flatMap(([v, props]) => (props[name] ? [[v, props[name]]] : [])),
      );
      return [name, mergeProperty(versions, have)];
    }),
  );
}

/** Sub-keys of a property string are merged key by key, everything else as a whole. */
function mergeProperty(versions, have) {
  const all = Object.values(have);
  if (!all.every(({ format }) => typeof format === 'object')) return mergeByVersion(versions, have, (x) => x);
  const format = mergeProperties(
    Object.keys(have).length === versions.length ? versions : Object.keys(have),
    mapValues(have, (p) => p.format),
  );
  return mergeByVersion(
    versions,
    mapValues(have, (p) => ({ ...p, format: null })),
    (p) => ({ ...p, format }),
  );
}

/** One value, or a list of values with the versions they hold for. */
function mergeByVersion(versions, have, finish) {
  const spans = [];
  versions.forEach((version, index) => {
    const value = have[version];
    const last = spans.at(-1);
    if (value === undefined) {
      if (last !== undefined && last.until === undefined) last.until = version;
    } else if (last !== undefined && last.until === undefined && same(last.value, value)) {
      // The same as before.
    } else {
      if (last !== undefined) last.until ??= version;
      spans.push({ value, since: index === 0 ? undefined : version, until: undefined });
    }
  });
  const values = spans.map(({ value, since, until }) => ({
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...finish(value),
  }));
  return values.length === 1 ? values[0] : values;
}

/** Moves what at least two endpoints have alike into `shared`. */
function share(endpoints) {
  const uses = new Map();
  for (const { parameters } of Object.values(endpoints)) {
    for (const [name, property] of Object.entries(parameters)) {
      const key = `${name}\n${JSON.stringify(property)}`;
      uses.set(key, (uses.get(key) ?? 0) + 1);
    }
  }
  const best = new Map();
  for (const [key, count] of uses) {
    const name = key.slice(0, key.indexOf('\n'));
    if (count > 1 && count > (best.get(name)?.count ?? 0))
      best.set(name, { count, text: key.slice(key.indexOf('\n') + 1) });
  }
  const slim = mapValues(endpoints, ({ permissions, noToken, proxied, inner, parameters }) => {
    const isShared = ([name, property]) => best.get(name)?.text === JSON.stringify(property);
    const here = Object.entries(parameters).filter((entry) => !isShared(entry));
    const shared = Object.entries(parameters)
      .filter(isShared)
      .map(([name]) => name);
    return {
      permissions,
      ...(noToken ? { noToken } : {}),
      ...(proxied ? { proxied } : {}),
      ...(inner ? { protected: true } : {}),
      ...(shared.length === 0 ? {} : { shared: shared.join(' ') }),
      ...(here.length === 0 ? {} : { here: Object.fromEntries(here) }),
    };
  });
  const shared = Object.fromEntries(
    [...best].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, { text }]) => [name, JSON.parse(text)]),
  );
  return { shared, endpoints: slim };
}

/** JSON with one property on a line: a difference between two versions is a readable diff. */
export function print({ versions, shared, endpoints }) {
  const line = (value) => JSON.stringify(value);
  const block = (object, indent) =>
    Object.entries(object)
      .map(([key, value]) => `${indent}${line(key)}: ${property(value, indent)}`)
      .join(',\n');
  const property = (value, indent) =>
    typeof value.format !== 'object' || Array.isArray(value)
      ? line(value)
      : `${line({ ...value, format: undefined }).slice(0, -1)},"format":{\n${block(value.format, `${indent}  `)}\n${indent}}}`;
  const endpoint = ([name, { here, ...rest }]) =>
    here === undefined
      ? `    ${line(name)}: ${line(rest)}`
      : `    ${line(name)}: ${line(rest).slice(0, -1)},"here":{\n${block(here, '      ')}\n    }}`;
  return `{\n  "versions": ${line(versions)},\n  "shared": {\n${block(shared, '    ')}\n  },\n  "endpoints": {\n${Object.entries(endpoints).map(endpoint).join(',\n')}\n  }\n}\n`;
}

/** The tree inside a data file: `const apiSchema = [...]` or plain JSON. */
export function readTree(path) {
  const text = readFileSync(path, 'utf8');
  return JSON.parse(text.slice(text.indexOf('['), text.lastIndexOf(']') + 1));
}

function mapValues(object, map) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}

function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = process.argv.slice(2).map((argument) => argument.split(/=(.*)/s));
  process.stdout.write(print(distil(Object.fromEntries(files.map(([version, path]) => [version, readTree(path)])))));
}
