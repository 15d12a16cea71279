import { afterEach, describe, expect, it } from 'vitest';
import { foreignVm, installationSeed, PVE_VERSIONS } from '../../../src/simulator/index.ts';
import { record } from '../../../src/simulator/record/record.ts';
import { contradictions, shapeOf } from '../../../src/simulator/record/shape.ts';
import { pve, type PveClient } from '../../support/pve.ts';

let client: PveClient | null = null;
afterEach(async () => {
  await client?.close();
  client = null;
});

describe('a recording', () => {
  it.each(PVE_VERSIONS)('of Proxmox VE %s holds keys and types, and no value', async (version) => {
    client = await pve({
      version,
      seed: { ...installationSeed('fresh', version), vms: [foreignVm(100, 'pve', 'local-lvm', 'a-secret-name')] },
    });
    const { get, simulator } = client;
    const recording = await record(get);
    expect(recording.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(recording.answers['GET /nodes/{node}/qemu/{vmid}/config']).toMatchObject({
      name: 'string',
      memory: 'string',
      cores: 'integer',
    });
    expect(JSON.stringify(recording)).not.toContain('a-secret-name');
    expect(simulator.log.writes()).toEqual([]);
    expect(simulator.log.outsideSchema()).toEqual([]);
  });

  it('leaves out what a host without VMs cannot be asked', async () => {
    client = await pve();
    const { answers } = await record(client.get);
    expect(answers['GET /nodes/{node}/qemu']).toEqual([]);
    expect(Object.keys(answers).filter((path) => path.includes('{vmid}'))).toEqual([]);
  });

  it('notes what the token may not ask, and goes on', async () => {
    const { answers } = await record((path) =>
      path === '/pools' ? Promise.reject(new Error('403 Permission check failed')) : Promise.resolve([]),
    );
    expect(answers['GET /pools']).toEqual({ refused: '403 Permission check failed' });
    expect(answers['GET /nodes']).toEqual([]);
  });
});

describe('shapes', () => {
  it('merge the entries of a list', () => {
    expect(shapeOf([{ a: 1 }, { a: 1.5, b: 'x' }, { a: 'y' }])).toEqual([{ a: 'integer|number|string', b: 'string' }]);
    expect(shapeOf([])).toEqual([]);
    expect(shapeOf([null, { a: [] }])).toEqual(['null|object']);
  });

  it.each<[string, unknown, unknown, string[]]>([
    ['the same types', [{ a: 1 }], [{ a: 2 }], []],
    ['keys that only one has', { a: 1 }, { b: 'x' }, []],
    ['an empty list', [], [{ a: 1 }], []],
    ['a number where the other has text', [{ a: { b: 1 } }], [{ a: { b: '1' } }], ['data[].a.b']],
    ['a list where the other has keys', { a: [1] }, { a: { b: 1 } }, ['data.a']],
    ['one type of several', [{ a: 1 }, { a: 'x' }], [{ a: 'y' }], []],
  ])('contradict each other or not: %s', (_, host, simulator, paths) => {
    expect(contradictions(shapeOf(host), shapeOf(simulator)).map(({ path }) => path)).toEqual(paths);
  });
});
