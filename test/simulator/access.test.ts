import { afterEach, describe, expect, test } from 'vitest';
import type { AclEntry, HostSeed, PveVersion } from '../../src/simulator/index.ts';
import { startSimulator } from '../../src/simulator/index.ts';
import { NODE, pve, seed, type Json, type PveClient } from '../support/pve.ts';

const TOKEN = { user: 'talmox@pve', name: 'ci', secret: 'bbbbbbbb-0000-4000-8000-000000000002' };
const ID = `${TOKEN.user}!${TOKEN.name}`;

let client: PveClient;
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

type Grant = readonly [path: string, ...privileges: readonly string[]];

/** A token, and its user, with exactly these privileges. */
function limited(grants: readonly Grant[], userGrants = grants): HostSeed {
  const roles: Record<string, readonly string[]> = {};
  const entries = (who: string, given: readonly Grant[]): AclEntry[] =>
    given.map(([path, ...privileges], index) => {
      const role = `${who === ID ? 'Token' : 'User'}${index}`;
      roles[role] = privileges;
      return { path, who, role };
    });
  const acl = [...entries(ID, grants), ...entries(TOKEN.user, userGrants)];
  return seed({
    access: {
      users: [
        { id: 'root@pam', password: 'secret' },
        { id: TOKEN.user, password: 'hers' },
      ],
      tokens: [{ id: ID, secret: TOKEN.secret }],
      roles,
      acl,
    },
    pools: ['talos'],
  });
}

const start = async (grants: readonly Grant[], version: PveVersion = '9.1', userGrants = grants) =>
  (client = await pve({ seed: limited(grants, userGrants), token: TOKEN, version }));

/** The clone flow of both clients in one, up to the first refusal. */
async function cloneFlow(): Promise<string> {
  const steps: readonly (readonly [string, string, Record<string, string | number>])[] = [
    ['POST', `${NODE}/9000/clone`, { newid: 101, name: 'cp-1', full: 1, storage: 'local-lvm' }],
    ['GET', `${NODE}/101/config`, {}],
    [
      'PUT',
      `${NODE}/101/config`,
      {
        cores: 4,
        memory: 4096,
        net0: 'virtio,bridge=vmbr0',
        agent: 'enabled=1',
        smbios1: 'serial=aD0x,base64=1',
        ipconfig0: 'ip=dhcp',
        tags: 'talos',
        serial0: 'socket',
      },
    ],
    ['PUT', `${NODE}/101/config`, { scsi0: 'local-lvm:vm-101-disk-0,ssd=1' }],
    ['PUT', `${NODE}/101/resize`, { disk: 'scsi0', size: '20G' }],
    ['POST', `${NODE}/101/status/start`, {}],
    ['GET', `${NODE}/101/agent/network-get-interfaces`, {}],
    ['POST', `${NODE}/101/status/stop`, {}],
    ['DELETE', `${NODE}/101`, {}],
  ];
  for (const [method, path, form] of steps) {
    const answer = await client.call(method, path, form);
    await client.simulator.host.tasks.settled();
    if (answer.status !== 200) return answer.reason;
    if (typeof answer.data !== 'string') continue;
    const { exitStatus } = client.simulator.host.tasks.get(answer.data);
    if (exitStatus !== 'OK') return exitStatus ?? 'running';
  }
  return 'OK';
}

const CLONE: readonly Grant[] = [
  [
    '/vms',
    'VM.Allocate',
    'VM.Audit',
    'VM.Clone',
    'VM.Config.CPU',
    'VM.Config.Cloudinit',
    'VM.Config.Disk',
    'VM.Config.HWType',
    'VM.Config.Memory',
    'VM.Config.Network',
    'VM.Config.Options',
    'VM.GuestAgent.Audit',
    'VM.PowerMgmt',
  ],
  ['/storage', 'Datastore.AllocateSpace'],
  ['/sdn', 'SDN.Use'],
];

describe('least privilege', () => {
  test('the clone flow runs on exactly these privileges, and the log says so', async () => {
    await start(CLONE);
    client.simulator.host.access.clearConsultations();
    expect(await cloneFlow()).toBe('OK');
    const asked = client.simulator.host.access
      .consultations()
      .filter(({ granted }) => granted)
      .map(({ privilege }) => privilege);
    expect([...new Set(asked)].sort()).toEqual(CLONE.flatMap(([, ...privileges]) => privileges).sort());
  });

  const each = CLONE.flatMap(([path, ...privileges]) => privileges.map((privilege) => [path, privilege] as const));
  test.each(each.filter(([, privilege]) => privilege !== 'VM.Config.Cloudinit'))(
    'without %s %s it is refused where that is asked',
    async (path, privilege) => {
      await start(
        CLONE.map(([at, ...privileges]): Grant => [
          at,
          ...privileges.filter((name) => at !== path || name !== privilege),
        ]),
      );
      // Without the right to allocate at all, nothing more is told.
      expect(await cloneFlow()).toMatch(
        privilege === 'VM.Allocate'
          ? /^Permission check failed$/
          : new RegExp(`^Permission check failed \\(/.*${privilege.replaceAll('.', '\\.')}`),
      );
    },
  );

  test('root is asked the same questions', async () => {
    client = await pve({ seed: seed() });
    expect(await cloneFlow()).toBe('OK');
    const asked = new Set(client.simulator.host.access.consultations().map(({ privilege }) => privilege));
    for (const privilege of CLONE.flatMap(([, ...privileges]) => privileges))
      expect(asked, privilege).toContain(privilege);
  });

  test('a pool confines a token: others are invisible and untouchable', async () => {
    const [[, ...onVms], ...rest] = CLONE as [Grant, ...Grant[]];
    await start([['/pool/talos', ...onVms, 'Pool.Audit'], ['/vms/9000', 'VM.Clone', 'VM.Audit'], ...rest]);
    expect((await client.call('POST', `${NODE}/9000/clone`, { newid: 101, full: 1 })).reason).toBe(
      'Permission check failed',
    );
    expect(await client.task('POST', `${NODE}/9000/clone`, { newid: 101, full: 1, pool: 'talos' })).toBe('OK');
    expect((await client.call('PUT', `${NODE}/101/config`, { cores: 4 })).status).toBe(200);
    client.simulator.host.vms.add(200, 'pve', new Map([['name', 'foreign']]));
    expect((await client.call('GET', `${NODE}/200/config`)).reason).toBe(
      'Permission check failed (/vms/200, VM.Audit)',
    );
    expect((await client.call('DELETE', `${NODE}/200`)).reason).toBe('Permission check failed (/vms/200, VM.Allocate)');
    expect((await client.get('/cluster/resources', { type: 'vm' })).map(({ vmid }: Json) => vmid)).toEqual([101, 9000]);
  });
});

describe('permissions', () => {
  test('a token never has more than its user', async () => {
    await start(CLONE, '9.1', [['/vms', 'VM.Audit']]);
    expect((await client.call('GET', `${NODE}/9000/config`)).status).toBe(200);
    expect((await client.call('POST', `${NODE}/9000/clone`, { newid: 101 })).reason).toBe(
      'Permission check failed (/vms/9000, VM.Clone)',
    );
  });

  test('an entry deeper in the tree replaces the one above', async () => {
    await start([
      ['/vms', 'VM.Audit'],
      ['/vms/9000', 'VM.Clone'],
    ]);
    expect((await client.call('GET', `${NODE}/9000/config`)).reason).toBe(
      'Permission check failed (/vms/9000, VM.Audit)',
    );
  });

  test.each<[PveVersion, string]>([
    ['8.4', 'VM.Monitor'],
    ['9.0', 'VM.GuestAgent.Audit'],
    ['9.1', 'VM.GuestAgent.Audit'],
  ])('the guest agent of %s needs %s', async (version, privilege) => {
    await start([['/vms', privilege, 'VM.Audit']], version);
    expect((await client.call('GET', `${NODE}/9000/agent/network-get-interfaces`)).reason).toBe(
      'VM 9000 is not running',
    );
  });

  test.each<[string, Record<string, string>, string]>([
    ['startup needs a right on the host', { startup: 'order=3' }, 'Permission check failed (/, Sys.Modify)'],
    ["some options are root's alone", { args: '-x' }, "only root can set 'args' config"],
    ['so are real serial devices', { serial1: '/dev/ttyS0' }, "only root can modify 'serial1' config for real devices"],
    ['a bridge may be given away by VLAN', { net0: 'virtio,bridge=vmbr0,tag=20' }, 'OK'],
    [
      'the network of another bridge may not',
      { net0: 'virtio,bridge=vmbr1,tag=20' },
      'Permission check failed (/sdn/zones/localnetwork/vmbr1/20, SDN.Use)',
    ],
  ])('%s', async (_what, form, reason) => {
    await start([CLONE[0] as Grant, ['/sdn/zones/localnetwork/vmbr0', 'SDN.Use']]);
    expect((await client.call('PUT', `${NODE}/9000/config`, form)).reason).toBe(reason);
  });

  test("a task is its starter's", async () => {
    await start(CLONE);
    const upid = client.simulator.host.tasks.start(
      { node: 'pve', type: 'x', id: '', user: 'root@pam', faults: [] },
      () => undefined,
    );
    expect((await client.call('GET', `/nodes/pve/tasks/${encodeURIComponent(upid)}/status`)).reason).toBe(
      'Permission check failed (/nodes/pve, Sys.Audit)',
    );
  });

  test('downloading needs access to the network and room for files', async () => {
    const form = { content: 'import', url: 'https://factory.test/new.qcow2', filename: 'new.qcow2' };
    const download = () => client.call('POST', '/nodes/pve/storage/local/download-url', form);
    await start([['/storage', 'Datastore.AllocateTemplate']]);
    expect((await download()).reason).toBe('Permission check failed');
    await client.close();
    await start([
      ['/storage', 'Datastore.AllocateTemplate'],
      ['/nodes', 'Sys.AccessNetwork'],
    ]);
    expect((await download()).status).toBe(200);
  });

  test.each<[PveVersion]>([['8.4'], ['9.1']])('%s: PVEAdmin may not make the host fetch files', async (version) => {
    const acl = [{ path: '/', who: TOKEN.user, role: 'PVEAdmin' }];
    const tokens = [{ id: ID, secret: TOKEN.secret, privilegeSeparation: false }];
    client = await pve({
      version,
      token: TOKEN,
      seed: seed({ access: { users: [{ id: 'root@pam' }, { id: TOKEN.user }], tokens, acl } }),
    });
    const url = 'https://factory.test/new.qcow2';
    const form = { content: 'import', url, filename: 'new.qcow2' };
    expect((await client.call('POST', '/nodes/pve/storage/local/download-url', form)).reason).toBe(
      'Permission check failed',
    );
    expect((await client.call('GET', '/nodes/pve/query-url-metadata', { url })).status).toBe(403);
  });
});

describe('what access/permissions tells', () => {
  const ask = async (form = {}) => client.get('/access/permissions', form);
  const entries = (...acl: readonly Omit<AclEntry, 'who'>[]) =>
    pve({
      token: TOKEN,
      seed: seed({
        pools: [{ id: 'talos', storages: ['files'] }],
        access: {
          users: [{ id: 'root@pam' }, { id: TOKEN.user }],
          tokens: [{ id: ID, secret: TOKEN.secret, privilegeSeparation: false }],
          roles: { Look: ['VM.Audit'], Use: ['SDN.Use'], Store: ['Datastore.Audit'] },
          acl: acl.map((entry) => ({ ...entry, who: TOKEN.user })),
        },
      }),
    });

  test('a path that is asked for, whether anybody has named it or not', async () => {
    await start(CLONE);
    expect(await ask({ path: '/vms/101' })).toEqual({
      '/vms/101': Object.fromEntries([...(CLONE[0] ?? [])].slice(1).map((name) => [name, 1])),
    });
    expect(await ask({ path: '/nodes' })).toEqual({ '/nodes': {} });
  });

  test('without a path, those that entries and pools name and no others', async () => {
    client = await entries(
      { path: '/sdn/zones/localnetwork', role: 'Use' },
      { path: '/vms/101', role: 'Look', propagate: false },
      { path: '/pool/talos', role: 'Store' },
    );
    expect(await ask()).toEqual({
      '/sdn/zones/localnetwork': { 'SDN.Use': 1 },
      '/vms/101': { 'VM.Audit': 0 },
      '/pool/talos': { 'Datastore.Audit': 1 },
      '/storage/files': { 'Datastore.Audit': 0 },
    });
    expect(await ask({ path: '/sdn/zones/localnetwork/vmbr0' })).toEqual({
      '/sdn/zones/localnetwork/vmbr0': { 'SDN.Use': 1 },
    });
    expect((await client.call('GET', `${NODE}/101/config`)).reason).toMatch(/does not exist/);
  });

  test('a level between is named by what is below it', async () => {
    client = await entries({ path: '/sdn', role: 'Use' }, { path: '/sdn/zones/z/v1', role: 'Look' });
    expect(Object.keys(await ask()).sort()).toEqual(['/sdn', '/sdn/zones', '/sdn/zones/z', '/sdn/zones/z/v1']);
  });

  test('a separated token without entries has nothing, and others are asked about by auditors', async () => {
    await start([], '9.1', [['/', 'Sys.Audit']]);
    expect(await ask()).toEqual({});
    expect((await client.call('GET', '/access/permissions', { userid: TOKEN.user })).reason).toBe(
      'Permission check failed (/access, Sys.Audit)',
    );
  });

  test('a privilege reaches further down only where it does for token and user alike', async () => {
    await start([]);
    const { access } = client.simulator.host;
    access.roles.put('Look', ['VM.Audit']);
    access.grant({ path: '/vms', who: TOKEN.user, role: 'Look', propagate: false });
    access.grant({ path: '/vms', who: ID, role: 'Look' });
    expect(await ask({ path: '/vms' })).toEqual({ '/vms': { 'VM.Audit': 0 } });
    expect(await ask({ path: '/vms/101' })).toEqual({ '/vms/101': {} });
  });

  test('root has everything everywhere', async () => {
    client = await pve({ seed: seed() });
    const everything = (await ask({ path: '/vms/1' }))['/vms/1'];
    expect(everything['Sys.PowerMgmt']).toBe(1);
    expect(Object.keys(await ask())).toEqual([
      '/',
      '/access',
      '/access/groups',
      '/nodes',
      '/pool',
      '/sdn',
      '/storage',
      '/vms',
    ]);
  });
});

describe('inheritance', () => {
  test('an entry that does not propagate holds at its path and does not hide the ones above further down', async () => {
    await start([]);
    const { access } = client.simulator.host;
    access.roles.put('Look', ['VM.Audit']);
    access.roles.put('Clone', ['VM.Clone']);
    access.grant({ path: '/vms', who: TOKEN.user, role: 'Look' });
    access.grant({ path: '/vms/9000', who: TOKEN.user, role: 'Clone', propagate: false });
    expect([...access.permissions(TOKEN.user, '/vms/9000').keys()]).toEqual(['VM.Clone']);
    access.grant({ path: '/sdn', who: TOKEN.user, role: 'Look', propagate: false });
    expect([...access.permissions(TOKEN.user, '/sdn').keys()]).toEqual(['VM.Audit']);
    expect([...access.permissions(TOKEN.user, '/sdn/zones').keys()]).toEqual([]);
  });

  test('NoAccess among the roles of a level leaves nothing', async () => {
    await start([]);
    const { access } = client.simulator.host;
    access.grant({ path: '/vms', who: TOKEN.user, role: 'PVEVMAdmin' });
    access.grant({ path: '/vms', who: TOKEN.user, role: 'NoAccess' });
    expect(access.permissions(TOKEN.user, '/vms/101').size).toBe(0);
  });

  test('a role that has gone grants nothing', async () => {
    await start([['/vms', 'VM.Audit']]);
    client.simulator.host.access.roles.remove('Token0');
    expect(client.simulator.host.access.permissions(ID, '/vms').size).toBe(0);
  });
});

describe('authentication', () => {
  test.each([
    ['a wrong secret', { authorization: 'PVEAPIToken=root@pam!rehearsal=nope' }, 'Authentication failed!'],
    [
      'an unknown token',
      { authorization: 'PVEAPIToken=root@pam!other=5eed0000-0000-4000-8000-000000000001' },
      'Authentication failed!',
    ],
    ['nothing', { authorization: '' }, 'No ticket'],
    [
      'a made-up ticket',
      { authorization: '', cookie: 'PVEAuthCookie=PVE:root@pam:00000001::abc' },
      'invalid PVE ticket',
    ],
  ])('%s is refused', async (_what, headers, reason) => {
    client = await pve({ seed: seed() });
    const answer = await client.call('GET', '/version', {}, headers);
    expect([answer.status, answer.reason, answer.text]).toEqual([401, reason, '']);
  });

  test('a password buys a ticket, and writes need its second half', async () => {
    client = await pve({ seed: seed() });
    const login = (password: string) =>
      client.call('POST', '/access/ticket', { username: 'root@pam', password }, { authorization: '' });
    expect(await login('wrong')).toMatchObject({ status: 401, reason: 'authentication failure' });
    const { data } = await login('secret');
    const cookie = { authorization: '', cookie: `PVEAuthCookie=${encodeURIComponent(data.ticket)}` };
    expect((await client.call('GET', '/nodes', {}, cookie)).status).toBe(200);
    expect((await client.call('POST', '/pools', { poolid: 'a' }, cookie)).reason).toBe(
      'Permission denied - invalid csrf token',
    );
    expect(
      (
        await client.call(
          'POST',
          '/pools',
          { poolid: 'a' },
          { ...cookie, csrfpreventiontoken: data.CSRFPreventionToken },
        )
      ).status,
    ).toBe(200);
    expect(
      (
        await client.call(
          'PUT',
          `${NODE}/9000/config`,
          { args: '-x' },
          { ...cookie, csrfpreventiontoken: data.CSRFPreventionToken },
        )
      ).status,
    ).toBe(200);
    expect(JSON.stringify(client.simulator.log.entries())).not.toContain('secret"');
  });

  test('a refused login waits', async () => {
    client = await pve({ seed: seed(), authDelayMilliseconds: 150 });
    const before = performance.now();
    await client.call('GET', '/version', {}, { authorization: '' });
    expect(performance.now() - before).toBeGreaterThan(140);
  });
});

describe('a seed that cannot be', () => {
  test.each<[string, Parameters<typeof startSimulator>[0], string]>([
    ['an unknown version', { version: '7.4' }, 'Proxmox VE 7.4 is not simulated; there are 8.4, 9.0, 9.1'],
    [
      'a privilege of another version',
      { version: '9.1', seed: limited([['/vms', 'VM.Monitor']]) },
      "the simulated host cannot be set up: invalid privilege 'VM.Monitor' in role 'Token0': Proxmox VE 9.1 has no such privilege",
    ],
    [
      'a VM id twice',
      { seed: seed({ vms: [...(seed().vms ?? []), ...(seed().vms ?? [])] }) },
      'the simulated host cannot be set up: VM 9000 already exists',
    ],
    [
      'a wrong option',
      { seed: seed({ vms: [{ vmid: 100, node: 'pve', config: { cores: 'many' } }] }) },
      "the simulated host cannot be set up: VM 100: cores: type check ('integer') failed - got 'many'",
    ],
    [
      'a disk on a storage without images',
      {
        seed: seed({ vms: [{ vmid: 100, node: 'pve', config: {}, drives: { scsi0: { storage: 'local', size: 1 } } }] }),
      },
      'the simulated host cannot be set up: Parameter verification failed.',
    ],
    [
      'an unknown node',
      { seed: seed({ vms: [{ vmid: 100, node: 'pve9', config: {} }] }) },
      "the simulated host cannot be set up: no such cluster node 'pve9'",
    ],
  ])('%s', async (_what, options, message) => {
    client = await pve({ seed: seed() });
    await expect(startSimulator(options)).rejects.toMatchObject({ code: 'USAGE', message });
  });

  test('a port that is taken', async () => {
    client = await pve({ seed: seed() });
    const { port } = client.simulator;
    await expect(startSimulator({ port })).rejects.toMatchObject({
      code: 'USAGE',
      message: `port ${port} is taken; name another one`,
    });
  });
});
