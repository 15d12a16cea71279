/**
 * Sub-keys of the property strings that the API data knows only by name: their sub-schema is code in qemu-server.
 * Source: qemu-server src/PVE/QemuServer.pm, QemuServer/CPUConfig.pm, QemuServer/PCI.pm, QemuServer/RNG.pm.
 */

import type { ObjectFormat, PropertySchema } from './types.ts';

const text = (rest: Partial<PropertySchema> = {}): PropertySchema => ({ type: 'string', optional: true, ...rest });
const integer = (rest: Partial<PropertySchema> = {}): PropertySchema => ({ type: 'integer', optional: true, ...rest });
const boolean = (value?: string): PropertySchema => ({
  type: 'boolean',
  optional: true,
  ...(value === undefined ? {} : { default: value }),
});

/** Refused even where `base64` is off: the guard against shell and comma. */
const SMBIOS_TEXT = text({ pattern: '[A-Za-z0-9+\\/]+={0,2}' });
const PCI_ADDRESS = '(?:[a-f0-9]{4,}:)?[a-f0-9]{2}:[a-f0-9]{2}(?:\\.[a-f0-9])?';
const PCI_ID = text({ pattern: '0x[0-9a-fA-F]{4}' });
const CPU_FLAG = '[+-][a-zA-Z0-9\\-_\\.]+';

const HASH_FORMATS: Readonly<Record<string, ObjectFormat>> = {
  'pve-qm-smbios1': {
    base64: boolean(),
    family: SMBIOS_TEXT,
    manufacturer: SMBIOS_TEXT,
    product: SMBIOS_TEXT,
    serial: SMBIOS_TEXT,
    sku: SMBIOS_TEXT,
    uuid: text({ pattern: '[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}' }),
    version: SMBIOS_TEXT,
  },
  'pve-qm-boot': {
    legacy: text({ default_key: true, pattern: '[acdn]{1,4}', default: 'cdn' }),
    order: text({ pattern: '[a-z]+\\d+([;, ][a-z]+\\d+)*' }),
  },
  'pve-qm-ipconfig': {
    gw: text({ format: 'ipv4', requires: 'ip' }),
    gw6: text({ format: 'ipv6', requires: 'ip6' }),
    ip: text({ format: 'pve-ipv4-config', default: 'dhcp' }),
    ip6: text({ format: 'pve-ipv6-config', default: 'dhcp' }),
  },
  'pve-qm-cicustom': {
    meta: text({ format: 'pve-volume-id' }),
    network: text({ format: 'pve-volume-id' }),
    user: text({ format: 'pve-volume-id' }),
    vendor: text({ format: 'pve-volume-id' }),
  },
  'pve-vm-cpu-conf': {
    cputype: text({ default_key: true, default: 'kvm64' }),
    flags: text({ pattern: `${CPU_FLAG}(;${CPU_FLAG})*` }),
    'guest-phys-bits': integer({ minimum: 32, maximum: 64 }),
    hidden: boolean('0'),
    'hv-vendor-id': text({ pattern: '[A-Za-z0-9]{1,12}' }),
    'phys-bits': text({ format: 'pve-phys-bits' }),
    'reported-model': text({ default: 'kvm64' }),
  },
  'pve-qm-hostpci': {
    'device-id': PCI_ID,
    driver: text({ enum: ['vfio', 'keep'], default: 'vfio' }),
    host: text({ default_key: true, pattern: `${PCI_ADDRESS}(;${PCI_ADDRESS})*` }),
    'legacy-igd': boolean('0'),
    mapping: text({ format: 'pve-configid' }),
    mdev: text({ pattern: '[^/\\.:]+' }),
    pcie: boolean('0'),
    rombar: boolean('1'),
    romfile: text({ pattern: '[^,;]+' }),
    'sub-device-id': PCI_ID,
    'sub-vendor-id': PCI_ID,
    'vendor-id': PCI_ID,
    'x-vga': boolean('0'),
  },
  'pve-qemu-sev-fmt': {
    'allow-smt': boolean('1'),
    'kernel-hashes': boolean('0'),
    'no-debug': boolean('0'),
    'no-key-sharing': boolean('0'),
    type: { type: 'string', default_key: true, enum: ['std', 'es', 'snp'], maxLength: 3 },
  },
  'pve-qemu-tdx-fmt': {
    attestation: { type: 'boolean', default: '1' },
    type: { type: 'string', default_key: true, enum: ['tdx'] },
    'vsock-cid': integer({ minimum: 2 }),
    'vsock-port': integer({ minimum: 0 }),
  },
  'pve-qm-rng': {
    max_bytes: integer({ default: '1024' }),
    period: integer({ default: '1000' }),
    source: { type: 'string', default_key: true, enum: ['/dev/urandom', '/dev/random', '/dev/hwrng'] },
  },
  'pve-qm-watchdog': {
    action: text({ enum: ['reset', 'shutdown', 'poweroff', 'pause', 'debug', 'none'] }),
    model: text({ default_key: true, enum: ['i6300esb', 'ib700'], default: 'i6300esb' }),
  },
};

/** The sub-keys behind a format name, or `null` if it names a plain value. */
export function hashFormat(name: string): ObjectFormat | null {
  return HASH_FORMATS[name] ?? null;
}
