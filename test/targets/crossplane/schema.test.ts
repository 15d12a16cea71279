/** What the management cluster accepts as a machine: the last value of every bound, and the first beyond it. */

import { describe, expect, it } from 'vitest';
import { definition } from '../../../src/targets/crossplane/definition.ts';
import { talosNode } from '../../../src/targets/crossplane/talos-node.ts';
import { TALOS_NODE_SCHEMA } from '../../../src/targets/crossplane/talos-node-schema.ts';
import type { Boot } from '../../../src/model/cluster.ts';
import { fullCluster, fullNode, IMAGE_BOOT, ISO_BOOT, TEMPLATE_BOOT } from '../../support/full-node.ts';
import { compositeCheck } from './schemas.ts';

const cluster = fullCluster();
const check = compositeCheck(definition(cluster));

type Fields = Record<string, unknown>;

const documentOf = (boot: Boot): Fields => structuredClone(talosNode(cluster, fullNode(boot)));

/** @param path `disks.0.size` below `spec` */
function withValue(boot: Boot, path: string, value: unknown): Fields {
  const document = documentOf(boot);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  const holder = keys.reduce<Fields>((at, key) => at[key] as Fields, document['spec'] as Fields);
  if (value === undefined) Reflect.deleteProperty(holder, last);
  else holder[last] = value;
  return document;
}

const text = (length: number): string => 'a'.repeat(length);
const of = (length: number, item: unknown): unknown[] => Array.from({ length }, () => item);
const disk = (slot: string): unknown => ({ ...(fullSpec()['disks'] as Fields[])[1], interface: slot });
const fullSpec = (): Fields => documentOf(IMAGE_BOOT)['spec'] as Fields;
const nic = (): unknown => (fullSpec()['networkDevices'] as unknown[])[1];

/** Path, values that pass, values that do not. */
const BOUNDS: readonly (readonly [path: string, good: readonly unknown[], bad: readonly unknown[], boot?: Boot])[] = [
  ['cluster', [text(63)], [text(64), 1]],
  ['role', ['controlplane', 'worker'], ['Worker', 'control-plane']],
  ['nodeName', [text(253)], [text(254)]],
  ['vmId', [100, 999_999_999], [99, 1_000_000_000, '100', 100.5]],
  ['description', [text(8192), ''], [text(8193)]],
  ['tags', [of(256, 'a'), ['_a.b-c+d'], ['0']], [of(257, 'a'), ['A'], ['-a'], ['a b']]],
  ['poolId', [text(255)], [text(256)]],
  ['bios', ['ovmf', 'seabios'], ['uefi']],
  ['machine', ['q35', 'pc'], ['i440fx']],
  ['operatingSystem.type', [text(16)], [text(17)]],
  ['scsiHardware', ['virtio-scsi-pci', 'virtio-scsi-single', 'lsi'], ['lsi53c810']],
  ['cpu.type', ['host', 'custom-x'], [1]],
  ['cpu.cores', [1, 1024], [0, 1025]],
  ['cpu.sockets', [1, 4], [0, 5]],
  ['cpu.numa', [true, false], ['true', 1]],
  ['memory.dedicated', [64, 16_777_216], [63, 16_777_217]],
  ['memory.floating', [0, 16_777_216], [-1, 16_777_217]],
  ['efiDisk.datastoreId', ['a', 'Local-lvm_1.x'], ['1a', 'a b', text(254)]],
  ['efiDisk.type', ['4m'], ['2m']],
  ['efiDisk.preEnrolledKeys', [false], ['no']],
  ['tpmState.version', ['v2.0'], ['v1.2']],
  ['tpmState.datastoreId', ['tank'], ['-tank']],
  ['bootOrder', [['scsi0'], of(16, 'scsi0')], [[], of(17, 'scsi0'), ['net0'], ['scsi'], ['scsi1234567']]],
  ['disks', [[disk('scsi0')], of(31, disk('scsi0'))], [[], of(32, disk('scsi0'))]],
  ['disks.0.interface', ['scsi0', 'sata1', 'virtio15', 'ide3'], ['nvme0', 'xscsi0', 'scsi0x']],
  ['disks.0.size', [1, 65_536], [0, 65_537, 1.5]],
  ['disks.0.importFrom', ['local:import/a', text(255) + ':' + text(256)], ['local', ':x', text(255) + ':' + text(257)]],
  ['disks.0.discard', ['on', 'ignore'], [true, 'off']],
  ['disks.0.ssd', [true], ['on']],
  ['disks.0.iothread', [true], [1]],
  ['disks.0.backup', [true], [1]],
  ['disks.0.replicate', [true], [1]],
  ['disks.1.serial', ['a.B-1_', text(20)], [text(21), 'a b', '']],
  ['networkDevices', [of(32, nic())], [[], of(33, nic())]],
  ['networkDevices.0.bridge', ['vmbr0', 'a.b_c-1', text(32)], ['0vmbr', 'a b', text(33)]],
  ['networkDevices.0.model', ['virtio'], ['e1000']],
  ['networkDevices.0.macAddress', ['BC:24:11:00:00:0B'], ['bc:24:11:00:00:0b', 'BC:24:11:00:00', 'BC-24-11-00-00-0B']],
  ['networkDevices.0.vlanId', [1, 4094], [0, 4095]],
  ['networkDevices.0.mtu', [1, 65_520], [0, 65_521]],
  ['networkDevices.0.queues', [0, 64], [-1, 65]],
  ['networkDevices.0.firewall', [true], ['1']],
  ['initialization.type', ['nocloud'], ['configdrive2']],
  ['initialization.interface', ['ide0'], ['ide']],
  ['initialization.ipConfig', [of(8, {}), []], [of(9, {})]],
  ['initialization.ipConfig.0.ipv4', [[]], [of(2, { address: '10.0.0.1/8' })]],
  [
    'initialization.ipConfig.0.ipv4.0.address',
    ['10.0.0.1/8', '255.255.255.255/32'],
    ['10.0.0.1', 'dhcp', '10.0.0/8', '10.0.0.1/123'],
  ],
  ['initialization.ipConfig.0.ipv4.0.gateway', ['10.0.0.1'], ['10.0.0.1/8', 'x', '1234.0.0.1']],
  ['initialization.dns.servers', [['a'], of(64, 'a'), [text(45)]], [[], of(65, 'a'), [text(46)]]],
  ['initialization.userDataFileId', ['local:snippets/u'], ['u']],
  ['initialization.metaDataFileId', ['local:snippets/m'], ['m']],
  ['initialization.networkDataFileId', ['local:snippets/n'], ['n']],
  ['agent.enabled', [true], ['1']],
  ['watchdog.enabled', [true], ['1']],
  ['watchdog.model', ['i6300esb'], ['ib700']],
  ['watchdog.action', ['reset', 'shutdown', 'poweroff', 'pause', 'none'], ['debug']],
  ['vga.type', ['std', 'virtio', 'qxl', 'serial0', 'none'], ['cirrus']],
  ['vga.memory', [4, 512], [3, 513]],
  ['serialDevices', [of(4, { device: 'socket' }), []], [of(5, { device: 'socket' }), [{}], ['socket']]],
  ['smbios.uuid', ['8f8a3f3e-0d0b-5d53-9a5c-0a3ff0c4b615'], ['8F8A3F3E-0d0b-5d53-9a5c-0a3ff0c4b615', '8f8a3f3e']],
  ['smbios.serial', [text(1024)], [text(1025)]],
  ['startup.order', [0, 1000], [-1, 1001]],
  ['startup.upDelay', [-1, 86_400], [-2, 86_401]],
  ['startup.downDelay', [-1, 86_400], [-2, 86_401]],
  ['onBoot', [true], ['1']],
  ['protection', [false], [0]],
  ['cdrom.fileId', ['local:iso/a.iso'], ['a.iso'], ISO_BOOT],
  ['cdrom.interface', ['ide2'], ['ide'], ISO_BOOT],
  ['clone.vmId', [100], [99], TEMPLATE_BOOT],
  ['clone.nodeName', ['pve1'], [1], TEMPLATE_BOOT],
  ['clone.full', [false], ['no'], TEMPLATE_BOOT],
  ['clone.datastoreId', ['fast', undefined], ['1fast'], TEMPLATE_BOOT],
];

describe.each(BOUNDS.map(([path, good, bad, boot = IMAGE_BOOT]) => ({ path, good, bad, boot })))(
  '$path',
  ({ path, good, bad, boot }) => {
    it('takes what is within its bounds', () => {
      for (const value of good) expect(check(withValue(boot, path, value)), JSON.stringify(value)).toEqual([]);
    });

    it('takes nothing beyond them', () => {
      for (const value of bad) expect(check(withValue(boot, path, value)), JSON.stringify(value)).not.toEqual([]);
    });
  },
);

describe('a machine', () => {
  const OPTIONAL = [
    ...['poolId', 'efiDisk', 'tpmState', 'clone', 'cdrom', 'initialization', 'watchdog', 'vga', 'serialDevices'],
    ...['vga.memory', 'smbios.serial', 'disks.0.importFrom', 'disks.1.serial', 'networkDevices.0.vlanId'],
    ...['networkDevices.0.mtu', 'networkDevices.0.queues', 'networkDevices.0.firewall', 'initialization.ipConfig'],
    ...['initialization.ipConfig.0.ipv4', 'initialization.ipConfig.0.ipv4.0.gateway', 'initialization.dns'],
    ...['initialization.userDataFileId', 'initialization.metaDataFileId', 'initialization.networkDataFileId'],
    'clone.datastoreId',
  ];
  const bootOf = (path: string): Boot =>
    path.startsWith('cdrom') ? ISO_BOOT : path.startsWith('clone') ? TEMPLATE_BOOT : IMAGE_BOOT;

  it('may lack what not every machine has', () => {
    for (const path of OPTIONAL) expect(check(withValue(bootOf(path), path, undefined)), path).toEqual([]);
  });

  it('lacks nothing else', () => {
    const required = BOUNDS.map(([path]) => path).filter((path) => !OPTIONAL.includes(path));
    for (const path of required) expect(check(withValue(bootOf(path), path, undefined)), path).not.toEqual([]);
    expect(required.length).toBeGreaterThan(40);
  });

  it('has nothing that nobody knows', () => {
    for (const path of ['cores', 'cpu.units', 'disks.0.cache', 'networkDevices.0.rate', 'initialization.user'])
      expect(check(withValue(IMAGE_BOOT, path, 1)), path).not.toEqual([]);
  });
});

describe('the API server', () => {
  /** Every object below a schema. */
  function parts(value: unknown): Fields[] {
    if (typeof value !== 'object' || value === null) return [];
    return [value as Fields, ...Object.values(value).flatMap(parts)];
  }
  const schemas = parts(TALOS_NODE_SCHEMA).filter(({ type }) => typeof type === 'string');
  const rules = parts(TALOS_NODE_SCHEMA).flatMap((one) => (one['x-kubernetes-validations'] ?? []) as Fields[]);

  it('can explain every field', () => {
    expect(schemas.length).toBeGreaterThan(80);
    for (const schema of schemas) expect(schema['description'], JSON.stringify(schema)).toMatch(/\w/);
  });

  it('knows by which key disks are merged, and which fields never change', () => {
    const { disks, vmId } = (
      (TALOS_NODE_SCHEMA['properties'] as Fields)['spec'] as { properties: Record<string, Fields> }
    ).properties;
    expect(disks).toMatchObject({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['interface'] });
    expect(vmId?.['x-kubernetes-validations']).toMatchObject([{ rule: 'self == oldSelf' }]);
    const unchanged = rules.filter(({ message }) => String(message).includes('is immutable'));
    expect(unchanged.map(({ message }) => String(message).split(' ')[0])).toEqual([
      'clone',
      'vmId',
      'userDataFileId',
      'metaDataFileId',
      'networkDataFileId',
    ]);
  });

  it('is given a rule and a reason each time', () => {
    expect(rules).toHaveLength(13);
    for (const { rule, message } of rules) {
      expect(rule).toMatch(/\bself\b/);
      expect(String(message)).toMatch(/\w+ \w+/);
    }
  });

  it('shows what Crossplane says of a machine', () => {
    const { status } = TALOS_NODE_SCHEMA['properties'] as { status: { properties: Fields } };
    expect(Object.keys(status.properties)).toEqual(['externalName', 'macAddresses']);
    expect(status.properties['macAddresses']).toMatchObject({ items: { maxLength: 17 }, maxItems: 32 });
  });
});
