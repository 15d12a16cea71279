/** Storages: what there is, who sees it, what comes to them and goes. */

import { afterEach, describe, expect, test } from 'vitest';
import { manualClock, type AccessSeed, type HostSeed, type SimulatorOptions } from '../../src/simulator/index.ts';
import { NODE, pve, seed, type Form, type Json, type PveClient } from '../support/pve.ts';

let client: PveClient;
const start = async (more: Partial<HostSeed> = {}, options: SimulatorOptions = {}) =>
  (client = await pve({ seed: seed(more), ...options }));
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

const GIB = 2 ** 30;
const URL = 'https://factory.test/new.qcow2';
const FORM = { content: 'import', url: URL, filename: 'new.qcow2' };
const LOCAL = '/nodes/pve/storage/local';
const download = (form: Form = {}, path = LOCAL) => client.task('POST', `${path}/download-url`, { ...FORM, ...form });
const refused = async (method: string, path: string, form: Form = {}) => {
  const { status, reason, errors } = await client.call(method, path, form);
  return errors ?? `${status} ${reason}`;
};

/** Three hosts: one storage shared, one off, one of pve2 alone, one that does not come up on pve2. */
const MANY: Partial<HostSeed> = {
  nodes: ['pve', 'pve2', 'pve3'].map((name) => ({ name, bridges: ['vmbr0'] })),
  storages: [
    { id: 'local', type: 'dir', content: ['iso', 'import'], total: 100 * GIB, used: 25 * GIB },
    { id: 'local-lvm', type: 'lvmthin', content: ['images'] },
    { id: 'nas', type: 'nfs', content: ['iso', 'images'], offlineOn: ['pve2'] },
    { id: 'off', type: 'dir', content: ['iso'], disabled: true },
    { id: 'second', type: 'dir', content: ['iso'], nodes: ['pve2'] },
  ],
  files: [],
};

describe('what a node says of its storages', () => {
  const list = async (node: string, form: Form = {}): Promise<Json[]> => client.get(`/nodes/${node}/storage`, form);
  const ids = async (node: string, form: Form = {}) => (await list(node, form)).map(({ storage }) => storage);

  test('those that are off and those of other nodes are listed, without a size', async () => {
    await start(MANY);
    const brief = (await list('pve')).map(({ storage, enabled, active, total }) => [
      storage,
      enabled,
      active,
      total > 0,
    ]);
    expect(brief).toEqual([
      ['local', 1, 1, true],
      ['local-lvm', 1, 1, true],
      ['nas', 1, 1, true],
      ['off', 0, 0, false],
      ['second', 0, 0, false],
    ]);
    expect((await list('pve2')).find(({ storage }) => storage === 'nas')).toMatchObject({
      enabled: 1,
      active: 0,
      total: 0,
    });
    expect((await list('pve'))[0]).toEqual({
      storage: 'local',
      type: 'dir',
      content: 'iso,import',
      shared: 0,
      enabled: 1,
      active: 1,
      total: 100 * GIB,
      used: 25 * GIB,
      avail: 75 * GIB,
      used_fraction: 0.25,
    });
  });

  test('which are asked for', async () => {
    await start(MANY);
    expect(await ids('pve', { content: 'iso' })).toEqual(['local', 'nas']);
    expect(await ids('pve', { enabled: 1 })).toEqual(['local', 'local-lvm', 'nas', 'second']);
    expect(await ids('pve', { target: 'pve2' })).toEqual(['nas']);
    expect(await ids('pve', { target: 'pve', storage: 'local' })).toEqual(['local']);
    const missing = { storage: 'No such storage.' };
    expect(await refused('GET', '/nodes/pve/storage', { storage: 'nope' })).toEqual(missing);
    expect(await refused('GET', '/nodes/pve/storage', { storage: 'local', content: 'images' })).toEqual(missing);
    expect(await refused('GET', '/nodes/pve/storage/nope/status')).toEqual(missing);
    expect(await client.get('/nodes/pve/storage/off/status')).toMatchObject({ enabled: 0, active: 0 });
  });

  test('definitions name what is set and nothing else', async () => {
    await start(MANY);
    const all = await client.get('/storage');
    const { digest, ...nas } = all[2];
    expect(nas).toEqual({
      storage: 'nas',
      type: 'nfs',
      content: 'iso,images',
      server: 'nas',
      export: '/export',
      path: '/mnt/pve/nas',
      shared: 1,
    });
    expect(all[0]).not.toHaveProperty('shared');
    expect([all[1].thinpool, all[3].disable, all[4].nodes, digest.length]).toEqual(['data', 1, 'pve2', 40]);
    expect((await client.get('/storage', { type: 'dir' })).map(({ storage }: Json) => storage)).toEqual([
      'local',
      'off',
      'second',
    ]);
  });

  test('the cluster knows nothing of the size of one that does not come up', async () => {
    await start(MANY);
    const all: Json[] = await client.get('/cluster/resources', { type: 'storage' });
    expect(all.map(({ id }) => id)).not.toContain('storage/pve/off');
    expect(all.filter(({ storage }) => storage === 'second').map(({ node }) => node)).toEqual(['pve2']);
    expect(all.find(({ id }) => id === 'storage/pve2/nas')).toMatchObject({ status: 'unknown' });
    expect(all.find(({ id }) => id === 'storage/pve/local')).toMatchObject({
      status: 'available',
      maxdisk: 100 * GIB,
      disk: 25 * GIB,
    });
  });

  test.each([
    ['off', 'pve', "storage 'off' is disabled"],
    ['second', 'pve', "storage 'second' is not available on node 'pve'"],
    ['nas', 'pve2', "storage 'nas' is not online"],
  ])('%s on %s can be neither read nor written', async (storage, node, message) => {
    await start(MANY);
    const path = `/nodes/${node}/storage/${storage}`;
    expect(await refused('GET', `${path}/content`)).toBe(`500 ${message}`);
    expect(
      await refused('POST', `${path}/download-url`, {
        content: 'iso',
        url: 'https://factory.test/a',
        filename: 'a.iso',
      }),
    ).toBe(`500 ${message}`);
    expect(await client.task('DELETE', `${path}/content/${storage}:iso/a.iso`)).toBe(message);
  });

  test('a disk on one that does not come up is an error of the task', async () => {
    await start(MANY);
    expect(await client.task('POST', '/nodes/pve2/qemu', { vmid: 101, scsi0: 'nas:4' })).toBe(
      "unable to create VM 101 - storage 'nas' is not online",
    );
    expect(await refused('POST', NODE, { vmid: 102, scsi0: 'off:4' })).toBe("500 storage 'off' is disabled");
  });
});

describe('space', () => {
  const THICK: Partial<HostSeed> = {
    storages: [
      { id: 'local', type: 'dir', content: ['iso', 'import'], total: 1 * GIB, used: 0 },
      { id: 'thick', type: 'lvm', content: ['images'], total: 100 * GIB, used: 10 * GIB },
      { id: 'thin', type: 'lvmthin', content: ['images'], total: 100 * GIB, used: 10 * GIB },
      { id: 'zfs', type: 'zfspool', content: ['images'], total: 100 * GIB, used: 10 * GIB, thin: false },
    ],
    files: [],
    vms: [],
  };
  const used = async (id: string) => (await client.get(`/nodes/pve/storage/${id}/status`)).used / GIB;
  const disk = (vmid: number, scsi0: string) => client.task('POST', NODE, { vmid, scsi0 });

  test.each([
    ['thick', /Volume group "pve" has insufficient free space/],
    ['zfs', /out of space/],
  ])('a disk of %s takes its size, also when it grows, and gives it back', async (storage, message) => {
    await start(THICK);
    expect(await disk(101, `${storage}:60`)).toBe('OK');
    expect(await used(storage)).toBe(70);
    expect(await disk(102, `${storage}:31`)).toMatch(message);
    expect(await disk(102, `${storage}:30`)).toBe('OK');
    const grow = (size: string) => client.task('PUT', `${NODE}/101/resize`, { disk: 'scsi0', size });
    expect(await grow('+1G')).toMatch(message);
    await client.task('DELETE', `${NODE}/102`);
    expect(await grow('+30G')).toBe('OK');
    expect(await used(storage)).toBe(100);
  });

  test('a thin one promises more than it has', async () => {
    await start(THICK);
    for (const vmid of [101, 102, 103]) expect(await disk(vmid, 'thin:90')).toBe('OK');
    expect(await used('thin')).toBe(10);
  });

  test('a file takes its length, and what does not fit does not come', async () => {
    const big = { url: 'https://factory.test/big.iso', size: 0.8 * GIB };
    await start({ ...THICK, downloads: [big, { url: URL, size: 0.3 * GIB }] });
    expect(await download()).toBe('OK');
    expect(await used('local')).toBeCloseTo(0.3);
    expect(await download({ content: 'iso', url: big.url, filename: 'big.iso' })).toBe('No space left on device');
    await client.task('DELETE', `${LOCAL}/content/local:import/new.qcow2`);
    expect(await download({ content: 'iso', url: big.url, filename: 'big.iso' })).toBe('OK');
  });

  test('each host has its own part of a storage that is not shared', async () => {
    await start({ ...THICK, nodes: ['pve', 'pve2'].map((name) => ({ name, bridges: ['vmbr0'] })) });
    expect(await disk(101, 'thick:80')).toBe('OK');
    expect((await client.get('/nodes/pve2/storage/thick/status')).used).toBe(10 * GIB);
  });
});

describe('who sees which volume', () => {
  const WHO = 'reader@pve';
  const TOKEN = { user: WHO, name: 'ci', secret: 'aaaaaaaa-0000-4000-8000-00000000000b' };
  type Grant = readonly [path: string, ...privileges: string[]];
  const access = (acl: readonly Grant[]): AccessSeed => ({
    users: [{ id: 'root@pam' }, { id: WHO }],
    tokens: [{ id: `${WHO}!ci`, secret: TOKEN.secret, privilegeSeparation: false }],
    roles: Object.fromEntries(acl.map(([path, ...privileges]) => [`At${path.replaceAll('/', '-')}`, privileges])),
    acl: acl.map(([path]) => ({ path, who: WHO, role: `At${path.replaceAll('/', '-')}` })),
  });
  const FILES: HostSeed['files'] = [
    { node: 'pve', storage: 'files', content: 'iso', name: 'a.iso', size: 1 },
    { node: 'pve', storage: 'files', content: 'import', name: 'b.qcow2', size: 1 },
    { node: 'pve', storage: 'files', content: 'vztmpl', name: 'c.tar.zst', size: 1 },
    { node: 'pve', storage: 'files', content: 'snippets', name: 'd.yaml', size: 1 },
    { node: 'pve', storage: 'files', content: 'backup', name: 'vzdump-qemu-101-x.vma.zst', size: 1 },
  ];
  const limited = (...acl: readonly Grant[]) =>
    start(
      {
        access: access(acl),
        storages: [{ id: 'files', type: 'dir', content: ['iso', 'import', 'vztmpl', 'snippets', 'backup', 'images'] }],
        files: FILES,
        vms: [{ vmid: 101, node: 'pve', config: {}, drives: { scsi0: { storage: 'files', size: GIB } } }],
      },
      { token: TOKEN },
    );
  const seen = async (form: Form = {}) =>
    (await client.get('/nodes/pve/storage/files/content', form)).map(({ content }: Json) => content);
  const one = (volid: string) => refused('GET', `/nodes/pve/storage/files/content/${volid}`);
  const READABLE = ['import', 'iso', 'vztmpl'];

  test.each<[string, readonly Grant[], readonly string[]]>([
    ['to read it', [['/storage/files', 'Datastore.Audit']], READABLE],
    ['to use it', [['/storage/files', 'Datastore.AllocateSpace']], READABLE],
    [
      'to own it',
      [['/storage/files', 'Datastore.Allocate', 'Datastore.Audit']],
      ['backup', 'images', ...READABLE, 'snippets'],
    ],
    [
      "to read it and change the VM's disks",
      [
        ['/storage/files', 'Datastore.Audit'],
        ['/vms/101', 'VM.Config.Disk'],
      ],
      ['images', ...READABLE],
    ],
    [
      'to use it and back the VM up',
      [
        ['/storage/files', 'Datastore.AllocateSpace'],
        ['/vms/101', 'VM.Backup'],
      ],
      ['backup', ...READABLE],
    ],
  ])('with the right %s', async (_what, acl, contents) => {
    await limited(...acl);
    expect((await seen()).sort()).toEqual([...contents].sort());
  });

  test('one alone is refused whether it exists or not', async () => {
    await limited(['/storage/files', 'Datastore.Audit']);
    for (const name of ['d.yaml', 'nope.yaml'])
      expect(await one(`files:snippets/${name}`)).toBe(`500 missing privileges to access files:snippets/${name}`);
    expect(await one('files:101/vm-101-disk-0.raw')).toBe('403 Permission check failed (/vms/101, VM.Config.Disk)');
    expect(await one('files:iso/a.iso')).toBe('200 OK');
    expect(await one('files:iso/nope.iso')).toBe("500 volume_size_info on 'files:iso/nope.iso' failed - no format");
    expect(await one('files:nonsense')).toBe("500 unable to parse directory volume name 'nonsense'");
  });

  test('an auditor of everything sees neither snippets nor disks', async () => {
    await limited(['/', 'Datastore.Audit', 'VM.Audit', 'Sys.Audit']);
    expect(await seen({ content: 'snippets' })).toEqual([]);
    expect(await seen({ content: 'images', vmid: 101 })).toEqual([]);
  });

  test('the list itself is for whoever may read or use the storage, its definition for whoever owns it', async () => {
    await limited(['/vms', 'VM.Audit']);
    expect(await refused('GET', '/nodes/pve/storage/files/content')).toMatch(/^403 .*Datastore.Audit\|/);
    await client.close();
    await limited(['/storage', 'Datastore.Audit']);
    expect(await refused('GET', '/storage/files')).toBe(
      '403 Permission check failed (/storage/files, Datastore.Allocate)',
    );
    expect(await client.get('/storage')).toHaveLength(1);
  });

  test('who deletes owns the storage, or of a backup its VM', async () => {
    await limited(['/storage/files', 'Datastore.AllocateSpace', 'Datastore.AllocateTemplate'], ['/vms', 'VM.Backup']);
    expect(await refused('DELETE', '/nodes/pve/storage/files/content/files:iso/a.iso')).toBe(
      '403 Permission check failed (/storage/files, Datastore.Allocate)',
    );
    expect(await client.task('DELETE', '/nodes/pve/storage/files/content/files:backup/vzdump-qemu-101-x.vma.zst')).toBe(
      'OK',
    );
  });
});

describe('contents', () => {
  test('are listed by name, with the formats of their kind', async () => {
    await start({
      storages: [{ id: 'local', type: 'dir', content: ['iso', 'import', 'snippets', 'vztmpl'] }],
      vms: [],
      files: [
        { node: 'pve', storage: 'local', content: 'snippets', name: 'user.yaml', size: 1 },
        { node: 'pve', storage: 'local', content: 'vztmpl', name: 'c.tar.zst', size: 1 },
        { node: 'pve', storage: 'local', content: 'iso', name: 'B.iso', size: 1 },
        { node: 'pve', storage: 'local', content: 'iso', name: 'a.img', size: 1 },
        { node: 'pve', storage: 'local', content: 'import', name: 'd.qcow2', size: 5, virtualSize: 10 },
      ],
    });
    const all = await client.get(`${LOCAL}/content`);
    expect(all.map(({ volid, format }: Json) => [volid, format])).toEqual([
      ['local:import/d.qcow2', 'qcow2'],
      ['local:iso/a.img', 'iso'],
      ['local:iso/B.iso', 'iso'],
      ['local:snippets/user.yaml', 'snippet'],
      ['local:vztmpl/c.tar.zst', 'tzst'],
    ]);
    expect(await client.get(`${LOCAL}/content/local:iso/a.img`)).toEqual({
      path: '/var/lib/vz/template/iso/a.img',
      size: 1,
      used: 1,
      format: 'raw',
    });
    // Of an image the disk inside is told.
    expect(await client.get(`${LOCAL}/content/import/d.qcow2`)).toMatchObject({ size: 10, used: 5, format: 'qcow2' });
    expect(await refused('GET', `${LOCAL}/content/other:iso/a.img`)).toEqual({
      volume: 'storage ID mismatch (other != local)\n',
    });
  });

  test('what the storage is not for is not listed, though it is there', async () => {
    await start({ storages: [{ id: 'local', type: 'dir', content: ['iso'] }], vms: [] });
    expect(await client.get(`${LOCAL}/content`)).toEqual([]);
    expect(await client.get(`${LOCAL}/content`, { content: 'import' })).toEqual([]);
    expect(await refused('GET', `${LOCAL}/content/local:import/talos.qcow2`)).toBe('200 OK');
  });
});

describe('downloads', () => {
  const SHA256 = { checksum: 'ab'.repeat(32), 'checksum-algorithm': 'sha256' };

  test('the host downloads what it can reach, and a VM imports it', async () => {
    await start();
    expect(await client.get('/nodes/pve/query-url-metadata', { url: URL })).toEqual({
      filename: 'new.qcow2',
      size: 90 * 2 ** 20,
      mimetype: 'application/octet-stream',
    });
    expect(await download()).toBe('OK');
    expect(await client.get(`${LOCAL}/content`, { content: 'import' })).toContainEqual(
      expect.objectContaining({ volid: 'local:import/new.qcow2', size: 90 * 2 ** 20, format: 'qcow2' }),
    );
    expect(
      await client.task('POST', NODE, { vmid: 101, scsi0: 'local-lvm:0,import-from=local:import/new.qcow2' }),
    ).toBe('OK');
    expect((await client.config(101))['scsi0']).toBe('local-lvm:vm-101-disk-0,size=10G');
  });

  test('a file that is there stays: right checksum, wrong checksum, none', async () => {
    await start();
    expect(await download(SHA256)).toBe('OK');
    expect(await download()).toBe("refusing to override existing file '/var/lib/vz/import/new.qcow2'");
    expect(await download(SHA256)).toBe('OK');
    expect(await download({ ...SHA256, checksum: 'AB'.repeat(32) })).toBe('OK');
    expect(await download({ ...SHA256, checksum: 'cd'.repeat(32) })).toBe(
      `checksum mismatch: got '${'ab'.repeat(32)}' != expect '${'cd'.repeat(32)}', aborting`,
    );
    expect(await download({ content: 'iso', filename: 'a.iso', ...SHA256, checksum: 'cd'.repeat(32) })).toBe(
      `checksum mismatch: got '${'ab'.repeat(32)}' != expect '${'cd'.repeat(32)}'`,
    );
  });

  test("somebody else's file of the same name has another checksum", async () => {
    await start();
    expect(await download({ filename: 'talos.qcow2', ...SHA256 })).toMatch(
      /^checksum mismatch: got '[0-9a-f]{64}' != expect '(ab){32}', aborting$/,
    );
  });

  test.each(['gz', 'lzo', 'zst', 'bz2'])('%s is unpacked for a disc alone', async (compression) => {
    await start();
    expect(await download({ compression })).toBe('decompression not supported for import');
    expect(await download({ compression, content: 'iso', filename: 'a.iso' })).toBe('OK');
  });

  test('xz is unpacked for nothing', async () => {
    await start();
    expect(await download({ compression: 'xz', content: 'iso', filename: 'a.iso' })).toBe(
      'no decompression method found',
    );
  });

  const NAMES: readonly (readonly [kind: string, name: string, stored: string | null])[] = [
    ['iso', 'a.ISO', 'a.ISO'],
    ['iso', 'metal.raw.xz', null],
    ['iso', 'some where/a b.img', 'a_b.img'],
    ['import', 'metal-amd64.raw.xz', null],
    ['import', 'a.raw.zst', null],
    ['import', 'a.qcow2.gz', null],
    ['import', 'a.QCOW2', null],
    ['import', 'a.ovf', null],
    ['import', '../ä.raw', '_.raw'],
    ['vztmpl', 'c.tar.bz2', 'c.tar.bz2'],
    ['vztmpl', 'c.zip', null],
  ];
  test.each(NAMES)('%s named %s', async (content, filename, stored) => {
    await start();
    const answer = await refused('POST', `${LOCAL}/download-url`, { ...FORM, content, filename });
    await client.simulator.host.tasks.settled();
    const wrong = content === 'import' ? 'invalid filename or wrong extension' : 'wrong file extension';
    if (stored === null) expect(answer).toEqual({ filename: wrong });
    else expect(client.simulator.host.storages.volume('pve', `local:${content}/${stored}`)).toBeDefined();
  });

  test.each([
    ['8.4', null],
    ['9.0', null],
    ['9.1', 'c.tar'],
  ])('%s takes templates that are not compressed: %s', async (version, stored) => {
    await start({}, { version });
    const form = { ...FORM, content: 'vztmpl', filename: 'c.tar' };
    expect(typeof (await refused('POST', `${LOCAL}/download-url`, form))).toBe(stored === null ? 'object' : 'string');
  });

  test.each<[string, string, Form, string | Form]>([
    [
      'content that the storage is not for',
      '/nodes/pve/storage/files',
      FORM,
      "500 storage 'files' is not configured for content-type 'import'",
    ],
    [
      'a block storage',
      '/nodes/pve/storage/local-lvm',
      FORM,
      "500 can't upload to storage type 'lvmthin', not a file based storage!",
    ],
    [
      'a checksum without its algorithm',
      LOCAL,
      { ...FORM, checksum: 'ab' },
      { 'checksum-algorithm': "missing property required by 'checksum'" },
    ],
    [
      'another protocol',
      LOCAL,
      { ...FORM, url: 'ftp://factory.test/a' },
      { url: 'value does not match the regex pattern' },
    ],
  ])('%s is refused at once', async (_what, path, form, answer) => {
    await start();
    expect(await refused('POST', `${path}/download-url`, form)).toEqual(answer);
  });

  test('a URL out of reach is an error of the task, and leaves nothing', async () => {
    await start();
    expect(await download({ url: 'https://nowhere.test/a.qcow2' })).toMatch(/^download failed/);
    expect(await refused('GET', '/nodes/pve/query-url-metadata', { url: 'https://nowhere.test/a.qcow2' })).toBe(
      "500 invalid server response: '404 Not Found'",
    );
    expect(client.simulator.host.storages.volume('pve', 'local:import/new.qcow2')).toBeUndefined();
  });

  test('the file is there when the task has ended, and not before', async () => {
    const clock = manualClock();
    await start({}, { clock, taskDurations: { default: 5_000 } });
    await client.call('POST', `${LOCAL}/download-url`, FORM);
    const there = () => client.simulator.host.storages.volume('pve', 'local:import/new.qcow2') !== undefined;
    expect(there()).toBe(false);
    clock.advance(5_000);
    await client.simulator.host.tasks.settled();
    expect(there()).toBe(true);
  });
});

describe('uploads', () => {
  const send = async (content: string, fileName: string, path = LOCAL) => {
    const body = `--X\r\nContent-Disposition: form-data; name="content"\r\n\r\n${content}\r\n--X\r\nContent-Disposition: form-data; name="filename"; filename="${fileName}"\r\n\r\n\0\r\n\r\nbytes\r\n--X--\r\n`;
    const answer = await client.call('POST', `${path}/upload`, body, {
      'content-type': 'multipart/form-data; boundary=X',
    });
    await client.simulator.host.tasks.settled();
    return answer.errors ?? `${answer.status} ${answer.reason}`;
  };

  test('a file is uploaded, over another one without a word', async () => {
    await start();
    for (let time = 0; time < 2; time++) expect(await send('iso', 'a.iso')).toBe('200 OK');
    expect(await client.get(`${LOCAL}/content/iso/a.iso`)).toMatchObject({ size: 10, format: 'raw' });
  });

  test('snippets are not, and neither is what the storage is not for', async () => {
    await start();
    expect(await send('snippets', 'a.yaml')).toHaveProperty('content');
    expect(await send('iso', 'a.iso', '/nodes/pve/storage/files')).toBe(
      "500 storage 'files' does not support 'iso' content",
    );
    expect(await send('iso', 'a.iso', '/nodes/pve/storage/local-lvm')).toBe(
      "500 can't upload to storage type 'lvmthin'",
    );
    expect(await send('iso', 'a.txt')).toEqual({ filename: 'wrong file extension' });
  });
});

describe('deletion', () => {
  const path = `${LOCAL}/content/${encodeURIComponent('local:import/talos.qcow2')}`;

  test('answers at once, and the file goes when the task ends', async () => {
    const clock = manualClock();
    await start({}, { clock, taskDurations: { default: 3_000 } });
    const { data: upid } = await client.call('DELETE', path);
    expect(upid).toMatch(/^UPID:pve:.*:imgdel:local:/);
    expect(await client.get(`${LOCAL}/content`)).toHaveLength(1);
    clock.advance(3_000);
    await client.simulator.host.tasks.settled();
    expect(await client.get(`${LOCAL}/content`)).toEqual([]);
  });

  test('of what is not there is well, and the log says so', async () => {
    await start();
    expect(await client.task('DELETE', path)).toBe('OK');
    const { data: upid } = await client.call('DELETE', path);
    await client.simulator.host.tasks.settled();
    expect((await client.get(`/nodes/pve/tasks/${encodeURIComponent(upid)}/log`)).map(({ t }: Json) => t)).toEqual([
      "disk image '/var/lib/vz/import/talos.qcow2' does not exist",
      "Removed volume 'local:import/talos.qcow2'",
      'TASK OK',
    ]);
    expect(await client.task('DELETE', '/nodes/pve/storage/local-lvm/content/local-lvm:vm-4711-disk-0')).toBe('OK');
  });

  test('is waited for where the request says so, no longer than it says', async () => {
    const clock = manualClock();
    await start({}, { clock, taskDurations: { default: 3_000 } });
    const within = async (delay: number, milliseconds: number) => {
      const { tasks } = client.simulator.host;
      const before = tasks.list().length;
      const answer = client.call('DELETE', path, { delay });
      await expect.poll(() => tasks.list().length).toBe(before + 1);
      clock.advance(milliseconds);
      return (await answer).data;
    };
    expect(await within(2, 2_000)).toMatch(/^UPID:/);
    clock.advance(3_000);
    await client.simulator.host.tasks.settled();
    expect(await within(5, 3_000)).toBeNull();
  });

  test("of a VM's disk is a task of that VM, and nobody looks at who uses it", async () => {
    await start();
    await client.task('POST', `${NODE}/9000/clone`, { newid: 101, full: 1 });
    await client.task('POST', `${NODE}/101/status/start`);
    const { data: upid } = await client.call('DELETE', '/nodes/pve/storage/local-lvm/content/local-lvm:vm-101-disk-0');
    expect(upid).toContain(':imgdel:101@local-lvm:');
    await client.simulator.host.tasks.settled();
    expect(client.simulator.host.storages.volume('pve', 'local-lvm:vm-101-disk-0')).toBeUndefined();
  });

  test('of a base that clones stand on is refused, but not where the storage does not know them', async () => {
    const linked = async (type: 'rbd' | 'lvmthin') => {
      await start({ storages: [{ id: 'local-lvm', type, content: ['images'] }], files: [] });
      await client.task('POST', `${NODE}/9000/clone`, { newid: 101 });
      const [base] = (await client.get('/nodes/pve/storage/local-lvm/content')).filter(({ volid }: Json) =>
        /^local-lvm:base-9000-disk-\d$/.test(volid),
      );
      const ended = await client.task('DELETE', `/nodes/pve/storage/local-lvm/content/${base.volid}`);
      return ended.replace(base.volid.replace('local-lvm:', ''), 'BASE');
    };
    expect(await linked('rbd')).toBe("base volume 'BASE' is still in use by linked clones");
    await client.close();
    expect(await linked('lvmthin')).toBe('OK');
  });
});
