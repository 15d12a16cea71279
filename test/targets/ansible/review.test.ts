/** The role's comparison of a VM with the inventory, in real Python. */

import { afterAll, describe, expect, it } from 'vitest';
import { vmCluster } from '../../../src/model/cluster.ts';
import { sampleCluster, sampleWithVms } from '../../support/cluster.ts';
import { FilterPlugin, hasPython } from '../../support/filter-plugin.ts';
import { configOf, foundOf, modelOf, type Model } from './inventory-host.ts';

interface Change {
  readonly field: string;
  readonly from: string;
  readonly to: string;
  readonly restart: boolean;
}

interface Review {
  readonly action: string;
  readonly exists: boolean;
  readonly running: boolean;
  readonly protected: boolean;
  readonly node: string;
  readonly changes: readonly Change[];
  readonly problems: readonly string[];
  readonly restart: readonly string[];
  readonly work: Readonly<Record<string, readonly string[]>>;
}

function sampleModel(cluster = sampleCluster(), name = 'w-1'): Model {
  const narrowed = vmCluster(cluster);
  const node = narrowed?.nodes.find((candidate) => candidate.name === name);
  if (narrowed === null || node === undefined) throw new Error(`no VM ${name}`);
  return modelOf(narrowed, node);
}

describe.skipIf(!hasPython)('a VM beside the inventory (python3)', () => {
  const python = new FilterPlugin('proxmox_vm_review');
  afterAll(() => {
    python.close();
  });

  const model = sampleModel();
  const config = configOf(model);
  const review = async (found: readonly object[], running: readonly object[] = [], wanted = model): Promise<Review> =>
    (await python.call('proxmox_vm_review', wanted, found, running)) as Review;
  /** Of a VM whose configuration differs in these keys; `null`: not there. */
  const changed = (changes: Readonly<Record<string, string | null>>, rest: object = {}): Promise<Review> => {
    const entries = Object.entries({ ...config, ...changes }).filter(([, value]) => value !== null);
    return review([foundOf(model, Object.fromEntries(entries), rest)]);
  };

  it('that is not there is created', async () => {
    expect(await review([])).toMatchObject({ action: 'create', exists: false, node: model.node, changes: [] });
  });

  it('whose id is taken by one that the token does not see is refused', async () => {
    const found = (await python.call('proxmox_vm_review', model, [], [], true)) as Review;
    expect(found).toMatchObject({ action: 'foreign', exists: false });
    expect(found.problems).toEqual(['VM id 1021 belongs to a VM or container that the token does not see']);
  });

  it('that is as it should be is left alone', async () => {
    const found = await review([foundOf(model, config)]);
    expect(found).toMatchObject({ action: 'none', exists: true, running: true, protected: false });
    expect([found.changes, found.problems, found.restart, Object.values(found.work).flat()]).toEqual([[], [], [], []]);
  });

  it('numbers are as good as texts: the API answers some options as numbers', async () => {
    const typed = { ...config, cores: Number(config['cores']), onboot: Number(config['onboot']) };
    expect(await review([foundOf(model, typed)])).toMatchObject({ action: 'none' });
  });

  describe('is refused, and says why', () => {
    it.each([
      ['while it is locked', { lock: 'backup' }, {}, /it is locked \(backup\)/],
      ['while its configuration is locked', {}, { lock: 'clone' }, /it is locked \(clone\)/],
      ['on another host', { node: 'pve9' }, {}, /it is on pve9 and belongs on pve2: migrate it/],
      ['with a disk on another storage', {}, { scsi0: 'tank:vm-1021-disk-0,size=64G' }, /scsi0 is on storage tank/],
      [
        'with a larger disk',
        {},
        { scsi0: 'local-lvm:x,size=1T' },
        /scsi0 has 1024 GiB and should have 64: a disk cannot shrink/,
      ],
      ['with other firmware', {}, { efidisk0: 'local-lvm:x,efitype=2m' }, /efidisk0 has efitype 2m and should have 4m/],
      [
        'with firmware that says no type',
        {},
        { efidisk0: 'local-lvm:x' },
        /efidisk0 has efitype 2m and should have 4m/,
      ],
      [
        'with firmware elsewhere',
        {},
        { efidisk0: 'tank:x,efitype=4m' },
        /efidisk0 has storage tank and should have local-lvm/,
      ],
      [
        'with an ISO where the cloud-init drive belongs',
        {},
        { ide0: 'local:iso/x.iso,media=cdrom' },
        /remove it first/,
      ],
      [
        'with a cloud-init drive elsewhere',
        {},
        { ide0: 'tank:vm-1021-cloudinit,media=cdrom' },
        /ide0 is tank:vm-1021-cloudinit/,
      ],
    ])('%s', async (_name, rest, change, problem) => {
      const found = await changed(change, rest);
      expect(found.action).toBe('refused');
      expect(found.problems).toEqual([expect.stringMatching(problem)]);
    });

    it('in a pool of others', async () => {
      const wanted = { ...model, pool: 'talos' };
      const found = await review([foundOf(model, config, { pool: 'others' })], [], wanted);
      expect(found).toMatchObject({
        action: 'refused',
        problems: ['it is in pool others and belongs in talos: take it out of others first'],
      });
    });

    it('where a clone lost its system disk', async () => {
      const { scsi0: _gone, ...rest } = config;
      const found = await review([foundOf(model, rest)], [], { ...model, source: 'template' });
      expect(found).toMatchObject({
        action: 'refused',
        problems: [expect.stringContaining('its system disk is gone')],
      });
    });
  });

  describe('belongs to somebody else', () => {
    const OTHER_UUID = 'uuid=00000000-0000-4000-8000-000000000000';

    it.each<[string, Record<string, string | null>, object]>([
      [
        'with another UUID and another name, as a copy by hand has them',
        { smbios1: OTHER_UUID, name: 'db' },
        { name: 'db' },
      ],
      ['with another UUID and no mark', { smbios1: OTHER_UUID, description: 'my database' }, {}],
      [
        'with another UUID and the mark of another cluster',
        { smbios1: OTHER_UUID, description: 'Talos worker w-1 of cluster other, managed by talmox' },
        {},
      ],
      ['without any UUID and mark', { smbios1: null, description: null }, {}],
      ['where it is a template', {}, { template: 1 }],
    ])('%s', async (_name, change, rest) => {
      const found = await changed(change, rest);
      expect(found).toMatchObject({ action: 'foreign', changes: [] });
      expect(found.problems[0]).toMatch(/^VM id 1021 belongs to \S+ on pve2, which is not of this cluster$/);
    });

    it('as another node of this cluster, which is said', async () => {
      const description = String(config['description']).replace('w-1', 'w-2');
      const change = { smbios1: OTHER_UUID, name: 'w-2', description };
      const found = await changed(change, { name: 'w-2' });
      expect(found).toMatchObject({
        action: 'foreign',
        changes: [],
        problems: ['VM id 1021 is w-2 of this cluster, on pve2: write another vm_id, or destroy that VM first'],
      });
      const template = await changed(change, { name: 'w-2', template: 1 });
      expect(template.problems).toEqual(['VM id 1021 belongs to w-2 on pve2, which is not of this cluster']);
    });

    it.each<[string, Record<string, string | null>]>([
      ['its UUID is in upper case', { smbios1: (config['smbios1'] ?? '').toUpperCase().replace('UUID', 'uuid') }],
      ['its UUID is gone, and name and mark are there', { smbios1: null }],
      ['name and mark are gone, and the UUID is there', { name: 'renamed', description: 'x' }],
    ])('but not where %s', async (_name, change) => {
      expect(
        (await changed(change, change['name'] === undefined ? {} : { name: change['name'] ?? '' })).action,
      ).not.toBe('foreign');
    });
  });

  describe('options', () => {
    it.each<[key: string, value: string | null, restart: boolean]>([
      ['cores', '1', true],
      ['memory', '2048', true],
      ['balloon', null, true],
      ['cpu', 'kvm64', true],
      ['machine', 'pc', true],
      ['boot', 'order=net0', true],
      ['agent', '0', true],
      ['serial0', null, true],
      ['vga', 'serial0', true],
      ['name', 'renamed', false],
      ['description', 'x', false],
      ['tags', 'other', false],
      ['onboot', '0', false],
      ['protection', '1', false],
      ['startup', 'order=9', false],
      ['nameserver', '192.0.2.1', false],
      ['ipconfig0', 'ip=dhcp', false],
    ])('%s = %s is changed (at the next start: %s)', async (key, value, restart) => {
      const found = await changed({ [key]: value });
      expect(found.changes).toEqual([{ field: key, from: value ?? '', to: config[key], restart }]);
      expect(found).toMatchObject({ action: 'change', problems: [], work: { options: [key] } });
    });

    it('of a VM that is off are changed at once', async () => {
      const found = await changed({ cores: '1' }, { status: 'stopped' });
      expect(found.changes).toEqual([
        { field: 'cores', from: '1', to: config['cores'], restart: false },
        { field: 'power', from: 'stopped', to: 'running', restart: false },
      ]);
      expect(found.work).toMatchObject({ options: ['cores'], start: ['power'] });
    });

    it('that the inventory has none of are removed', async () => {
      const found = await changed({
        watchdog: 'i6300esb',
        cicustom: 'user=local:snippets/x.yaml',
        ipconfig7: 'ip=dhcp',
        net7: 'virtio=BC:24:11:99:99:98',
      });
      expect(found.work['deletes']).toEqual(['watchdog', 'cicustom', 'ipconfig7', 'net7']);
      expect(found.changes.map(({ field, to, restart }) => [field, to, restart])).toEqual([
        ['watchdog', '', true],
        ['cicustom', '', false],
        ['ipconfig7', '', false],
        ['net7', '', false],
      ]);
    });

    it('that the inventory does not speak of are left alone', async () => {
      expect(
        await changed({
          hotplug: 'disk,network',
          acpi: '1',
          hookscript: 'local:snippets/x.pl',
          unused0: 'local-lvm:vm-1021-disk-9',
        }),
      ).toMatchObject({ action: 'none' });
    });

    it('NICs are set by their own module', async () => {
      const found = await changed({ net0: (config['net0'] ?? '').replace('vmbr0', 'vmbr9') });
      expect(found).toMatchObject({ action: 'change', work: { nics: ['net0'], options: [] } });
    });
  });

  describe('disks', () => {
    it('that is missing is made, that is too small grows', async () => {
      const found = await changed({ scsi1: null, scsi0: (config['scsi0'] ?? '').replace('size=64G', 'size=32G') });
      expect(found.work).toMatchObject({ missing: ['scsi1'], grow: ['scsi0'] });
      expect(found.changes.map(({ field, from, to, restart }) => [field, from, to, restart])).toEqual([
        ['scsi0 size', '32G', '64G', false],
        ['scsi1', '', 'local-lvm:200G', false],
      ]);
    });

    it.each([
      ['discard=on', 'discard=ignore', true],
      ['ssd=1', 'ssd=0', true],
      ['backup=0', 'backup=1', false],
      ['replicate=0', 'replicate=1', false],
      ['size=64G', 'size=64G,mbps=100', false],
      ['size=64G', 'size=64G,aio=threads', true],
    ])('options are set anew: %s -> %s (at the next start: %s)', async (from, to, restart) => {
      const found = await changed({ scsi0: (config['scsi0'] ?? '').replace(from, to) });
      expect(found).toMatchObject({
        action: 'change',
        work: { tune: ['scsi0'] },
        changes: [{ field: 'scsi0 options', restart }],
      });
    });
  });

  it('a missing drive or volume of the firmware is added', async () => {
    const found = await changed({ ide0: null, efidisk0: null });
    expect(found.work).toMatchObject({ drives: ['ide0'], firmware: ['efidisk0'] });
  });

  it('a second cloud-init drive is removed', async () => {
    const found = await changed({ ide3: 'local-lvm:vm-1021-cloudinit,media=cdrom' });
    expect(found.work).toMatchObject({ deletes: ['ide3'] });
  });

  it('another ISO is put in the place of the one that is there', async () => {
    const wanted = { ...model, drives: { ...model.drives, ide2: 'local:iso/new.iso,media=cdrom' } };
    const found = await review([foundOf(model, { ...config, ide2: 'local:iso/old.iso,media=cdrom' })], [], wanted);
    expect(found.changes).toEqual([
      { field: 'ide2', from: 'local:iso/old.iso', to: 'local:iso/new.iso', restart: false },
    ]);
  });

  it('is put into its pool, and stays in one that nobody asked for', async () => {
    expect(await review([foundOf(model, config)], [], { ...model, pool: 'talos' })).toMatchObject({
      action: 'change',
      work: { pool: ['pool'] },
    });
    expect(await review([foundOf(model, config, { pool: 'talos' })])).toMatchObject({ action: 'none' });
  });

  it('waits for a restart where the running guest has something else', async () => {
    const running = foundOf(model, { ...config, cores: '1', digest: 'f', vga: 'none' });
    expect(await review([foundOf(model, config)], [running])).toMatchObject({
      action: 'restart',
      changes: [],
      restart: ['cores', 'vga'],
    });
    expect((await review([foundOf(model, config, { status: 'stopped' })], [running])).restart).toEqual([]);
  });

  it('says whether it is protected from removal', async () => {
    expect((await changed({ protection: '1' })).protected).toBe(true);
  });

  it('of a cluster with Secure Boot, watchdog and pool is as it should be', async () => {
    const cluster = sampleWithVms((vm) => ({
      ...vm,
      tpm: { storage: 'local-lvm', version: 'v2.0' },
      watchdog: { model: 'i6300esb', action: 'reset' },
      pool: 'talos',
      protection: true,
    }));
    const wanted = sampleModel(cluster);
    expect(await review([foundOf(wanted, configOf(wanted))], [], wanted)).toMatchObject({
      action: 'none',
      protected: true,
    });
    const withoutVersion = { ...configOf(wanted), tpmstate0: 'local-lvm:x' };
    expect(await review([foundOf(wanted, withoutVersion)], [], wanted)).toMatchObject({
      problems: [
        expect.stringMatching(/^tpmstate0 has version v1\.2 and should have v2\.0: its content cannot follow/),
      ],
    });
  });

  describe('a template', () => {
    const template = {
      id: 9001,
      name: 'talos-v1-12-0-abc',
      node: 'pve1',
      storage: 'local-lvm',
      bridge: 'vmbr0',
      bios: 'ovmf',
      machine: 'q35',
      drives: {},
      image: {},
    };
    const there = {
      vmid: 9001,
      name: template.name,
      node: 'pve1',
      template: 1,
      config: {
        bios: 'ovmf',
        machine: 'q35',
        description: 'Talos template, managed by talmox',
        scsi0: 'local-lvm:base-9001-disk-0,size=4G',
      },
    };
    const check = async (found: readonly object[]): Promise<Record<string, unknown>> =>
      (await python.call('proxmox_vm_template_review', template, found)) as Record<string, unknown>;

    it('is made where there is none, and done where it is one', async () => {
      expect(await check([])).toMatchObject({ exists: false, ours: true, done: false, problems: [] });
      expect(await check([there])).toMatchObject({ exists: true, ours: true, done: true, problems: [] });
      expect(await check([{ ...there, template: 0 }])).toMatchObject({ ours: true, done: false });
    });

    it.each<[string, object, RegExp]>([
      ['of another name', { name: 'golden' }, /it is golden, which was not made for this cluster/],
      ['without the mark', { config: { ...there.config, description: 'mine' } }, /was not made for this cluster/],
      ['that is locked', { lock: 'backup' }, /it is locked \(backup\)/],
      ['on another host', { node: 'pve2' }, /its node is pve2 and should be pve1/],
      [
        'with other firmware',
        { config: { ...there.config, bios: 'seabios' } },
        /its bios is seabios and should be ovmf/,
      ],
      [
        'that says no chipset',
        { config: { ...there.config, machine: undefined } },
        /its machine is pc and should be q35/,
      ],
      [
        'on another storage',
        { config: { ...there.config, scsi0: 'tank:base-9001-disk-0' } },
        /its storage is tank and should be local-lvm/,
      ],
    ])('%s is left alone', async (_name, change, problem) => {
      expect(await check([{ ...there, ...change }])).toMatchObject({ problems: [expect.stringMatching(problem)] });
    });
  });
});
