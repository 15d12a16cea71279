/** Where high availability keeps its guests: groups of 8.4, rules of 9.x. */

import { afterEach, describe, expect, test } from 'vitest';
import type { HaSeed, SimulatorOptions } from '../../src/simulator/index.ts';
import { clusterSeed, pveCluster, vmSeed, type ClusterClient } from '../support/pve-cluster.ts';
import type { Json } from '../support/pve.ts';

let client: ClusterClient;
afterEach(async () => {
  expect(client.simulator.log.crashes()).toEqual([]);
  await client.close();
});

const ROUND = 10_000;
const GROUPS = '/cluster/ha/groups';
const RULES = '/cluster/ha/rules';
const MULTIPLE =
  'at least one resource is in a positive resource affinity rule and there are other resources in at least one other node affinity rule already';
const RESOURCES = [{ sid: 'vm:101' }, { sid: 'vm:102' }, { sid: 'vm:103' }];

const start = async (version: string, ha: HaSeed = {}, options: SimulatorOptions = {}) =>
  (client = await pveCluster({
    version,
    seed: clusterSeed({ vms: [vmSeed(101), vmSeed(102), vmSeed(103)], ha: { resources: RESOURCES, ...ha } }),
    ...options,
  }));
const reason = async (method: string, path: string, form = {}) => {
  const { status, reason: text } = await client.call(method, path, form);
  return `${status} ${text}`;
};
const places = () => [101, 102, 103].map((vmid) => client.vm(vmid).node);

describe('groups', () => {
  test('8.4: are made, read, changed and removed', async () => {
    await start('8.4');
    expect((await client.call('POST', GROUPS, { group: 'left', nodes: 'pve:2,pve2', restricted: 1 })).status).toBe(200);
    expect(await client.get(GROUPS)).toEqual([
      { group: 'left', type: 'group', nodes: 'pve:2,pve2', restricted: 1, digest: expect.any(String) },
    ]);
    await client.call('PUT', `${GROUPS}/left`, { comment: 'x', delete: 'restricted' });
    expect(await client.get(`${GROUPS}/left`)).toMatchObject({ comment: 'x', nodes: 'pve:2,pve2' });
    expect(await client.get(`${GROUPS}/left`)).not.toHaveProperty('restricted');
    await client.call('PUT', '/cluster/ha/resources/vm:101', { group: 'left' });
    expect(await client.get('/cluster/ha/resources/vm:101')).toMatchObject({ group: 'left' });
    expect(await reason('DELETE', `${GROUPS}/left`)).toBe(
      "500 delete ha group failed: ha group is used by service 'vm:101'",
    );
    await client.call('PUT', '/cluster/ha/resources/vm:101', { delete: 'group' });
    expect(await reason('DELETE', `${GROUPS}/left`)).toBe('200 OK');
    expect(await client.get(GROUPS)).toEqual([]);
  });

  test('8.4: refusals', async () => {
    await start('8.4', { groups: [{ group: 'left', nodes: 'pve' }] });
    expect(await reason('GET', `${GROUPS}/right`)).toBe("500 no such ha group 'right'");
    expect(await reason('POST', GROUPS, { group: 'left', nodes: 'pve' })).toBe(
      "500 create ha group failed: ha group ID 'left' already defined",
    );
    expect(await reason('PUT', `${GROUPS}/left`, { delete: 'nodes' })).toBe(
      "500 update ha group failed: unable to delete required option 'nodes'",
    );
    expect(await reason('PUT', '/cluster/ha/resources/vm:101', { group: 'right' })).toBe(
      "500 HA group 'right' does not exist",
    );
    expect((await client.call('POST', GROUPS, { group: 'a', nodes: 'pve:x' })).status).toBe(400);
    expect(await reason('GET', RULES)).toBe("501 Method 'GET /cluster/ha/rules' not implemented");
  });

  test.each(['9.0', '9.1'])('%s: without any every call dies, as on a new installation', async (version) => {
    await start(version);
    const gone = 'ha groups have been migrated to rules';
    expect(await reason('GET', GROUPS)).toBe(`500 cannot index groups: ${gone}`);
    expect(await reason('GET', `${GROUPS}/a1`)).toBe(`500 cannot read group: ${gone}`);
    expect(await reason('POST', GROUPS, { group: 'a1', nodes: 'pve' })).toBe(`500 cannot create group: ${gone}`);
    expect(await reason('PUT', `${GROUPS}/a1`, { nodes: 'pve' })).toBe(`500 cannot update group: ${gone}`);
    expect(await reason('DELETE', `${GROUPS}/a1`)).toBe(`500 cannot delete group: ${gone}`);
    for (const [method, path] of [
      ['PUT', '/cluster/ha/resources/vm:101'],
      ['POST', '/cluster/ha/resources'],
    ] as const)
      expect(await reason(method, path, method === 'POST' ? { sid: 'vm:101', group: 'a1' } : { group: 'a1' })).toBe(
        `500 invalid parameter 'group': ${gone}`,
      );
  });

  test('9.x: while there are some, rules wait', async () => {
    await start('9.1', { groups: [{ group: 'left', nodes: 'pve' }] });
    expect(await client.get(GROUPS)).toHaveLength(1);
    const rule = { rule: 'r1', type: 'node-affinity', resources: 'vm:101', nodes: 'pve' };
    expect(await reason('POST', RULES, rule)).toBe('500 cannot create ha rule: ha groups have not been migrated yet');
  });

  test('8.4: a guest goes to the best host of its group, and back unless that is off', async () => {
    await start('8.4', {
      groups: [
        { group: 'left', nodes: 'pve2:2,pve3:1', restricted: 1 },
        { group: 'right', nodes: 'pve2:2,pve3:1', nofailback: 1 },
      ],
      resources: [
        { sid: 'vm:101', group: 'left' },
        { sid: 'vm:102', group: 'right' },
      ],
    });
    await client.pass(4 * ROUND);
    // With nofailback whoever is on a host of the group, or may be, stays.
    expect(places()).toEqual(['pve2', 'pve', 'pve']);
  });
});

describe('rules', () => {
  test.each(['9.0', '9.1'])('%s: are made, read, changed and removed', async (version) => {
    await start(version);
    const rule = { rule: 'r1', type: 'node-affinity', resources: 'vm:102,vm:101', nodes: 'pve2,pve:1', strict: 0 };
    expect((await client.call('POST', RULES, rule)).status).toBe(200);
    const apart = { rule: 'r2', type: 'resource-affinity', affinity: 'negative', resources: 'vm:102,vm:103' };
    // One of its resources is in r1, whose hosts are not alike.
    expect(await reason('POST', RULES, apart)).toBe("500 create ha rule failed: 400 Rule 'r2' is invalid.");
    await client.call('PUT', `${RULES}/r1`, { type: 'node-affinity', resources: 'vm:101' });
    expect(await reason('POST', RULES, apart)).toBe('200 OK');
    const shown = { type: 'node-affinity', resources: 'vm:101', nodes: 'pve:1,pve2', strict: 0 };
    expect(await client.get(`${RULES}/r1`)).toEqual({ ...shown, rule: 'r1', order: 1, digest: expect.any(String) });
    expect((await client.get(RULES)).map(({ rule: id, order }: Json) => [id, order])).toEqual([
      ['r1', 1],
      ['r2', 2],
    ]);
    expect(await client.get(RULES, { type: 'node-affinity' })).toHaveLength(1);
    expect(await client.get(RULES, { resource: 'vm:103' })).toHaveLength(1);
    await client.call('PUT', `${RULES}/r1`, { type: 'node-affinity', disable: 1, delete: 'strict' });
    expect(await client.get(`${RULES}/r1`)).toMatchObject({ disable: 1 });
    expect(await client.get(`${RULES}/r1`)).not.toHaveProperty('strict');
    await client.call('DELETE', `${RULES}/r1`);
    expect(await reason('GET', `${RULES}/r1`)).toBe("500 no such ha rule 'r1'");
  });

  test.each<[string, Record<string, string>, string]>([
    ['a resource that is none', { resources: 'vm:101,vm:109' }, 'cannot use unmanaged resource(s) vm:109.'],
    ['a host that is none', { nodes: 'pve,pve9' }, 'cannot use non-existant node(s) pve9.'],
    ['a rule that is there', { rule: 'first' }, "HA rule 'first' already defined"],
    [
      'a resource of another rule',
      { resources: 'vm:103' },
      // The lock around it makes text of a 400.
      "400 Rule 'r1' is invalid.",
    ],
  ])('%s', async (_what, form, message) => {
    await start('9.1', { rules: [{ rule: 'first', type: 'node-affinity', resources: 'vm:103', nodes: 'pve' }] });
    const rule = { rule: 'r1', type: 'node-affinity', resources: 'vm:101', nodes: 'pve', ...form };
    expect(await reason('POST', RULES, rule)).toBe(`500 create ha rule failed: ${message}`);
    expect(await client.get(RULES)).toHaveLength(1);
  });

  test('keys of another type, and what is missing', async () => {
    await start('9.1');
    const base = { rule: 'r1', resources: 'vm:101,vm:102' };
    expect(await reason('POST', RULES, { ...base, type: 'node-affinity' })).toBe(
      "500 missing value for required option 'nodes'",
    );
    expect(await reason('POST', RULES, { ...base, type: 'node-affinity', nodes: 'pve', affinity: 'positive' })).toBe(
      "500 unexpected property 'affinity'",
    );
    expect(await reason('POST', RULES, { ...base, type: 'resource-affinity' })).toBe(
      "500 missing value for required option 'affinity'",
    );
  });

  test.each<[string, string]>([
    ['9.0', 'vm:102,vm:101'],
    ['9.1', 'vm:102'],
  ])('%s: a resource that is removed', async (version, left) => {
    const rule = { rule: 'r1', type: 'node-affinity', resources: 'vm:102,vm:101', nodes: 'pve' };
    await start(version, { rules: [rule, { ...rule, rule: 'r2', resources: 'vm:101', disable: 1 }] });
    await client.call('DELETE', '/cluster/ha/resources/vm:101');
    expect((await client.get(`${RULES}/r1`)).resources).toBe(left);
    // A rule without resources goes.
    expect(await client.get(RULES)).toHaveLength(version === '9.1' ? 1 : 2);
  });

  test('9.1: purge can be switched off, and a VM that goes with purge leaves its rules', async () => {
    const rule = { rule: 'r1', type: 'node-affinity', resources: 'vm:101,vm:102', nodes: 'pve' };
    await start('9.1', { rules: [rule] });
    await client.call('DELETE', '/cluster/ha/resources/vm:101', { purge: 0 });
    expect((await client.get(`${RULES}/r1`)).resources).toBe('vm:101,vm:102');
    await client.begin('POST', '/nodes/pve/qemu/102/status/stop');
    await client.pass(3 * ROUND);
    expect(await client.ended(await client.begin('DELETE', '/nodes/pve/qemu/102', { purge: 1 }))).toBe('OK');
    expect((await client.get(`${RULES}/r1`)).resources).toBe('vm:101');
  });

  test('a guest moves to where its rule wants it, and back when that host returns', async () => {
    await start('9.1', {
      rules: [{ rule: 'r1', type: 'node-affinity', resources: 'vm:101', nodes: 'pve2:2,pve3:1' }],
    });
    await client.pass(4 * ROUND);
    expect(places()).toEqual(['pve2', 'pve', 'pve']);
    client.simulator.host.nodeStates.set('pve2', 'offline');
    await client.pass(18 * ROUND);
    expect(places()).toEqual(['pve3', 'pve', 'pve']);
    client.simulator.host.nodeStates.set('pve2', 'online');
    await client.pass(4 * ROUND);
    expect(places()).toEqual(['pve2', 'pve', 'pve']);
  });

  test('a strict rule leaves a guest down rather than elsewhere', async () => {
    await start('9.1', {
      rules: [{ rule: 'r1', type: 'node-affinity', resources: 'vm:101', nodes: 'pve2', strict: 1 }],
    });
    await client.pass(4 * ROUND);
    client.simulator.host.nodeStates.set('pve2', 'offline');
    await client.pass(20 * ROUND);
    expect(await client.resource(101)).toMatchObject({ node: 'pve2', hastate: 'recovery' });
  });

  test('what belongs together moves together', async () => {
    await start('9.1', {
      rules: [{ rule: 'r1', type: 'resource-affinity', affinity: 'positive', resources: 'vm:101,vm:102' }],
    });
    const answer = await client.call('POST', '/cluster/ha/resources/vm:101/migrate', { node: 'pve2' });
    expect(answer.data).toMatchObject({ 'comigrated-resources': ['vm:102'] });
    expect(await client.get('/nodes/pve/qemu/101/migrate')).toMatchObject({ 'dependent-ha-resources': ['vm:102'] });
    await client.pass(4 * ROUND);
    expect(places()).toEqual(['pve2', 'pve2', 'pve']);
  });

  test('what must be apart goes apart, and does not meet', async () => {
    await start('9.1', {
      rules: [{ rule: 'r1', type: 'resource-affinity', affinity: 'negative', resources: 'vm:101,vm:102' }],
    });
    await client.pass(5 * ROUND);
    const [one = '', two = ''] = places();
    expect(one).not.toBe(two);
    const answer = await client.call('POST', '/cluster/ha/resources/vm:101/migrate', { node: two });
    expect(answer.data).toMatchObject({ 'blocking-resources': [{ sid: 'vm:102', cause: 'resource-affinity' }] });
    const precondition = await client.get(`/nodes/${one}/qemu/101/migrate`);
    expect(precondition.not_allowed_nodes[two]).toEqual({
      'blocking-ha-resources': [{ sid: 'vm:102', cause: 'resource-affinity' }],
    });
    expect(precondition.allowed_nodes).not.toContain(two);
    await client.pass(4 * ROUND);
    expect(places()[0]).toBe(one);
  });

  test.each<[string, HaSeed['rules'], Record<string, string[]>]>([
    [
      'too few resources',
      [{ rule: 'r1', type: 'resource-affinity', affinity: 'positive', resources: 'vm:101' }],
      { r1: ['rule is ineffective as there are less than two resources'] },
    ],
    [
      'together and apart',
      [
        { rule: 'r1', type: 'resource-affinity', affinity: 'positive', resources: 'vm:101,vm:102' },
        { rule: 'r2', type: 'resource-affinity', affinity: 'negative', resources: 'vm:101,vm:102' },
      ],
      {
        r1: ['rule shares two or more resources with a negative resource affinity rule'],
        r2: ['rule shares two or more resources with a positive resource affinity rule'],
      },
    ],
    [
      'one host for two that must be apart',
      [
        { rule: 'r1', type: 'resource-affinity', affinity: 'negative', resources: 'vm:101,vm:102' },
        { rule: 'r2', type: 'node-affinity', resources: 'vm:101,vm:102', nodes: 'pve' },
      ],
      {
        r1: ['two or more resources are restricted to less nodes than available to the resources'],
        r2: [
          'at least one resource is in a negative resource affinity rule and this rule would restrict these to less nodes than available to the resources',
        ],
      },
    ],
    [
      'hosts of several rules for what belongs together',
      [
        { rule: 'r1', type: 'resource-affinity', affinity: 'positive', resources: 'vm:101,vm:102' },
        { rule: 'r2', type: 'node-affinity', resources: 'vm:101', nodes: 'pve' },
        { rule: 'r3', type: 'node-affinity', resources: 'vm:102', nodes: 'pve' },
      ],
      {
        r1: ['resources are in multiple node affinity rules'],
        r2: [MULTIPLE],
        r3: [MULTIPLE],
      },
    ],
    [
      'a rule that is off says nothing',
      [{ rule: 'r1', type: 'resource-affinity', affinity: 'positive', resources: 'vm:101', disable: 1 }],
      {},
    ],
  ])('%s', async (_what, rules, expected) => {
    await start('9.1', { rules: rules ?? [] });
    const found = (await client.get(RULES)).flatMap(({ rule, errors }: Json) =>
      errors === undefined ? [] : [[rule, errors.resources]],
    );
    expect(Object.fromEntries(found)).toEqual(expected);
  });
});
