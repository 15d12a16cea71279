/**
 * What a backend's token must be able to do, and where: no more than apply, plan, status and destroy ask for.
 * `test/proof/ansible-token.proof.ts` and `tofu-token.proof.ts` show that it is enough, and that nothing of it is spare.
 */

import type { BackendName } from '../model/backend-name.ts';
import type { Vm, VmCluster } from '../model/cluster.ts';
import { CSI_OWNER } from '../model/csi.ts';
import { hostPreparation } from '../model/host-preparation.ts';
import type { Grant, Privileges } from '../model/privileges.ts';

/** In what backends differ. */
interface Needs {
  readonly backend: BackendName;
  /** On storages of disks. */
  readonly disks: readonly string[];
  /** On storages of boot files, beside fetching them: one that is deleted with the cluster has to be deletable. */
  readonly files: readonly string[];
  /** It reads every disk in a VM from its storage, those of pods too: whose disk it is has to allow that. */
  readonly readsDisks: boolean;
  /** On each host that fetches boot files. */
  readonly download: readonly string[];
  /** The guest agent is asked for addresses. */
  readonly asksAgent: boolean;
  /** It puts a cloud-init drive into a VM that is there: where one is missing, or where a clone's lies on another storage. */
  readonly putsCloudInit: (vm: Vm, cluster: VmCluster) => boolean;
}

const READ_FILES = ['Datastore.AllocateTemplate', 'Datastore.Audit'] as const;

export const ANSIBLE_NEEDS: Needs = {
  backend: 'ansible',
  disks: ['Datastore.AllocateSpace'],
  files: READ_FILES,
  readsDisks: false,
  download: ['Sys.AccessNetwork'],
  asksAgent: true,
  putsCloudInit: ({ cloudInit }) => cloudInit !== null,
};

export const TOFU_NEEDS: Needs = {
  backend: 'tofu',
  // The provider reads the size of each disk from its storage.
  disks: ['Datastore.AllocateSpace', 'Datastore.Audit'],
  files: ['Datastore.Allocate', ...READ_FILES],
  readsDisks: true,
  download: ['Sys.AccessNetwork'],
  asksAgent: false,
  putsCloudInit: ({ boot, cloudInit }, { proxmox }) =>
    boot.source === 'template' &&
    cloudInit !== null &&
    proxmox.templates.some(({ vmId, storage }) => vmId === boot.templateId && storage !== cloudInit.storage),
};

/** Roles carry the names of the cluster and of the backend: two clusters on a host do not change each other's. */
export function privilegesOf(needs: Needs, cluster: VmCluster): Privileges {
  const named = (role: RoleName): string => `talmox-${cluster.name}-${needs.backend}-${role}`;
  const grants = grantsOf(needs, cluster).map((grant) => ({ ...grant, role: named(grant.role) }));
  const used = new Set(grants.map(({ role }) => role));
  const all: Readonly<Record<RoleName, readonly string[]>> = {
    vms: vmPrivileges(needs, cluster),
    pods: ['VM.Config.Disk'],
    disks: needs.disks,
    files: needs.files,
    'disks-and-files': [...new Set([...needs.disks, ...needs.files])],
    bridges: ['SDN.Use'],
    downloads: needs.download,
    startup: ['Sys.Modify'],
  };
  const roles = Object.entries(all).map(([role, list]) => [named(role as RoleName), [...list].sort()] as const);
  return {
    roles: Object.fromEntries(roles.filter(([name]) => used.has(name))),
    agentRole: needs.asksAgent && cluster.nodes.some(({ vm }) => vm.agent) ? named('vms') : null,
    grants,
  };
}

type RoleName = 'vms' | 'pods' | 'disks' | 'files' | 'disks-and-files' | 'bridges' | 'downloads' | 'startup';

interface NamedGrant extends Grant {
  readonly role: RoleName;
}

function vmPrivileges({ putsCloudInit }: Needs, cluster: VmCluster): string[] {
  const { nodes, proxmox } = cluster;
  const vms = nodes.map(({ vm }) => vm);
  // Its options are those of the network, which the token may set anyway; the drive takes both.
  const cloudInit = vms.some((vm) => putsCloudInit(vm, cluster));
  const isUsed: Readonly<Record<string, boolean>> = {
    // Who may not see a pool is not told which VMs are in it.
    'Pool.Audit': proxmox.pool !== null,
    'VM.Allocate': true,
    'VM.Audit': true,
    'VM.Clone': proxmox.templates.length > 0,
    'VM.Config.CDROM': cloudInit || vms.some(({ boot }) => boot.source === 'iso'),
    'VM.Config.CPU': true,
    'VM.Config.Cloudinit': cloudInit,
    'VM.Config.Disk': true,
    'VM.Config.HWType': true,
    'VM.Config.Memory': true,
    'VM.Config.Network': true,
    'VM.Config.Options': true,
    'VM.PowerMgmt': true,
  };
  return Object.entries(isUsed).flatMap(([name, used]) => (used ? [name] : []));
}

function grantsOf({ readsDisks }: Needs, cluster: VmCluster): NamedGrant[] {
  const { proxmox, nodes } = cluster;
  const grant = (path: string, role: RoleName, propagate = true): NamedGrant => ({ path, role, propagate });
  return [
    // VMs of a pool are reached through it, and others not at all.
    grant(proxmox.pool === null ? '/vms' : `/pool/${proxmox.pool}`, 'vms'),
    ...(proxmox.pool === null ? [] : proxmox.templates.map(({ vmId }) => grant(`/vms/${vmId}`, 'vms'))),
    ...(readsDisks && proxmox.pool !== null ? [grant(`/vms/${CSI_OWNER}`, 'pods', false)] : []),
    ...storageGrants(cluster).map(([storage, role]) => grant(`/storage/${storage}`, role)),
    ...bridges(cluster).map((path) => grant(path, 'bridges', false)),
    ...downloadingHosts(cluster).map((name) => grant(`/nodes/${name}`, 'downloads', false)),
    // The order in which VMs start is the host's own business.
    ...(nodes.length > 0 ? [grant('/', 'startup', false)] : []),
  ];
}

function downloadingHosts({ proxmox }: VmCluster): string[] {
  return [...new Set(proxmox.images.flatMap(({ placements }) => placements.map(({ pveNode }) => pveNode)))].sort();
}

/** Snippets are put there by hand. */
function storageGrants(cluster: VmCluster): (readonly [storage: string, role: RoleName])[] {
  return hostPreparation(cluster).storages.flatMap(({ name, content }) => {
    const disks = content.includes('images');
    const files = content.includes('import') || content.includes('iso');
    if (!disks && !files) return [];
    return [[name, disks && files ? 'disks-and-files' : disks ? 'disks' : 'files'] as const];
  });
}

/** Path of a VLAN, below its bridge: a privilege there holds for this VLAN alone. */
function bridges({ nodes, proxmox }: VmCluster): string[] {
  const nics = nodes.flatMap(({ vm }) =>
    vm.nics.map(({ bridge, vlanTag }) => (vlanTag === null ? bridge : `${bridge}/${vlanTag}`)),
  );
  const all = new Set([...nics, ...proxmox.templates.map(({ bridge }) => bridge)]);
  return [...all].sort().map((path) => `/sdn/zones/localnetwork/${path}`);
}
