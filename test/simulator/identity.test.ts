import { expect, test } from 'vitest';
import type { Privileges } from '../../src/model/privileges.ts';
import { runRecipe } from '../../src/simulator/index.ts';
import { startFor } from '../../src/simulator/rehearsal/stage.ts';
import { backends } from '../../src/targets/index.ts';
import { sampleCluster, sampleWithVms } from '../support/cluster.ts';

const TOKEN = { user: 'automation@pve', name: 'talmox' } as const;

/** What the token may do where the earlier recipe was run, and then the present one. */
async function granted(earlier: Privileges, present: Privileges, path: string): Promise<readonly string[]> {
  const simulator = await startFor([sampleCluster()], { recipe: earlier });
  try {
    const { access } = simulator.host;
    expect(simulator.token).toMatchObject(TOKEN);
    const before = [...access.permissions('automation@pve!talmox', path).keys()];
    runRecipe(simulator.host, present, simulator.token);
    const after = [...access.permissions('automation@pve!talmox', path).keys()];
    return [
      ...before.filter((name) => !after.includes(name)).map((name) => `-${name}`),
      ...after.filter((name) => !before.includes(name)).map((name) => `+${name}`),
    ].sort();
  } finally {
    await simulator.stop();
  }
}

const recipe = (
  ...parts: readonly (readonly [path: string, role: string, privileges: readonly string[]])[]
): Privileges => ({
  roles: Object.fromEntries(parts.map(([, role, privileges]) => [role, privileges])),
  agentRole: null,
  grants: parts.map(([path, role]) => ({ path, role, propagate: true })),
});

test('a recipe that is run after another one says what its roles may do: they lose what it does not name', async () => {
  const earlier = recipe(['/vms', 'guests', ['VM.Audit', 'VM.Config.CDROM']]);
  const present = recipe(['/vms', 'guests', ['VM.Audit', 'VM.Config.Disk']]);
  expect(await granted(earlier, present, '/vms/100')).toEqual(['+VM.Config.Disk', '-VM.Config.CDROM']);
});

test('what an earlier recipe granted on another path, or with a role of another name, stays', async () => {
  const earlier = recipe(['/vms', 'guests', ['VM.Audit']], ['/storage/tank', 'disks', ['Datastore.Audit']]);
  const present = recipe(['/pool/lab', 'guests', ['VM.Audit', 'VM.Allocate']]);
  expect(await granted(earlier, present, '/vms/100')).toEqual(['+VM.Allocate']);
  expect(await granted(earlier, present, '/storage/tank')).toEqual([]);
});

test('the recipe of a cluster that boots from images takes away what ISOs needed', async () => {
  const iso = sampleWithVms((vm) => ({
    ...vm,
    cloudInit: null,
    boot: { source: 'iso', imageKey: 'x', volumeId: 'local:iso/x.iso', drive: 'ide2' },
  }));
  const image = sampleWithVms((vm) => ({ ...vm, cloudInit: null }));
  const [earlier, present] = [iso, image].map((cluster) => backends.tofu.privileges(cluster));
  if (earlier === undefined || present === undefined) throw new Error('no recipe');
  const [first] = earlier.grants;
  expect(await granted(earlier, present, first?.path ?? '')).toContain('-VM.Config.CDROM');
});
