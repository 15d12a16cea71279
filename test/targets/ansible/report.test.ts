/** What the role makes of the comparisons of all VMs, in real Python. */

import { afterAll, describe, expect, it } from 'vitest';
import { FilterPlugin, hasPython } from '../../support/filter-plugin.ts';

describe.skipIf(!hasPython)('all VMs of a run (python3)', () => {
  const python = new FilterPlugin('proxmox_vm_report');
  const call = (filter: string, ...args: readonly unknown[]): Promise<unknown> =>
    python.call(`proxmox_vm_${filter}`, ...args);
  afterAll(() => {
    python.close();
  });

  const entry = (rest: object = {}): object => ({
    vmid: 1011,
    name: 'cp-1',
    node: 'pve1',
    action: 'none',
    changes: [],
    restart: [],
    problems: [],
    status: 'running',
    address: '10.0.0.11',
    agent: 'yes',
    talos: 'open',
    work: {},
    ...rest,
  });

  it('candidates carry the tags that all of the cluster have, and are neither known nor templates', async () => {
    const found = [
      { vmid: 1, tags: 'talos;linux' },
      { vmid: 2, tags: 'linux, talos other' },
      { vmid: 3, tags: 'linux' },
      { vmid: '4', tags: 'linux;talos' },
      { vmid: 5, tags: 'linux;talos', template: 1 },
      { vmid: 6 },
    ];
    const tags = [
      ['linux', 'talos', 'controller'],
      ['linux', 'talos', 'worker'],
    ];
    expect(await call('candidates', found, [4], tags)).toEqual([1, 2]);
  });

  it('candidates are all others where the VMs have no tag in common', async () => {
    expect(await call('candidates', [{ vmid: 1 }, { vmid: 2, tags: 'x' }], [], [['a'], ['b']])).toEqual([1, 2]);
    expect(await call('candidates', [{ vmid: 1 }], [], [])).toEqual([1]);
  });

  it('orphans carry the mark of this cluster and of no other', async () => {
    const vm = (vmid: number, description: string): object => ({
      vmid,
      name: `n-${vmid}`,
      node: 'pve1',
      config: { description },
    });
    const found = [
      vm(1, 'Talos worker n-1 of cluster home, managed by talmox'),
      vm(2, 'Talos worker n-2 of cluster home-2, managed by talmox'),
      vm(3, 'Talos controlplane n-3 of cluster home, managed by talmox\nand a note'),
      vm(4, 'a copy of Talos worker n-4 of cluster home, managed by talmox'),
      { vmid: 5 },
    ];
    expect(await call('orphans', found, 'home')).toEqual([
      { vmid: 1, name: 'n-1', node: 'pve1', action: 'orphan' },
      { vmid: 3, name: 'n-3', node: 'pve1', action: 'orphan' },
    ]);
    // A name is no pattern.
    expect(await call('orphans', found, 'ho.e')).toEqual([]);
  });

  it('downloads are what VMs without a system disk need, once for each host', async () => {
    const host = (node: string, review: object, image: object | null = { file: 'a.qcow2' }): object => ({
      proxmox_vm_node: node,
      proxmox_vm_image: image,
      proxmox_vm_review: { exists: true, work: { missing: [], drives: [] }, ...review },
    });
    expect(
      await call('downloads', [
        host('pve1', { exists: false }),
        host('pve1', { exists: false }),
        host('pve2', { work: { missing: ['scsi0'], drives: [] } }),
        host('pve3', { work: { missing: ['scsi1'], drives: [] } }),
        host('pve4', { work: { missing: [], drives: ['ide2'] } }, { file: 'a.iso' }),
        host('pve5', {}),
        host('pve6', { exists: false }, null),
      ]),
    ).toEqual([
      { file: 'a.qcow2', node: 'pve1' },
      { file: 'a.qcow2', node: 'pve2' },
      { file: 'a.iso', node: 'pve4' },
    ]);
  });

  it('a plan is a table with a line for everything that differs', async () => {
    const entries = [
      entry(),
      entry({
        vmid: 1012,
        action: 'change',
        changes: [
          { field: 'cores', from: '4', to: '8', restart: true },
          { field: 'pool', from: '', to: 'talos', restart: false },
        ],
        restart: ['vga', 'memory'],
      }),
      entry({ vmid: 1013, action: 'refused', problems: ['it is locked (backup): another task works on it'] }),
      { vmid: 1099, name: 'old', node: 'pve2', action: 'orphan' },
    ];
    expect(String(await call('plan_table', entries)).split('\n')).toEqual([
      'VM    NAME  HOST  ACTION   WHAT',
      '1011  cp-1  pve1  none',
      '1012  cp-1  pve1  change   cores: 4 -> 8 (at its next start)',
      '                           pool: nothing -> talos',
      '                           waits for a restart: vga, memory',
      '1013  cp-1  pve1  refused  it is locked (backup): another task works on it',
      '1099  old   pve2  orphan   has the mark of this cluster and is not in the inventory; nothing touches it',
    ]);
  });

  it('a status is a table without the power of a VM among its changes', async () => {
    const changes = [
      { field: 'cores', from: '4', to: '8', restart: true },
      { field: 'power', from: 'stopped', to: 'running', restart: false },
    ];
    const entries = [entry(), entry({ action: 'change', status: 'stopped', changes, problems: ['too small'] })];
    expect(String(await call('status_table', entries)).split('\n')).toEqual([
      'VM    NAME  HOST  STATUS   ADDRESS    AGENT  50000  AGAINST THE INVENTORY',
      '1011  cp-1  pve1  running  10.0.0.11  yes    open   none',
      '1011  cp-1  pve1  stopped  10.0.0.11  yes    open   change; cores; too small',
    ]);
  });

  it('programs get what they may rely on, and nothing of the inside', async () => {
    expect(await call('public', [entry({ config: { digest: 'x' } }), { vmid: 1, action: 'orphan' }])).toEqual([
      expect.not.objectContaining({ work: expect.anything() }),
      { vmid: 1, action: 'orphan' },
    ]);
  });

  it('a collection that is not installed has version 0', async () => {
    expect(await call('collection_version', 'community.nothing')).toBe('0');
  });
});
