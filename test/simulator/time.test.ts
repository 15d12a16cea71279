/** How long things take, and who waits for them. */

import { afterEach, describe, expect, test } from 'vitest';
import {
  NO_DURATION,
  REAL_DURATIONS,
  scaledDurations,
  type HostSeed,
  type SimulatorOptions,
} from '../../src/simulator/index.ts';
import { durationOf, haRoundOf } from '../../src/simulator/state/durations.ts';
import { clusterSeed, pveCluster, vmSeed, type ClusterClient } from '../support/pve-cluster.ts';

const GIB = 2 ** 30;

describe('durations', () => {
  test('are in one proportion, whatever the factor', () => {
    const [real, scaled] = [scaledDurations(1), scaledDurations(1 / 20)];
    expect(real).toEqual(REAL_DURATIONS);
    const types = [...Object.keys(REAL_DURATIONS.byType ?? {}), ...Object.keys(REAL_DURATIONS.perGib ?? {}), 'other'];
    for (const type of types)
      for (const bytes of [0, 5 * GIB])
        expect(durationOf(scaled, type, bytes) * 20, type).toBeCloseTo(durationOf(real, type, bytes));
    expect(scaled.waits).toBe(1 / 20);
  });

  test('of a small host: what depends on size does, and in the order that one knows', () => {
    const of = (type: string, bytes = 0) => durationOf(REAL_DURATIONS, type, bytes);
    expect(of('imgdel')).toBe(1_000);
    expect(of('qmclone')).toBe(1_000);
    expect(of('qmclone', 10 * GIB)).toBe(31_000);
    expect(of('download', GIB / 10)).toBe(9_500);
    expect(of('qmcreate', 4 * GIB)).toBe(7_900);
    expect(of('qmshutdown')).toBeGreaterThan(of('qmstart'));
    expect(of('something')).toBe(1_000);
  });

  test('high availability keeps a pace that a client cannot outrun', () => {
    expect(haRoundOf(NO_DURATION)).toBe(10_000);
    expect(haRoundOf(scaledDurations(1))).toBe(10_000);
    expect(haRoundOf(scaledDurations(1 / 2))).toBe(5_000);
    expect(haRoundOf(scaledDurations(1 / 20))).toBe(5_000);
    expect(haRoundOf(scaledDurations(2))).toBe(20_000);
  });
});

describe('on a host', () => {
  let client: ClusterClient;
  afterEach(async () => {
    expect(client.simulator.log.crashes()).toEqual([]);
    await client.close();
  });
  const VM = '/nodes/pve/qemu/101';
  const start = async (more: Partial<HostSeed> = {}, options: SimulatorOptions = {}) =>
    (client = await pveCluster({ seed: clusterSeed(more), taskDurations: scaledDurations(1), ...options }));
  const took = async (method: string, path: string, form: Record<string, string | number>) => {
    const begun = client.clock.now();
    expect(await client.ended(await client.begin(method, path, form))).toBe('OK');
    return Math.round((client.clock.now() - begun) / 1_000);
  };

  test('a download takes as long as the file is large, a full clone as the disk is, a linked one no time', async () => {
    const template = { running: false, template: true, drives: { scsi0: { storage: 'local-lvm', size: 10 * GIB } } };
    await start({ vms: [vmSeed(9000, template)] });
    const form = { content: 'import', url: 'https://factory.test/new.qcow2', filename: 'new.qcow2' };
    expect(await took('POST', '/nodes/pve/storage/local/download-url', form)).toBe(9);
    expect(await took('POST', '/nodes/pve/qemu/9000/clone', { newid: 105, full: 1 })).toBe(32);
    expect(await took('POST', '/nodes/pve/qemu/9000/clone', { newid: 106, full: 0 })).toBe(2);
    const imported = { vmid: 107, scsi0: 'local-lvm:0,import-from=local:import/new.qcow2' };
    expect(await took('POST', '/nodes/pve/qemu', imported)).toBe(18);
    expect(await took('DELETE', '/nodes/pve/storage/local/content/local:import/new.qcow2', {})).toBe(2);
    expect(await took('POST', '/nodes/pve/qemu/105/migrate', { target: 'pve2' })).toBe(105);
  });

  /** Asks, and lets time pass until there is an answer. */
  const answerOf = async (method: string, path: string, form: Record<string, string | number>) => {
    const begun = client.clock.now();
    const { status, reason } = await client.asked(method, path, form);
    return { text: `${status} ${reason}`, seconds: Math.round((client.clock.now() - begun) / 1_000) };
  };
  const withImage = (gib: number): Partial<HostSeed> => ({
    files: [{ node: 'pve', storage: 'local', content: 'import', name: 'a.qcow2', size: GIB, virtualSize: gib * GIB }],
  });
  const IMPORT = { scsi1: 'local-lvm:0,import-from=local:import/a.qcow2' };

  test('a synchronous call over 30 s is given up, and its work goes on', async () => {
    await start(withImage(20));
    const { text, seconds } = await answerOf('PUT', `${VM}/config`, IMPORT);
    expect(text).toBe('596 Connection timed out');
    expect(seconds).toBeLessThanOrEqual(31);
    expect(await client.get(`${VM}/config`)).not.toHaveProperty('scsi1');
    // The lock of the VM is held all the time.
    const upid = await client.begin('PUT', `${VM}/resize`, { disk: 'scsi0', size: '+1G' });
    await client.pass(5_000);
    expect(await client.get(`${VM}/config`)).toMatchObject({ scsi1: 'local-lvm:vm-101-disk-0,size=20G' });
    expect(await client.ended(upid)).toBe('OK');
    expect(client.simulator.log.entries().find(({ method }) => method === 'PUT')).toMatchObject({ status: 596 });
  });

  test('one below is answered, and one in the background is never given up', async () => {
    await start(withImage(17));
    expect((await answerOf('PUT', `${VM}/config`, IMPORT)).text).toBe('200 OK');
    await client.close();
    await start(withImage(40));
    expect(await took('POST', `${VM}/config`, IMPORT)).toBeGreaterThan(60);
  });

  test("what the work ends in after that is nobody's any more", async () => {
    await start(withImage(20));
    const asked = answerOf('PUT', `${VM}/config`, IMPORT);
    expect((await asked).text).toBe('596 Connection timed out');
    client.simulator.host.storages.get('local-lvm').full = true;
    await client.pass(10_000);
    expect(await client.get(`${VM}/config`)).not.toHaveProperty('scsi1');
  });

  test('the limit is shortened with the work', async () => {
    await start(withImage(20), { taskDurations: scaledDurations(1 / 20) });
    expect((await answerOf('PUT', `${VM}/config`, IMPORT)).text).toBe('596 Connection timed out');
  });

  test('who does not wait for a deletion meets the file, at every pace', async () => {
    const file = '/nodes/pve/storage/local/content/local:import/a.qcow2';
    const form = { content: 'import', url: 'https://factory.test/new.qcow2', filename: 'a.qcow2' };
    for (const factor of [1, 1 / 20]) {
      await start(withImage(1), { taskDurations: scaledDurations(factor) });
      const deletion = await client.begin('DELETE', file);
      const download = await client.begin('POST', '/nodes/pve/storage/local/download-url', form);
      expect(await client.ended(download)).toMatch(/^refusing to override existing file/);
      expect(await client.ended(deletion)).toBe('OK');
      if (factor === 1) await client.close();
    }
    expect(await client.get('/nodes/pve/storage/local/content')).toEqual([]);
  });

  test('what cluster/resources tells stays ten seconds old', async () => {
    await start({}, { taskDurations: scaledDurations(1 / 20), staleMilliseconds: 10_000 });
    await client.ended(await client.begin('POST', `${VM}/status/stop`));
    await client.pass(8_000);
    expect(await client.resource(101)).toMatchObject({ status: 'running' });
    await client.pass(2_250);
    expect(await client.resource(101)).toMatchObject({ status: 'stopped' });
  });
});
