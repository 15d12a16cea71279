/**
 * One comparable form of a VM, whichever client made it: property strings taken apart, what only says
 * the default dropped, encodings undone, names that the host chose left out.
 *
 * Two VMs that would run alike have one normal form; any other difference shows as a differing field.
 */

import { parsePropertyString } from '../schema/check.ts';
import { objectFormat } from '../schema/property-string.ts';
import { parseSize } from '../schema/size.ts';
import type { Properties, PropertySchema } from '../schema/types.ts';
import { DRIVE, isCloudInit } from '../state/config.ts';

/** Field -> text: `cores`, `net0.bridge`, `scsi0.size` (bytes). */
export type NormalVm = Readonly<Record<string, string>>;

/** A VM as its host knows it. */
export interface VmState {
  readonly vmid: number;
  readonly node: string;
  /** Key -> raw value, changes that wait for a restart included. */
  readonly config: Iterable<readonly [key: string, value: string]>;
  /** Keys whose value the running guest has not taken yet. */
  readonly pendingKeys: readonly string[];
  readonly pool: string | null;
  readonly running: boolean;
}

/** Drawn by the host anew for every VM, or bookkeeping of its own. */
const DRAWN = new Set(['digest', 'meta', 'vmgenid']);

/**
 * Defaults that qemu-server applies and the API data does not tell, by family and sub-key.
 * Source: qemu-server src/PVE/QemuServer/Drive.pm (documentation of `aio`, `cache`, `backup`, `discard`),
 * QemuServer.pm print_drive_commandline_full and print_netdev_full, QemuServer/Machine.pm.
 */
const UNTOLD: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  drive: {
    aio: 'io_uring',
    backup: '1',
    cache: 'none',
    discard: 'ignore',
    iothread: '0',
    ro: '0',
    ssd: '0',
    snapshot: '0',
  },
  net: { firewall: '0', link_down: '0', queues: '0' },
  machine: { type: 'pc' },
  // 16 MiB is what QEMU gives a standard VGA card.
  vga: { type: 'std', memory: '16' },
};

/**
 * The same for keys with one value. The layout is that of the console's VNC server, whose own default it is; the type of
 * the guest is told since 9.1.
 */
const UNTOLD_VALUES: Readonly<Record<string, string>> = { keyboard: 'en-us', ostype: 'other' };

/** A guest other than Windows gets its cloud-init data in this form unless another is asked for. Source: Cloudinit.pm. */
const USUAL_CITYPE = 'nocloud';

/**
 * Whose schema names defaults that nothing applies: a NIC without `ipconfig` has no entry in the network configuration,
 * while `ip=dhcp` is one. Source: Cloudinit.pm.
 */
const WITHOUT_DEFAULTS = new Set(['ipconfig']);

/** Sub-keys that are kept with any value: they say that there is such a device. */
const KEPT = new Set(['watchdog.model']);

/** @param properties what this version of Proxmox knows of a VM's configuration */
export function normalizeVm(state: VmState, properties: Properties): NormalVm {
  const config = new Map(state.config);
  const fields = [...config].flatMap(([key, value]) => (DRAWN.has(key) ? [] : fieldsOf(key, value, properties)));
  const isWindows = (config.get('ostype') ?? '').startsWith('w');
  const place: [string, string][] = [
    ['node', state.node],
    ['running', state.running ? '1' : '0'],
    ...(state.pool === null ? [] : [['pool', state.pool] as [string, string]]),
    ...state.pendingKeys.map((key): [string, string] => [`${key} waits for a restart`, '1']),
  ];
  const kept = fields.filter(([key, value]) => !(key === 'citype' && !isWindows && value === USUAL_CITYPE));
  return Object.fromEntries([...place, ...kept].sort(([a], [b]) => (a < b ? -1 : 1)));
}

type Field = [key: string, value: string];

function fieldsOf(key: string, value: string, properties: Properties): Field[] {
  if (DRIVE.test(key)) return driveFields(key, value, properties.get(key));
  switch (key) {
    case 'smbios1':
      return smbiosFields(subValues(value, properties.get(key)));
    case 'tags':
      return [
        [
          key,
          value
            .split(/[;, ]+/)
            .sort()
            .join(';'),
        ],
      ];
    case 'nameserver':
      return [
        [
          key,
          value
            .trim()
            .split(/[\s,;]+/)
            .join(' '),
        ],
      ];
    case 'description':
      return value.trim() === '' ? [] : [[key, value.trim()]];
    case 'startup':
      return startupFields(value);
    default:
      return plainFields(key, value, properties.get(key));
  }
}

function plainFields(key: string, value: string, property: PropertySchema | undefined): Field[] {
  if (objectFormat(property) === null) return value === (property?.default ?? UNTOLD_VALUES[key]) ? [] : [[key, value]];
  const family = key.replace(/\d+$/, '');
  const values = subValues(value, property);
  return fieldList(key, values, defaultsOf(property, family)).map(([name, text]) => [
    name,
    name.endsWith('.macaddr') ? text.toUpperCase() : text,
  ]);
}

function subValues(value: string, property: PropertySchema | undefined): Record<string, string> {
  const format = objectFormat(property);
  return format === null ? {} : { ...parsePropertyString(format, value) };
}

/** Sub-key -> what its absence means. */
function defaultsOf(property: PropertySchema | undefined, family: string): Record<string, string> {
  if (WITHOUT_DEFAULTS.has(family)) return {};
  const format = objectFormat(property) ?? {};
  const told = Object.entries(format).flatMap(([key, sub]): Field[] =>
    sub.default === undefined ? [] : [[key, sub.default]],
  );
  return { ...UNTOLD[family], ...Object.fromEntries(told) };
}

function fieldList(
  key: string,
  values: Readonly<Record<string, string>>,
  defaults: Readonly<Record<string, string>>,
): Field[] {
  return Object.entries(values).flatMap(([name, value]): Field[] =>
    value === defaults[name] && !KEPT.has(`${key}.${name}`) ? [] : [[`${key}.${name}`, value]],
  );
}

/** Volume names are the host's choice; what a drive is comes from its storage, size and options. */
function driveFields(key: string, value: string, property: PropertySchema | undefined): Field[] {
  if (key.startsWith('unused')) return [[`${key}.file`, value]];
  const { file = '', size = '', media, format: _format, ...options } = subValues(value, property);
  const rest = fieldList(key, options, { ...defaultsOf(property, 'drive') });
  const storage = file.slice(0, Math.max(file.indexOf(':'), 0));
  if (isCloudInit(file)) return [[`${key}.cloudinit`, storage], ...rest];
  if (media === 'cdrom') return [[`${key}.cdrom`, file], ...rest];
  // The host rounds the sizes of firmware and TPM volumes as their storage wants it.
  const fixed = key.startsWith('efidisk') || key.startsWith('tpmstate');
  return [
    [`${key}.storage`, storage],
    ...(fixed ? [] : [[`${key}.size`, String(parseSize(size) ?? size)] as Field]),
    ...rest,
  ];
}

function smbiosFields({ base64, uuid, ...texts }: Record<string, string>): Field[] {
  const decode = (text: string): string => (base64 === '1' ? fromBase64(text) : text);
  const fields = Object.entries(texts).map(([key, text]): Field => [`smbios1.${key}`, decode(text)]);
  return uuid === undefined ? fields : [['smbios1.uuid', uuid.toLowerCase()], ...fields];
}

function fromBase64(text: string): string {
  return new TextDecoder().decode(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)));
}

/** `order=3,up=15`, the order also bare. */
function startupFields(value: string): Field[] {
  return value.split(',').map((part): Field => {
    const [name = '', text] = part.split('=');
    return text === undefined ? ['startup.order', name] : [`startup.${name}`, text];
  });
}
