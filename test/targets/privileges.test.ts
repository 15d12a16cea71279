/** What the token of a backend may do: all that its runs ask for (the proofs show it on a host), and nothing else. */

import { describe, expect, it } from 'vitest';
import type { Vm, VmCluster } from '../../src/model/cluster.ts';
import { AGENT_PRIVILEGE } from '../../src/model/privileges.ts';
import { ANSIBLE_NEEDS, privilegesOf, TOFU_NEEDS } from '../../src/targets/privileges.ts';
import { tokenScript } from '../../src/targets/token-script.ts';
import { sampleCluster } from '../support/cluster.ts';
import { fullCluster, ISO_BOOT } from '../support/full-node.ts';
import { shapes } from '../support/vm-shapes.ts';

const sample = sampleCluster();
const NEEDS = { ansible: ANSIBLE_NEEDS, tofu: TOFU_NEEDS } as const;
type Backend = keyof typeof NEEDS;

const given = (backend: Backend, cluster: VmCluster) => privilegesOf(NEEDS[backend], cluster);
const role = (backend: Backend, name: string, cluster: VmCluster = sample): readonly string[] | undefined =>
  given(backend, cluster).roles[`talmox-home-${backend}-${name}`];
const granted = (backend: Backend, cluster: VmCluster): string[] =>
  given(backend, cluster).grants.map(
    (grant) =>
      `${grant.path} ${grant.role.replace(`talmox-home-${backend}-`, '')}${grant.propagate ? ' and below' : ''}`,
  );

const inPool = (cluster: VmCluster): VmCluster => ({ ...cluster, proxmox: { ...cluster.proxmox, pool: 'lab' } });

/** Of every VM that is made and changed in place. */
const ALWAYS = [
  'VM.Allocate',
  'VM.Audit',
  'VM.Config.CPU',
  'VM.Config.Disk',
  'VM.Config.HWType',
  'VM.Config.Memory',
  'VM.Config.Network',
  'VM.Config.Options',
  'VM.PowerMgmt',
];
const CLOUD_INIT = ['VM.Config.CDROM', 'VM.Config.Cloudinit'];

describe('on VMs', () => {
  const withoutDrive = shapes['serial with a URL'] ?? sample;
  const iso = shapes['iso'] ?? sample;
  const cloned = shapes['full clone'] ?? sample;
  const moved: VmCluster = {
    ...cloned,
    nodes: cloned.nodes.map((node) => ({
      ...node,
      vm: { ...node.vm, cloudInit: node.vm.cloudInit === null ? null : { ...node.vm.cloudInit, storage: 'tank' } },
    })),
  };

  it.each([
    ['ansible', 'puts in the cloud-init drive', sample, [...ALWAYS, ...CLOUD_INIT]],
    ['ansible', 'puts in no drive where there is none', withoutDrive, ALWAYS],
    ['ansible', 'puts in an ISO', { ...iso, nodes: withoutCloudInit(iso) }, [...ALWAYS, 'VM.Config.CDROM']],
    ['ansible', 'clones', cloned, [...ALWAYS, ...CLOUD_INIT, 'VM.Clone']],
    ['tofu', 'makes a VM with its drives', sample, ALWAYS],
    ['tofu', 'puts in an ISO', iso, [...ALWAYS, 'VM.Config.CDROM']],
    ['tofu', 'clones, and leaves the drive where it is', cloned, [...ALWAYS, 'VM.Clone']],
    ['tofu', 'clones, and puts the drive on another storage', moved, [...ALWAYS, ...CLOUD_INIT, 'VM.Clone']],
    ['tofu', 'sees its pool', inPool(sample), [...ALWAYS, 'Pool.Audit']],
  ] as const)('%s %s', (backend, _what, cluster, privileges) => {
    expect(role(backend, 'vms', cluster)).toEqual([...privileges].sort());
  });

  it('has what a single one of them needs', () => {
    const only = (name: string, change: (vm: Vm) => Vm): VmCluster => ({
      ...withoutDrive,
      nodes: withoutDrive.nodes.map((node) => ({
        ...node,
        vm: { ...(node.name === name ? change(node.vm) : { ...node.vm, agent: false }) },
      })),
    });
    const drive = sample.nodes[0]?.vm.cloudInit ?? null;
    expect(
      role(
        'ansible',
        'vms',
        only('w-1', (vm) => ({ ...vm, cloudInit: drive })),
      ),
    ).toContain('VM.Config.Cloudinit');
    const withIso = only('w-1', (vm) => ({ ...vm, boot: ISO_BOOT }));
    expect(role('tofu', 'vms', withIso)).toContain('VM.Config.CDROM');
    expect(
      given(
        'ansible',
        only('w-1', (vm) => ({ ...vm, agent: true })),
      ).agentRole,
    ).not.toBeNull();
  });
});

function withoutCloudInit({ nodes }: VmCluster): VmCluster['nodes'] {
  return nodes.map((node) => ({ ...node, vm: { ...node.vm, cloudInit: null } }));
}

describe('on the rest', () => {
  it('a role has what the backend asks for', () => {
    expect(role('ansible', 'disks')).toEqual(['Datastore.AllocateSpace']);
    expect(role('tofu', 'disks')).toEqual(['Datastore.AllocateSpace', 'Datastore.Audit']);
    expect(role('ansible', 'files')).toEqual(['Datastore.AllocateTemplate', 'Datastore.Audit']);
    expect(role('tofu', 'files')).toEqual(['Datastore.Allocate', 'Datastore.AllocateTemplate', 'Datastore.Audit']);
    for (const backend of ['ansible', 'tofu'] as const) {
      expect(role(backend, 'bridges')).toEqual(['SDN.Use']);
      expect(role(backend, 'downloads')).toEqual(['Sys.AccessNetwork']);
      expect(role(backend, 'startup')).toEqual(['Sys.Modify']);
      expect(role(backend, 'disks-and-files')).toBeUndefined();
    }
  });

  it('a storage of disks and of files has one role with both', () => {
    const images = sample.proxmox.images.map((image) => ({
      ...image,
      placements: image.placements.map((placement) => ({ ...placement, storage: 'local-lvm' })),
    }));
    const one: VmCluster = { ...sample, proxmox: { ...sample.proxmox, images } };
    expect(granted('tofu', one).filter((line) => line.startsWith('/storage'))).toEqual([
      '/storage/local-lvm disks-and-files and below',
    ]);
    expect(role('tofu', 'disks-and-files', one)).toEqual([
      'Datastore.Allocate',
      'Datastore.AllocateSpace',
      'Datastore.AllocateTemplate',
      'Datastore.Audit',
    ]);
    expect(role('ansible', 'disks-and-files', one)).toEqual([
      'Datastore.AllocateSpace',
      'Datastore.AllocateTemplate',
      'Datastore.Audit',
    ]);
  });
});

describe('entries', () => {
  const BELOW = [
    '/storage/local files and below',
    '/storage/local-lvm disks and below',
    '/sdn/zones/localnetwork/vmbr0 bridges',
    '/sdn/zones/localnetwork/vmbr0/22 bridges',
    '/sdn/zones/localnetwork/vmbr1 bridges',
    '/nodes/pve1 downloads',
    '/nodes/pve2 downloads',
    '/ startup',
  ];

  it.each(['ansible', 'tofu'] as const)('of %s are on what the cluster uses, and no wider', (backend) => {
    expect(granted(backend, sample)).toEqual(['/vms vms and below', ...BELOW]);
  });

  it('in a pool reach no VM beside it, but for the disks of pods that OpenTofu reads', () => {
    expect(granted('ansible', inPool(sample))).toEqual(['/pool/lab vms and below', ...BELOW]);
    expect(granted('tofu', inPool(sample))).toEqual(['/pool/lab vms and below', '/vms/9999 pods', ...BELOW]);
    expect(role('tofu', 'pods', inPool(sample))).toEqual(['VM.Config.Disk']);
    expect(role('ansible', 'pods', inPool(sample))).toBeUndefined();
    expect(role('tofu', 'pods')).toBeUndefined();
  });

  it('in a pool reach the templates, which lie outside', () => {
    const cloned = shapes['full clone'] ?? sample;
    expect(granted('ansible', inPool(cloned)).filter((line) => line.startsWith('/vms'))).toEqual([
      '/vms/9001 vms and below',
      '/vms/9002 vms and below',
    ]);
    expect(granted('ansible', cloned).filter((line) => line.startsWith('/vms'))).toEqual(['/vms vms and below']);
  });

  it('are on every storage that a VM lies on, and on those of templates', () => {
    const storages = (cluster: VmCluster): string[] =>
      granted('ansible', cluster).filter((line) => /^\/storage.*disks/.test(line));
    expect(storages(fullCluster())).toEqual(
      ['ci-store', 'efi-store', 'fast', 'slow', 'tpm-store'].map((name) => `/storage/${name} disks and below`),
    );
    const cloned = shapes['full clone'] ?? sample;
    const templates = cloned.proxmox.templates.map((one) => ({ ...one, storage: 'golden', bridge: 'vmbr7' }));
    const away: VmCluster = { ...cloned, proxmox: { ...cloned.proxmox, templates } };
    expect(storages(away)).toContain('/storage/golden disks and below');
    expect(granted('ansible', away)).toContain('/sdn/zones/localnetwork/vmbr7 bridges');
  });

  it('are on no storage that holds snippets alone', () => {
    const { cloudInit } = fullCluster().nodes[0]?.vm ?? {};
    const snippets = { user: 'snip:snippets/u', meta: 'snip:snippets/m', network: 'snip:snippets/n' };
    const nodes = fullCluster().nodes.map((node) => ({
      ...node,
      vm: { ...node.vm, cloudInit: cloudInit ? { ...cloudInit, snippets } : null },
    }));
    expect(granted('tofu', { ...sample, nodes }).join('\n')).not.toContain('/storage/snip');
  });

  it('of a cluster without nodes leave the host alone', () => {
    expect(granted('ansible', { ...sample, nodes: [] })).not.toContain('/ startup');
  });

  it('name only roles that are there', () => {
    for (const backend of ['ansible', 'tofu'] as const) {
      const { roles, grants } = given(backend, sample);
      expect(new Set(grants.map((grant) => grant.role))).toEqual(new Set(Object.keys(roles)));
    }
  });
});

describe('the guest agent', () => {
  it('is asked by Ansible alone, and only where a VM has one', () => {
    expect(given('ansible', sample).agentRole).toBe('talmox-home-ansible-vms');
    expect(given('tofu', sample).agentRole).toBeNull();
    const nodes = sample.nodes.map((node) => ({ ...node, vm: { ...node.vm, agent: false } }));
    expect(given('ansible', { ...sample, nodes }).agentRole).toBeNull();
  });
});

describe('the script that makes the token', () => {
  it('makes every role, marks the one that asks the agent, and enters it where it holds', () => {
    const privileges = given('ansible', sample);
    const { agent, roles, asksAgent, grants, user, token } = tokenScript(sample, privileges);
    expect({ agent, asksAgent, user, token }).toEqual({
      agent: AGENT_PRIVILEGE,
      asksAgent: true,
      user: 'automation@pve',
      token: 'talmox',
    });
    expect(roles).toContainEqual({
      name: 'talmox-home-ansible-disks',
      list: 'Datastore.AllocateSpace',
      asksAgent: false,
    });
    expect(roles).toContainEqual({
      name: 'talmox-home-ansible-vms',
      list: [...ALWAYS, ...CLOUD_INIT].sort().join(' '),
      asksAgent: true,
    });
    expect(grants).toContainEqual({ path: '/vms', role: 'talmox-home-ansible-vms', propagate: '1' });
    expect(grants).toContainEqual({ path: '/', role: 'talmox-home-ansible-startup', propagate: '0' });
  });

  it('has names for user and token where the cluster has none', () => {
    const nameless = { ...sample, proxmox: { ...sample.proxmox, apiUser: null, apiTokenName: null } };
    expect(tokenScript(nameless, given('tofu', nameless))).toMatchObject({
      asksAgent: false,
      user: 'automation@pve',
      token: 'talmox',
    });
  });
});
