import { afterEach, describe, expect, test } from 'vitest';
import { manualClock, type SimulatorOptions } from '../../src/simulator/index.ts';
import { NODE, pve, seed, type Json, type PveClient } from '../support/pve.ts';

let client: PveClient;
const start = async (options: SimulatorOptions = {}) => (client = await pve({ seed: seed(), ...options }));
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

describe('cluster/resources', () => {
  test('hears of a VM only with the next broadcast, of its id and lock at once', async () => {
    const clock = manualClock();
    await start({ clock, staleMilliseconds: 10_000 });
    const entry = async () =>
      (await client.get('/cluster/resources', { type: 'vm' })).find(({ vmid }: Json) => vmid === 101);
    await client.task('POST', `${NODE}/9000/clone`, { newid: 101, name: 'cp-1' });
    expect(await entry()).toEqual({
      id: 'qemu/101',
      vmid: 101,
      node: 'pve',
      type: 'qemu',
      status: 'unknown',
      tags: 'talos;template',
    });
    clock.advance(9_999);
    expect(await entry()).not.toHaveProperty('name');
    clock.advance(1);
    expect(await entry()).toMatchObject({ name: 'cp-1', status: 'stopped', template: 0 });
    await client.task('POST', `${NODE}/101/status/start`);
    await client.call('PUT', `${NODE}/101/config`, { name: 'cp-one', tags: 'x' });
    expect(await entry()).toMatchObject({ name: 'cp-1', status: 'stopped', tags: 'x' });
    expect(await client.get(`${NODE}/101/status/current`)).toMatchObject({ name: 'cp-one', status: 'running' });
    clock.advance(10_000);
    expect(await entry()).toMatchObject({ name: 'cp-one', status: 'running' });
    await client.task('POST', `${NODE}/101/status/stop`);
    await client.task('DELETE', `${NODE}/101`);
    expect(await entry()).toBeUndefined();
  });

  test('is stale by default', async () => {
    await start({ staleMilliseconds: undefined as never });
    await client.task('POST', `${NODE}/9000/clone`, { newid: 101 });
    expect((await client.get('/cluster/resources', { type: 'vm' }))[0]).toMatchObject({ vmid: 101, status: 'unknown' });
  });

  test('what was there from the start is known', async () => {
    await start({ staleMilliseconds: 10_000 });
    expect((await client.get('/cluster/resources', { type: 'vm' }))[0]).toMatchObject({
      vmid: 9000,
      name: 'talos',
      template: 1,
    });
  });

  test('types can be asked for', async () => {
    await start();
    const types = async (form = {}) => [
      ...new Set((await client.get('/cluster/resources', form)).map(({ type }: Json) => type)),
    ];
    expect(await types()).toEqual(['qemu', 'node', 'storage', 'sdn']);
    expect(await types({ type: 'storage' })).toEqual(['storage']);
  });
});

describe('cluster', () => {
  test.each([
    ['8.4', '8.4'],
    ['9.0', '9.0'],
    ['9.1', '9.1'],
  ])('version %s', async (version, release) => {
    await start({ version });
    expect(await client.get('/version')).toMatchObject({ release, version: expect.stringMatching(`^${release}\\.`) });
  });

  test('nextid', async () => {
    await start();
    expect(await client.get('/cluster/nextid')).toBe('100');
    expect(await client.get('/cluster/nextid', { vmid: 500 })).toBe('500');
    expect(await client.call('GET', '/cluster/nextid', { vmid: 9000 })).toMatchObject({
      status: 400,
      errors: { vmid: 'VM 9000 already exists' },
    });
  });

  test('a node that is not there', async () => {
    await start();
    expect((await client.call('GET', '/nodes/pve9/qemu')).reason).toBe(
      "hostname lookup 'pve9' failed - failed to get address info for: pve9: Name or service not known",
    );
    expect((await client.call('GET', '/nodes/localhost/qemu')).data).toHaveLength(1);
  });

  test('a VM of another node is not found on this one, and its id is taken', async () => {
    await start({
      seed: seed({
        nodes: [
          { name: 'pve', bridges: ['vmbr0'] },
          { name: 'pve2', bridges: ['vmbr0'] },
        ],
      }),
    });
    await client.task('POST', '/nodes/pve2/qemu', { vmid: 101 });
    expect((await client.call('GET', `${NODE}/101/config`)).reason).toBe(
      "Configuration file 'nodes/pve/qemu-server/101.conf' does not exist",
    );
    expect(await client.task('POST', `${NODE}/9000/clone`, { newid: 101 })).toBe(
      "close (rename) atomic file '/etc/pve/nodes/pve/qemu-server/101.conf' failed: File exists",
    );
    expect((await client.call('POST', `${NODE}/9000/clone`, { newid: 102, target: 'pve2' })).reason).toBe(
      "can't clone VM to node 'pve2' (VM uses local storage)",
    );
  });

  test('on shared storage a clone goes to another node', async () => {
    const shared = seed();
    await start({
      seed: {
        ...shared,
        nodes: [...shared.nodes, { name: 'pve2', bridges: ['vmbr0'] }],
        storages: shared.storages.map((storage) => ({ ...storage, shared: storage.id === 'local-lvm' })),
      },
    });
    expect(
      await client.task('POST', `${NODE}/9000/clone`, { newid: 101, target: 'pve2', full: 1, storage: 'local-lvm' }),
    ).toBe('OK');
    expect((await client.get('/nodes/pve2/qemu/101/config'))['scsi0']).toContain('local-lvm:vm-101-disk-0');
  });
});

describe('storages', () => {
  const FORM = { content: 'import', url: 'https://factory.test/new.qcow2', filename: 'new.qcow2' };
  const path = '/nodes/pve/storage/local';

  test('the host downloads what it can reach', async () => {
    await start();
    expect(await client.get('/nodes/pve/query-url-metadata', { url: FORM.url })).toEqual({
      filename: 'new.qcow2',
      size: 90 * 2 ** 20,
      mimetype: 'application/octet-stream',
    });
    expect(await client.task('POST', `${path}/download-url`, FORM)).toBe('OK');
    expect(await client.get(`${path}/content`, { content: 'import' })).toContainEqual(
      expect.objectContaining({ volid: 'local:import/new.qcow2', size: 90 * 2 ** 20, format: 'qcow2' }),
    );
    expect(await client.task('POST', `${path}/download-url`, FORM)).toBe(
      "refusing to override existing file 'new.qcow2'",
    );
    expect(
      await client.task('POST', NODE, { vmid: 101, scsi0: 'local-lvm:0,import-from=local:import/new.qcow2' }),
    ).toBe('OK');
    expect((await client.config(101))['scsi0']).toBe('local-lvm:vm-101-disk-0,size=10G');
    expect(await client.task('DELETE', `${path}/content/${encodeURIComponent('local:import/new.qcow2')}`)).toBe('OK');
    expect(await client.task('DELETE', `${path}/content/local:import/new.qcow2`)).toBe(
      "volume 'local:import/new.qcow2' does not exist",
    );
  });

  test('a checksum is checked', async () => {
    await start();
    const checked = (checksum: string) =>
      client.task('POST', `${path}/download-url`, { ...FORM, checksum, 'checksum-algorithm': 'sha256' });
    expect(await checked('cd'.repeat(32))).toBe(
      `checksum mismatch: got '${'ab'.repeat(32)}' != expect '${'cd'.repeat(32)}'`,
    );
    expect(await checked('ab'.repeat(32))).toBe('OK');
    expect(await checked('ab'.repeat(32))).toBe('OK');
  });

  test.each<[string, string, Record<string, string>, number, string]>([
    ['a URL out of reach', path, { ...FORM, url: 'https://nowhere.test/a.qcow2' }, 200, ''],
    ['a wrong extension', path, { ...FORM, filename: 'new.img' }, 400, 'Parameter verification failed.'],
    [
      'content that the storage is not for',
      '/nodes/pve/storage/files',
      FORM,
      500,
      "storage 'files' is not configured for content-type 'import'",
    ],
    [
      'a block storage',
      '/nodes/pve/storage/local-lvm',
      FORM,
      500,
      "can't upload to storage type 'lvmthin', not a file based storage!",
    ],
  ])('%s', async (_what, storage, form, status, reason) => {
    await start();
    const answer = await client.call('POST', `${storage}/download-url`, form);
    await client.simulator.host.tasks.settled();
    expect(answer.status).toBe(status);
    if (reason !== '') expect(answer.reason).toBe(reason);
    else expect(client.simulator.host.tasks.get(answer.data).exitStatus).toMatch(/^download failed/);
  });

  test('a file is uploaded', async () => {
    await start();
    const body =
      '--X\r\nContent-Disposition: form-data; name="content"\r\n\r\niso\r\n--X\r\nContent-Disposition: form-data; name="filename"; filename="a.iso"\r\n\r\n\0\r\n\r\nbytes\r\n--X--\r\n';
    const answer = await client.call('POST', `${path}/upload`, body, {
      'content-type': 'multipart/form-data; boundary=X',
    });
    expect(answer.status).toBe(200);
    await client.simulator.host.tasks.settled();
    expect(await client.get(`${path}/content/iso/a.iso`)).toMatchObject({ size: 10, format: 'iso' });
  });
});

describe('pools', () => {
  test('are made, filled, emptied and removed, in both forms', async () => {
    await start();
    expect((await client.call('POST', '/pools', { poolid: 'talos', comment: 'x' })).status).toBe(200);
    expect((await client.call('POST', '/pools', { poolid: 'talos' })).reason).toBe(
      "create pool failed: pool 'talos' already exists",
    );
    await client.task('POST', NODE, { vmid: 101, pool: 'talos', name: 'a' });
    expect(await client.get('/pools')).toEqual([{ poolid: 'talos', comment: 'x' }]);
    expect((await client.get('/pools/talos')).members).toEqual([
      { id: 'qemu/101', vmid: 101, node: 'pve', type: 'qemu', status: 'stopped', name: 'a' },
    ]);
    expect((await client.call('DELETE', '/pools', { poolid: 'talos' })).reason).toBe(
      "delete pool failed: pool 'talos' is not empty (contains VM 101)",
    );
    await client.call('POST', '/pools', { poolid: 'other' });
    expect((await client.call('PUT', '/pools', { poolid: 'other', vms: '101' })).reason).toBe(
      "VM 101 belongs already to pool 'talos' and allow-move is not set",
    );
    expect((await client.call('PUT', '/pools/other', { vms: '101', 'allow-move': 1 })).status).toBe(200);
    expect((await client.call('PUT', '/pools/talos', { vms: '101', delete: 1 })).reason).toBe(
      'VM 101 is not a pool member',
    );
    expect((await client.call('DELETE', '/pools/talos')).status).toBe(200);
    expect((await client.get('/cluster/resources', { type: 'vm' }))[0]).toMatchObject({ pool: 'other' });
  });
});
