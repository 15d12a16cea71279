/** Options of the datacenter, and what they say about tags. Source: pve-cluster src/PVE/DataCenterConfig.pm, pve-guest-common src/PVE/GuestHelpers.pm. */

export interface DatacenterSeed {
  /** Where `GET /cluster/nextid` looks: 100 to 1000000 by default. */
  readonly nextId?: { readonly lower?: number; readonly upper?: number };
  /** Tags that only whoever has Sys.Modify on `/` may set and remove. */
  readonly registeredTags?: readonly string[];
  /** Which tags everybody else may set: any by default. */
  readonly userTags?: {
    readonly allow: 'free' | 'existing' | 'list' | 'none';
    /** Allowed besides, unless `allow` is `none`. */
    readonly list?: readonly string[];
  };
  readonly macPrefix?: string;
  readonly keyboard?: string;
  readonly httpProxy?: string;
}

const LOWER_ID = 100;
const UPPER_ID = 1_000_000;
/** Proxmox' own: answered also where nobody has set one. */
const MAC_PREFIX = 'BC:24:11';

/** @returns first id, and the one after the last */
export function idRange({ nextId = {} }: DatacenterSeed): { readonly lower: number; readonly upper: number } {
  return { lower: nextId.lower ?? LOWER_ID, upper: nextId.upper ?? UPPER_ID };
}

/** As `GET /cluster/options` answers them: numbers of property strings are text. */
export function answeredOptions(options: DatacenterSeed): Record<string, unknown> {
  const { nextId, registeredTags, userTags, macPrefix = MAC_PREFIX, keyboard, httpProxy } = options;
  const all = {
    'next-id': nextId === undefined ? undefined : textsOf(nextId),
    'registered-tags': registeredTags,
    'user-tag-access':
      userTags === undefined
        ? undefined
        : {
            'user-allow': userTags.allow,
            ...(userTags.list === undefined ? {} : { 'user-allow-list': userTags.list }),
          },
    mac_prefix: macPrefix,
    keyboard,
    http_proxy: httpProxy,
    description: '',
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function textsOf(numbers: Readonly<Record<string, number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(numbers).map(([key, number]) => [key, String(number)]));
}

/** Whose tags are judged. */
export interface Tagger {
  /** Has Sys.Modify on `/`. */
  readonly privileged: boolean;
  /** Tags of the guests that they may audit. */
  readonly seen: Iterable<string>;
}

/** Tags that exist and that somebody may set: examples where any may be set. */
export function allowedTags(options: DatacenterSeed, { privileged, seen }: Tagger): ReadonlySet<string> {
  const { registeredTags = [], userTags: { allow, list = [] } = { allow: 'free' } } = options;
  const allowed = new Set([
    ...(allow !== 'none' || privileged ? list : []),
    ...(allow === 'free' || allow === 'existing' || privileged ? seen : []),
    ...(privileged ? registeredTags : []),
  ]);
  if (!privileged) for (const tag of registeredTags) allowed.delete(tag);
  return allowed;
}

/** @returns a tag that they may neither set nor remove */
export function forbiddenTag(options: DatacenterSeed, tagger: Tagger, changed: readonly string[]): string | undefined {
  if (tagger.privileged) return undefined;
  const { registeredTags = [], userTags: { allow } = { allow: 'free' } } = options;
  const allowed = allowedTags(options, tagger);
  return changed.find((tag) => (allow !== 'free' && !allowed.has(tag)) || registeredTags.includes(tag));
}
