/** Tags that the datacenter's options keep from ordinary users. */

import { afterEach, describe, expect, test } from 'vitest';
import type { HostSeed } from '../../src/simulator/index.ts';
import { NODE, pve, seed, type Form, type PveClient } from '../support/pve.ts';

let client: PveClient;
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

const WHO = 'tags@pve';
const TOKEN = { user: WHO, name: 'ci', secret: 'aaaaaaaa-0000-4000-8000-00000000000d' };

/** VM 9000 carries `talos` and `template`, and 200 the tag `hidden`, which the token does not see. */
async function start(datacenter: NonNullable<HostSeed['datacenter']>, privileged = false): Promise<PveClient> {
  const own = seed();
  client = await pve({
    token: TOKEN,
    seed: seed({
      datacenter,
      access: {
        users: [{ id: 'root@pam' }, { id: WHO }],
        tokens: [{ id: `${WHO}!ci`, secret: TOKEN.secret, privilegeSeparation: false }],
        roles: { Options: ['VM.Config.Options', 'VM.Audit', 'VM.Allocate'], Root: ['Sys.Modify'] },
        acl: [
          { path: '/vms/9000', who: WHO, role: 'Options' },
          { path: '/vms/101', who: WHO, role: 'Options' },
          ...(privileged ? [{ path: '/', who: WHO, role: 'Root' }] : []),
        ],
      },
      vms: [...(own.vms ?? []), { vmid: 200, node: 'pve', config: { tags: 'hidden' } }],
    }),
  });
  return client;
}

const set = async (form: Form) => (await client.call('PUT', `${NODE}/9000/config`, form)).reason;
const forbidden = (tag: string) => `Permission check failed (/, Sys.Modify for modifying tag '${tag}')`;

describe.each<[string, NonNullable<HostSeed['datacenter']>, Readonly<Record<string, boolean>>]>([
  ['by default', {}, { new: true, template: true, listed: true, hidden: true }],
  [
    'existing ones alone',
    { userTags: { allow: 'existing', list: ['listed'] } },
    { new: false, template: true, listed: true, hidden: false },
  ],
  [
    'listed ones alone',
    { userTags: { allow: 'list', list: ['listed'] } },
    { new: false, template: false, listed: true, hidden: false },
  ],
  [
    'none',
    { userTags: { allow: 'none', list: ['listed'] } },
    { new: false, template: false, listed: false, hidden: false },
  ],
  [
    'any but the registered ones',
    { registeredTags: ['new', 'listed'], userTags: { allow: 'free', list: ['listed'] } },
    { new: false, template: true, listed: false, hidden: true },
  ],
])('%s', (_what, datacenter, allowed) => {
  test.each(Object.entries(allowed))('%s may be set: %s', async (tag, may) => {
    await start(datacenter);
    client.simulator.host.vms.get('pve', 9000).config.set('tags', 'talos;template');
    const wanted = tag === 'template' ? 'talos' : `talos;template;${tag}`;
    expect(await set({ tags: wanted })).toBe(may ? 'OK' : forbidden(tag));
  });

  test('whoever may change the host sets any of them', async () => {
    await start(datacenter, true);
    expect(await set({ tags: 'new;listed;hidden' })).toBe('OK');
  });
});

test("a tag that stays is nobody's business, one that goes is", async () => {
  await start({ registeredTags: ['talos'] });
  expect(await set({ tags: 'talos;template;more' })).toBe('OK');
  expect(await set({ tags: 'more' })).toBe(forbidden('talos'));
  expect(await set({ delete: 'tags' })).toBe(forbidden('talos'));
  expect(client.simulator.host.vms.get('pve', 9000).config.get('tags')).toBe('more;talos;template');
});

test('a new VM is not asked about its tags', async () => {
  await start({ registeredTags: ['talos'] });
  expect((await client.call('POST', NODE, { vmid: 101, tags: 'talos' })).reason).toBe('OK');
});

test('the options name the tags that may be set, to everybody', async () => {
  await start({ registeredTags: ['talos'], userTags: { allow: 'existing', list: ['listed'] }, keyboard: 'de' });
  expect(await client.get('/cluster/options')).toEqual({ 'allowed-tags': ['listed', 'template'] });
  await client.close();
  await start({ registeredTags: ['talos'], userTags: { allow: 'none', list: ['listed'] } }, true);
  // Those that the asker does not see are left out all the same.
  expect(await client.get('/cluster/options')).toEqual({ 'allowed-tags': ['listed', 'talos', 'template'] });
});
