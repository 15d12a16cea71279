import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
// @ts-expect-error A maintenance script: JavaScript without declarations.
import * as distiller from '../../src/build/distil-pve-schema.mjs';
import { HANDLERS } from '../../src/simulator/handlers/index.ts';
import { endpointsOf, vmConfigProperties } from '../../src/simulator/schema/facts.ts';
import { decodeForm } from '../../src/simulator/schema/form.ts';
import { FORMATS } from '../../src/simulator/schema/formats.ts';
import { hashFormat } from '../../src/simulator/schema/hash-formats.ts';
import { parsePropertyString } from '../../src/simulator/schema/check.ts';
import { FormatError, objectFormat, printPropertyString } from '../../src/simulator/schema/property-string.ts';
import { makeRouter } from '../../src/simulator/schema/router.ts';
import { formatSize, parseSize } from '../../src/simulator/schema/size.ts';
import {
  PVE_VERSIONS,
  type ObjectFormat,
  type PropertySchema,
  type PveVersion,
} from '../../src/simulator/schema/types.ts';
import { normalizeLists, validate } from '../../src/simulator/schema/validate.ts';

const CONFIG = 'PUT /nodes/{node}/qemu/{vmid}/config';
const DATA: Readonly<Record<PveVersion, string>> = {
  '8.4': '../shared/data/pve/apidata-8.4.json',
  '9.0': '../shared/data/pve/apidata-9.0.json',
  '9.1': '../shared/data/pve/apidata-9.1.3.json',
};

function endpoint(name: string, version: PveVersion = '9.1') {
  const found = endpointsOf(version).find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

function config(values: Record<string, string>, version: PveVersion = '9.1') {
  return validate(endpoint(CONFIG, version), { node: 'pve', vmid: '101', ...values });
}

function format(key: string): ObjectFormat {
  const found = objectFormat(vmConfigProperties('9.1').get(key));
  if (found === null) throw new Error(key);
  return found;
}

function namedFormats(property: PropertySchema): string[] {
  const { format: own, items } = property;
  const inner = typeof own === 'object' ? Object.values(own).flatMap(namedFormats) : own === undefined ? [] : [own];
  return [...inner, ...(items === undefined ? [] : namedFormats(items))];
}

describe('facts', () => {
  test('there is a handler for every endpoint, and no other', () => {
    const names = new Set(PVE_VERSIONS.flatMap((version) => endpointsOf(version).map(({ name }) => name)));
    expect([...names].sort()).toEqual(Object.keys(HANDLERS).sort());
  });

  test('an endpoint is there from the version on that brought it', () => {
    const has = (name: string) => PVE_VERSIONS.filter((version) => endpointsOf(version).some((it) => it.name === name));
    expect(has('GET /cluster/ha/rules')).toEqual(['9.0', '9.1']);
    expect(has('GET /cluster/ha/groups')).toEqual(['8.4', '9.0', '9.1']);
  });

  test('every format that the facts name is known', () => {
    const names = PVE_VERSIONS.flatMap((version) =>
      endpointsOf(version).flatMap(({ parameters }) => [...parameters.values()].flatMap(namedFormats)),
    );
    const unknown = [...new Set(names)].filter(
      (name) =>
        hashFormat(name) === null && FORMATS[name] === undefined && FORMATS[name.replace(/-list$/, '')] === undefined,
    );
    expect(unknown).toEqual([]);
  });

  test('every pattern compiles', () => {
    const walk = (property: PropertySchema): string[] => [
      ...(property.pattern === undefined ? [] : [property.pattern]),
      ...(typeof property.format === 'object' ? Object.values(property.format).flatMap(walk) : []),
    ];
    for (const version of PVE_VERSIONS) {
      for (const { parameters } of endpointsOf(version))
        for (const property of parameters.values()) for (const pattern of walk(property)) new RegExp(pattern);
    }
  });

  test.each([
    ['ms-cert of an EFI disk', { efidisk0: 'local-lvm:1,ms-cert=2023' }, ['9.1']],
    ['geometry of a drive', { scsi0: 'local-lvm:1,secs=63' }, ['8.4']],
    ['allow-ksm', { 'allow-ksm': '0' }, ['9.1']],
    ['guest-fsfreeze of the agent', { agent: 'enabled=1,guest-fsfreeze=0' }, ['9.1']],
    ['format of a TPM state', { tpmstate0: 'local-lvm:1,format=raw' }, ['9.1']],
    ['import from a volume', { scsi0: 'local-lvm:0,import-from=local:import/x.qcow2' }, ['8.4', '9.0', '9.1']],
  ])('%s', (_what, values, versions) => {
    expect(
      PVE_VERSIONS.filter(
        (version) => Object.keys(config(values as unknown as Record<string, string>, version)).length === 0,
      ),
    ).toEqual(versions);
  });
});

describe.skipIf(!existsSync(DATA['9.1']))('facts against the API data', () => {
  const trees = () => Object.fromEntries(PVE_VERSIONS.map((version) => [version, distiller.readTree(DATA[version])]));

  test('facts.json is what the data distils to', () => {
    expect(distiller.print(distiller.distil(trees()))).toBe(readFileSync('src/simulator/schema/facts.json', 'utf8'));
  });

  test.each(PVE_VERSIONS)('%s: every endpoint, parameter and permission is the same', (version) => {
    const raw = distiller.rawEndpoints(distiller.readTree(DATA[version]));
    const ideFormat = distiller.distilProperty(raw.get(CONFIG).parameters.properties['ide[n]']).format;
    for (const it of endpointsOf(version)) {
      const { name, parameters, permissions, allowsToken, proxied, protected: inner } = it;
      const info = raw.get(name);
      const expected = new Map<string, PropertySchema>();
      for (const [key, value] of Object.entries(info.parameters?.properties ?? {})) {
        const property = distiller.distilProperty(value);
        const family = /^([a-z]+)\[n\]$/.exec(key)?.[1];
        if (family === undefined)
          expected.set(key, property.format === 'pve-qm-ide' ? { ...property, format: ideFormat } : property);
        else for (let n = 0; parameters.has(`${family}${n}`); n++) expected.set(`${family}${n}`, property);
      }
      const sorted = (map: ReadonlyMap<string, PropertySchema>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
      expect(sorted(parameters), name).toEqual(sorted(expected));
      expect(permissions, name).toEqual(distiller.distilPermissions(info));
      expect(allowsToken, name).toBe(Number(info.allowtoken ?? 0) === 1);
      expect(proxied, name).toBe(info.proxyto === 'node');
      expect(inner, name).toBe(Number(info.protected ?? 0) === 1);
      expect(Number(info.parameters?.additionalProperties ?? 0), name).toBe(0);
    }
  });
});

describe('property strings', () => {
  test.each([
    [
      'net0',
      'virtio=BC:24:11:00:00:01,bridge=vmbr0',
      { model: 'virtio', macaddr: 'BC:24:11:00:00:01', bridge: 'vmbr0' },
    ],
    ['scsi0', 'file=local-lvm:cloudinit,', { file: 'local-lvm:cloudinit' }],
    [
      'efidisk0',
      'local-lvm:1,pre-enrolled-keys=False,efitype=4m',
      { file: 'local-lvm:1', 'pre-enrolled-keys': '0', efitype: '4m' },
    ],
    ['agent', 'on', { enabled: '1' }],
    ['scsi0', 'volume=local-lvm:vm-1-disk-0,ssd=YES', { file: 'local-lvm:vm-1-disk-0', ssd: '1' }],
    ['memory', '2048', { current: '2048' }],
  ])('%s=%s', (key, text, values) => {
    expect({ ...parsePropertyString(format(key), text) }).toEqual(values);
  });

  test.each([
    ['net0', 'bridge=vmbr0,virtio=BC:24:11:00:00:01,firewall=0', 'virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=0'],
    [
      'scsi0',
      'ssd=1,size=21474836480,file=local-lvm:vm-101-disk-0,discard=on',
      'local-lvm:vm-101-disk-0,discard=on,size=20G,ssd=1',
    ],
    [
      'efidisk0',
      'size=540672,efitype=4m,file=files:101/vm-101-disk-0.raw',
      'files:101/vm-101-disk-0.raw,efitype=4m,size=528K',
    ],
  ])('%s=%s is stored as Proxmox prints it', (key, text, stored) => {
    expect(printPropertyString(format(key), parsePropertyString(format(key), text))).toBe(stored);
  });

  test.each([
    ['net0', 'virtio,virtio=BC:24:11:00:00:01', "key alias 'model' is already defined\n"],
    ['net0', 'virtio,e1000', 'duplicate key in comma-separated list property: model\n'],
    ['scsi0', 'local:1,ssd=1,ssd=0', 'duplicate key in comma-separated list property: ssd\n'],
    ['scsi0', 'local:1,ssd=', 'missing key in comma-separated list property\n'],
    ['smbios1', 'uuid', 'value without key, but schema does not define a default key\n'],
    [
      'net0',
      'virtio,foo=1',
      'format error\nfoo: property is not defined in schema and the schema does not allow additional properties\n',
    ],
    ['net0', 'bridge=vmbr0', 'format error\nmodel: property is missing and it is not optional\n'],
  ])('%s=%s is refused', (key, text, message) => {
    expect(() => parsePropertyString(format(key), text)).toThrow(new FormatError(message));
  });

  test('what is printed reads back', () => {
    const nic = fc.record(
      {
        model: fc.constantFrom('virtio', 'e1000', 'vmxnet3'),
        macaddr: fc.constantFrom('BC:24:11:00:00:01', 'BC:24:11:AA:BB:CC'),
        bridge: fc.constantFrom('vmbr0', 'vmbr1'),
        tag: fc.integer({ min: 1, max: 4094 }).map(String),
        firewall: fc.constantFrom('0', '1'),
        queues: fc.integer({ min: 0, max: 64 }).map(String),
      },
      { requiredKeys: ['model'] },
    );
    fc.assert(
      fc.property(nic, (values) => {
        expect({ ...parsePropertyString(format('net0'), printPropertyString(format('net0'), values)) }).toEqual(values);
      }),
    );
  });

  test('sizes', () => {
    expect(['20G', '1.5T', '528K', '4MiB', '1025', '0'].map(parseSize)).toEqual([
      20 * 2 ** 30,
      1.5 * 2 ** 40,
      528 * 1024,
      4 * 2 ** 20,
      1025,
      0,
    ]);
    expect(['', 'G', '20X', '-1', '1..2'].map(parseSize)).toEqual([null, null, null, null, null]);
    expect([20 * 2 ** 30, 540_672, 1025, 2 ** 40].map(formatSize)).toEqual(['20G', '528K', '1025', '1T']);
  });
});

describe('forms', () => {
  test.each([
    ['a=1&b=2;c=3', { a: '1', b: '2', c: '3' }],
    ['description=a=b', { description: 'a' }],
    ['a=x%20y+z%C3%A9', { a: 'x y zé' }],
    ['a=1&a=2', { a: ['1', '2'] }],
    ['a&b=', { b: '' }],
    ['a=%zz%4', { a: '%zz%4' }],
    ['__proto__=1&constructor=2', JSON.parse('{"__proto__":"1","constructor":"2"}')],
  ])('%s', (text, values) => {
    expect({ ...decodeForm(text) }).toEqual(values);
  });
});

describe('router', () => {
  const route = makeRouter(endpointsOf('9.1'));
  test.each([
    ['DELETE', '/nodes/pve/qemu/101/', 'DELETE /nodes/{node}/qemu/{vmid}', { node: 'pve', vmid: '101' }],
    [
      'GET',
      '/nodes/pve/storage/local/content/local:import/a.qcow2',
      'GET /nodes/{node}/storage/{storage}/content/{volume}',
      { node: 'pve', storage: 'local', volume: 'local:import/a.qcow2' },
    ],
    ['GET', '//pools//', 'GET /pools', {}],
  ])('%s %s', (method, path, name, values) => {
    const found = route(method, path);
    expect([found?.endpoint.name, found?.path]).toEqual([name, values]);
  });
  test.each([
    ['GET', '/nope'],
    ['PATCH', '/version'],
    ['GET', '/nodes/pve/qemu/101/config/x'],
    ['GET', '/'],
  ])('%s %s is nothing', (method, path) => {
    expect(route(method, path)).toBeNull();
  });
});

describe('validation', () => {
  test.each([
    [{ cores: '0' }, { cores: 'value must have a minimum value of 1' }],
    [{ cores: 'two' }, { cores: "type check ('integer') failed - got 'two'" }],
    [{ onboot: 'yes' }, { onboot: "type check ('boolean') failed - got 'yes'" }],
    [{ name: 'under_score' }, { name: 'invalid format - value does not look like a valid DNS name\n' }],
    [{ bios: 'efi' }, { bios: "value 'efi' does not have a value in the enumeration 'seabios, ovmf'" }],
    [
      { colour: 'red' },
      { colour: 'property is not defined in schema and the schema does not allow additional properties' },
    ],
    [
      { smbios1: 'serial=a b' },
      { smbios1: 'invalid format - format error\nsmbios1.serial: value does not match the regex pattern\n' },
    ],
    [
      { net0: 'virtio,tag=9999' },
      { net0: 'invalid format - format error\nnet0.tag: value must have a maximum value of 4094\n' },
    ],
    [
      { cpu: 'turbo' },
      { cpu: "invalid format - Built-in cputype 'turbo' is not defined (missing 'custom-' prefix?)\n" },
    ],
    [
      { ipconfig0: 'gw=10.0.0.1' },
      { ipconfig0: "invalid format - format error\nipconfig0.ip: missing property required by 'ipconfig0.gw'\n" },
    ],
    [{ tags: 'a;b c,-d' }, { tags: 'invalid format - invalid characters in tag\n' }],
    [{ force: '1' }, { delete: "missing property required by 'force'" }],
    [{ vmid: '99' }, { vmid: 'invalid format - value does not look like a valid VM ID\n' }],
    [
      { net32: 'virtio' },
      { net32: 'property is not defined in schema and the schema does not allow additional properties' },
    ],
    [
      {
        startup: 'order=3,up=15,down=60',
        boot: 'order=scsi0;net0',
        nameserver: '1.1.1.1 fe80::1',
        cpu: 'host',
        machine: 'q35',
        watchdog: 'model=i6300esb,action=reset',
      },
      {},
    ],
  ])('%j', (values, errors) => {
    expect(config(values as unknown as Record<string, string>)).toEqual(errors);
  });

  test('a missing parameter is named', () => {
    expect(validate(endpoint('POST /nodes/{node}/qemu/{vmid}/clone'), { node: 'pve', vmid: '101' })).toEqual({
      newid: 'property is missing and it is not optional',
    });
  });

  test('lists arrive joined, and nothing else may be a list', () => {
    const unlink = endpoint('PUT /nodes/{node}/qemu/{vmid}/unlink');
    const values = normalizeLists(unlink, { node: 'pve', vmid: '101', idlist: ['scsi1', 'scsi2'] });
    expect([values['idlist'], validate(unlink, values)]).toEqual(['scsi1,scsi2', {}]);
    expect(validate(unlink, { node: ['a', 'b'], vmid: '101', idlist: 'scsi1' })).toEqual({
      node: "type check ('string') failed - got ARRAY",
    });
  });
});
