import { describe, expect, it } from 'vitest';
import type { Vm } from '../../../src/model/cluster.ts';
import { reasonsOf } from '../../../src/model/per-field.ts';
import { differences } from '../../../src/simulator/compare/differences.ts';
import { expected, TABLES } from '../../../src/simulator/compare/expected.ts';
import { normalizeVm, type NormalVm } from '../../../src/simulator/compare/normalize.ts';
import { vmConfigProperties } from '../../../src/simulator/schema/facts.ts';
import { PVE_VERSIONS } from '../../../src/simulator/schema/types.ts';
import { sampleCluster, sampleWithVms } from '../../support/cluster.ts';
import { changesOf } from '../../support/vm-leaves.ts';
import { shapes } from '../../support/vm-shapes.ts';

const properties = vmConfigProperties('9.1');

function normal(config: Record<string, string>, rest: Partial<Parameters<typeof normalizeVm>[0]> = {}): NormalVm {
  const state = { vmid: 1021, node: 'pve2', pendingKeys: [], pool: null, running: true, ...rest };
  return normalizeVm({ ...state, config: Object.entries(config) }, properties);
}

/** The worker of the sample cluster as the OpenTofu provider leaves it: every default spelled out. */
const MADE_BY_OPENTOFU = {
  agent: 'enabled=1,fstrim_cloned_disks=0,type=virtio',
  balloon: '0',
  bios: 'ovmf',
  boot: 'order=scsi0',
  cores: '4',
  cpu: 'cputype=host',
  description: 'Talos worker w-1 of cluster home, managed by talmox',
  digest: 'a2b5ae3f3ed1f3e6ba9ec0e8dd2a7bd2a8d6d5f5',
  efidisk0: 'local-lvm:vm-1021-disk-0,efitype=4m,pre-enrolled-keys=0,size=4M',
  ide0: 'local-lvm:vm-1021-cloudinit,media=cdrom,size=4M',
  ipconfig0: 'gw=10.10.10.1,ip=10.10.10.21/24',
  ipconfig1: 'ip=10.20.0.21/24',
  citype: 'nocloud',
  machine: 'q35',
  memory: '8192',
  meta: 'creation-qemu=10.1.2,ctime=1790000000',
  name: 'w-1',
  nameserver: '1.1.1.1 1.0.0.1',
  net0: 'virtio=BC:24:11:00:00:15,bridge=vmbr0,firewall=0,queues=4,tag=22',
  net1: 'virtio=BC:24:11:00:01:15,bridge=vmbr1,queues=4',
  numa: '1',
  onboot: '1',
  ostype: 'l26',
  protection: '0',
  scsi0: 'local-lvm:vm-1021-disk-1,aio=io_uring,backup=0,cache=none,discard=on,iothread=0,replicate=0,size=64G,ssd=1',
  scsi1:
    'local-lvm:vm-1021-disk-2,aio=io_uring,backup=0,cache=none,discard=on,replicate=0,serial=data01,size=200G,ssd=1',
  scsihw: 'virtio-scsi-pci',
  serial0: 'socket',
  smbios1: 'base64=1,uuid=8F8A3F3E-0D0B-5D53-9A5C-0A3FF0C4B615',
  sockets: '1',
  startup: 'order=4,up=15,down=60',
  tags: 'talos;kubernetes;linux;worker',
  keyboard: 'en-us',
  tablet: '1',
  acpi: '1',
  template: '0',
  vga: 'memory=16,type=std',
  vmgenid: '5f5d7a10-6a5a-4b5e-8c1d-6a0d4fb4a6d2',
};

describe('the normal form of a VM', () => {
  const model = expected(sampleCluster(), '9.1').get(1021) ?? {};

  it('is what the model demands, however the client spelled it', () => {
    expect(normal(MADE_BY_OPENTOFU)).toEqual(model);
  });

  it('leaves out the form of the cloud-init data that every guest but Windows gets', () => {
    for (const ostype of ['l26', 'other', 'solaris'])
      expect(normal({ ostype, citype: 'nocloud' })).toEqual(normal({ ostype }));
    expect(normal({ ostype: 'win11', citype: 'nocloud' })).not.toEqual(normal({ ostype: 'win11' }));
  });

  it('decodes what is encoded', () => {
    const encoded = normal({
      smbios1: `uuid=8f8a3f3e-0d0b-5d53-9a5c-0a3ff0c4b615,serial=${btoa('ds=nocloud-net;s=http://x/')},base64=1`,
    });
    expect(encoded['smbios1.serial']).toBe('ds=nocloud-net;s=http://x/');
  });

  it.each<[string, Record<string, string>]>([
    ['a forgotten disk', { unused0: 'local-lvm:vm-1021-disk-9' }],
    ['a lock', { lock: 'clone' }],
    ['another size', { scsi0: MADE_BY_OPENTOFU.scsi0.replace('64G', '65G') }],
    ['another storage', { scsi0: MADE_BY_OPENTOFU.scsi0.replace('local-lvm', 'tank') }],
    ['throttled disks', { scsi0: `${MADE_BY_OPENTOFU.scsi0},mbps=100` }],
    ['a MAC address the host drew', { net0: MADE_BY_OPENTOFU.net0.replace('00:15', '00:16') }],
    ['a NIC that is unplugged', { net1: `${MADE_BY_OPENTOFU.net1},link_down=1` }],
    ['keys that somebody enrolled', { efidisk0: MADE_BY_OPENTOFU.efidisk0.replace('keys=0', 'keys=1') }],
    ['a serial number', { smbios1: `${MADE_BY_OPENTOFU.smbios1},serial=eA==` }],
    ['ballooning', { balloon: '1024' }],
    ['another cloud-init form', { citype: 'configdrive2' }],
    ['a key nobody asked for', { hotplug: '0' }],
    ['a watchdog that says defaults alone', { watchdog: 'i6300esb' }],
    ['an address by DHCP, which a NIC without ipconfig has not', { ipconfig2: 'ip=dhcp' }],
  ])('shows %s', (_, change) => {
    expect(normal({ ...MADE_BY_OPENTOFU, ...change })).not.toEqual(model);
  });

  it('shows what is not in the configuration: host, pool, power, and changes that wait', () => {
    for (const rest of [{ node: 'pve1' }, { pool: 'x' }, { running: false }, { pendingKeys: ['cores'] }]) {
      expect(normal(MADE_BY_OPENTOFU, rest)).not.toEqual(model);
    }
  });
});

/** A value of the model, and what a backend makes of it that puts it into a property string as it is. */
const FALLING_APART: readonly (readonly [string, (vm: Vm) => Partial<Vm>, Record<string, string>])[] = [
  [
    'the serial of a disk',
    ({ disks: [first, ...others] }) => ({ disks: [{ ...first, serial: 'a,mbps=1' }, ...others] }),
    { scsi0: `${MADE_BY_OPENTOFU.scsi0},serial=a,mbps=1` },
  ],
  [
    'a bridge',
    ({ nics: [first, ...others] }) => ({ nics: [{ ...first, bridge: 'vmbr0,link_down=1' }, ...others] }),
    { net0: MADE_BY_OPENTOFU.net0.replace('bridge=vmbr0', 'bridge=vmbr0,link_down=1') },
  ],
  ['a CPU type', () => ({ cpuType: 'host,hidden=1' }), { cpu: 'cputype=host,hidden=1' }],
  ['a tag', ({ tags }) => ({ tags: ['x;y', ...tags] }), { tags: `${MADE_BY_OPENTOFU.tags};x;y` }],
];

it.each(FALLING_APART)('%s that falls apart into options is not what the model demands', (_, change, made) => {
  const model = expected(
    sampleWithVms((vm) => ({ ...vm, ...change(vm) })),
    '9.1',
  );
  const host = new Map([[1021, normal({ ...MADE_BY_OPENTOFU, ...made })]]);
  expect(differences(new Map([[1021, model.get(1021) ?? {}]]), host)).not.toEqual([]);
});

describe.each(PVE_VERSIONS)('what the model demands of Proxmox VE %s', (version) => {
  const before = expected(sampleCluster(), version);

  it.each(Object.entries(shapes))('depends on every leaf of a VM that leaves a trace on a host: %s', (_, cluster) => {
    const unseen = reasonsOf(TABLES);
    for (const node of cluster.nodes.slice(-1)) {
      const demanded = (vm: Vm): ReadonlyMap<number, NormalVm> =>
        expected({ ...cluster, nodes: [{ ...node, vm }] }, version);
      const wanted = demanded(node.vm);
      const wrong = changesOf(node.vm, cluster).filter(({ leaf, vm }) => {
        const isLost = differences(wanted, demanded(vm)).length === 0;
        return isLost !== (unseen[leaf] !== undefined);
      });
      expect(wrong.map(({ what }) => what)).toEqual([]);
    }
  });

  it('says which field of which VM differs, and in what', () => {
    const after = expected(
      sampleWithVms((vm) => (vm.vmId === 1012 ? { ...vm, cores: 9 } : vm)),
      version,
    );
    expect(differences(before, after)).toEqual([{ vmid: 1012, field: 'cores', expected: '4', actual: '9' }]);
    expect(differences(before, new Map([...before].slice(1)))).toEqual([
      { vmid: 1011, field: 'VM', expected: 'cp-1', actual: null },
    ]);
  });
});
