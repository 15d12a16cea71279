/** The distilled facts, read for one version. */

import facts from './facts.json' with { type: 'json' };
import {
  PVE_VERSIONS,
  type Endpoint,
  type ObjectFormat,
  type PermissionCheck,
  type Properties,
  type PropertySchema,
  type PveVersion,
} from './types.ts';

/** A value of some versions only: from `since` on, before `until`. */
interface Spanned {
  readonly since?: PveVersion;
  readonly until?: PveVersion;
}

type Variants<T> = (T & Spanned) | readonly (T & Spanned)[];
type PropertyFacts = Variants<Omit<PropertySchema, 'format'> & { readonly format?: string | FormatFacts }>;
interface FormatFacts {
  readonly [key: string]: PropertyFacts;
}

interface EndpointFacts {
  readonly permissions: Variants<{ readonly user?: 'all' | 'world'; readonly check?: PermissionCheck }>;
  readonly noToken?: true;
  readonly proxied?: true;
  readonly protected?: true;
  /** Names in `shared`, separated by spaces. */
  readonly shared?: string;
  /** Parameters that stand with this endpoint alone. */
  readonly here?: FormatFacts;
}

interface Facts {
  readonly shared: FormatFacts;
  readonly endpoints: Readonly<Record<string, EndpointFacts>>;
}

const FACTS = facts as unknown as Facts;

/** How many of an indexed family there are: `net[n]` is net0 to net31. */
const FAMILY_SIZE: Readonly<Record<string, number>> = {
  net: 32,
  scsi: 31,
  virtio: 16,
  sata: 6,
  ide: 4,
  unused: 256,
  usb: 14,
  hostpci: 16,
  serial: 4,
  parallel: 3,
  numa: 8,
  ipconfig: 32,
  virtiofs: 10,
};

const read = new Map<PveVersion, readonly Endpoint[]>();

/** Every endpoint the simulator answers, with what `version` accepts there. */
export function endpointsOf(version: PveVersion): readonly Endpoint[] {
  const known = read.get(version);
  if (known !== undefined) return known;
  const parameters = readFormat(FACTS.shared, version);
  // `cdrom` is an older name of ide2 and is written like any IDE drive.
  const shared = withFormat(parameters, 'cdrom', parameters['ide[n]']?.format);
  const endpoints = Object.entries(FACTS.endpoints).flatMap(([name, entry]) => endpoint(name, entry, shared, version));
  read.set(version, endpoints);
  return endpoints;
}

/** Every key of a VM's configuration that `version` knows. */
export function vmConfigProperties(version: PveVersion): Properties {
  const name = 'PUT /nodes/{node}/qemu/{vmid}/config';
  return endpointsOf(version).find((candidate) => candidate.name === name)?.parameters ?? new Map();
}

function withFormat(parameters: ObjectFormat, key: string, format: PropertySchema['format']): ObjectFormat {
  const property = parameters[key];
  return property === undefined || format === undefined
    ? parameters
    : { ...parameters, [key]: { ...property, format } };
}

/** @returns one, or none where `version` does not have it */
function endpoint(name: string, entry: EndpointFacts, shared: ObjectFormat, version: PveVersion): Endpoint[] {
  const permissions = select(entry.permissions, version);
  if (permissions === null) return [];
  const [method = '', path = ''] = name.split(' ');
  const names = entry.shared?.split(' ') ?? [];
  const used = names.flatMap((key): [string, PropertySchema][] =>
    shared[key] === undefined ? [] : [[key, shared[key]]],
  );
  const here = Object.entries(readFormat(entry.here ?? {}, version));
  return [
    {
      method,
      path,
      name,
      segments: path.split('/').filter((segment) => segment !== ''),
      permissions,
      allowsToken: entry.noToken !== true,
      proxied: entry.proxied === true,
      protected: entry.protected === true,
      parameters: new Map([...used, ...here].flatMap(([key, property]) => expand(key, property))),
    },
  ];
}

function expand(key: string, property: PropertySchema): [string, PropertySchema][] {
  const family = /^([a-z]+)\[n\]$/.exec(key)?.[1];
  if (family === undefined) return [[key, property]];
  return Array.from({ length: FAMILY_SIZE[family] ?? 8 }, (_, index) => [`${family}${index}`, property]);
}

function readFormat(format: FormatFacts, version: PveVersion): ObjectFormat {
  return Object.fromEntries(
    Object.entries(format).flatMap(([key, variants]) => {
      const property = select(variants, version);
      if (property === null) return [];
      const { format: sub, ...rest } = property;
      if (sub === undefined) return [[key, rest]];
      return [[key, { ...rest, format: typeof sub === 'string' ? sub : readFormat(sub, version) }]];
    }),
  );
}

/** The variant that holds for `version`, without the span it holds for. */
function select<T extends object>(variants: Variants<T>, version: PveVersion): T | null {
  const list = (Array.isArray(variants) ? variants : [variants]) as readonly (T & Spanned)[];
  const found = list.find(
    ({ since, until }) => !isOlder(version, since) && (until === undefined || isOlder(version, until)),
  );
  if (found === undefined) return null;
  const { since: _since, until: _until, ...rest } = found;
  return rest as unknown as T;
}

function isOlder(version: PveVersion, than: PveVersion | undefined): boolean {
  return than !== undefined && PVE_VERSIONS.indexOf(version) < PVE_VERSIONS.indexOf(than);
}
