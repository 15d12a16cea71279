/**
 * The resolved model: what `cluster.yaml` and `nodes.yaml` mean once every default is applied.
 *
 * It is total: no field is optional. Absence is `null`, so a missing field is always a bug and a
 * template that asks for one fails. Units are suffixes (`memoryMiB`, `sizeGiB`, `delaySeconds`).
 * A Proxmox host is a `pveNode`, a Talos machine is a `node`.
 */

import type { AnsibleSettings, CrossplaneSettings, TofuSettings } from './backend-settings.ts';
import type { ImageOptions, Schematic } from './image-options.ts';
import type { MachineSettings } from './machine-settings.ts';
import type { Node, VmNode } from './node.ts';
import type { Proxmox } from './proxmox.ts';
import type { TalosTool } from './tool.ts';
import type { Version } from './version.ts';

export type * from './node.ts';
export type * from './proxmox.ts';
export type * from './vm.ts';

/** How a node learns its name, its address and (where asked) its configuration. */
export type NoCloudMethod = 'ipconfig' | 'cicustom' | 'nocloud-net';

export interface Cluster {
  /** DNS label; also the Talos cluster name. */
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly network: ClusterNetwork;
  readonly kubernetes: Kubernetes;
  readonly talos: TalosSettings;
  readonly nocloud: NoCloud;
  /** `null` for a bare-metal cluster: the VM targets are then switched off. */
  readonly proxmox: Proxmox | null;
  readonly ansible: AnsibleSettings;
  readonly crossplane: CrossplaneSettings;
  readonly tofu: TofuSettings;
  /** In the order of `nodes.yaml`. */
  readonly nodes: readonly Node[];
}

/** A cluster whose VM targets are on: what every backend works with. */
export interface VmCluster extends Cluster {
  readonly proxmox: Proxmox;
  readonly nodes: readonly VmNode[];
}

export interface Endpoint {
  /** The virtual IP that the control planes share; never a node's own address. */
  readonly vip: string;
  /** `https://<vip>:6443` */
  readonly url: string;
  /** Names and addresses the API server certificate must cover, without duplicates. */
  readonly certSans: readonly string[];
}

export interface ClusterNetwork {
  /** `10.10.10.0/24`: the network the nodes live in. */
  readonly cidr: string;
  readonly prefixLength: number;
  readonly gateway: string;
  /** Never empty. */
  readonly nameservers: readonly string[];
  /** Addresses or names; never empty. */
  readonly timeServers: readonly string[];
}

export interface Kubernetes {
  readonly version: Version;
  readonly podSubnets: readonly string[];
  readonly serviceSubnets: readonly string[];
  /** `none`: a CNI is installed later, and kube-proxy and CoreDNS stay off with it. */
  readonly cni: 'none' | 'flannel';
  /** The cloud controller manager of Proxmox provides node addresses and ids. */
  readonly externalCloudProvider: boolean;
}

export interface TalosSettings {
  readonly version: Version;
  /** `https://factory.talos.dev`, without a trailing slash. */
  readonly factoryUrl: string;
  /** Host part of `factoryUrl`: the registry that serves installer images. */
  readonly factoryHost: string;
  /** System extensions of the cluster's own schematic, as written; order matters for its id. */
  readonly extensions: readonly string[];
  readonly kernelArgs: readonly string[];
  readonly image: ImageOptions;
  /** The schematic that `extensions`, `kernelArgs` and `image` make: its id and the exact text it hashes. */
  readonly schematic: Schematic;
  /** Which program makes the machine configurations in the rendered tasks. */
  readonly tool: TalosTool;
  /** Public keys the secrets are encrypted for; empty: those of the user's sops configuration. */
  readonly ageRecipients: readonly string[];
  /** Where the keys of nodes with `encryptDisk` are. */
  readonly diskEncryption: 'tpm' | 'node_id';
  readonly machine: MachineSettings;
}

export interface NoCloud {
  readonly method: NoCloudMethod;
  /** `http://host:port` of the configuration server without a trailing slash, or `null`. */
  readonly serverUrl: string | null;
  /** DHCP reservations hand out the declared addresses. */
  readonly dhcp: boolean;
  /** What `user-data` holds; `none` for the method `ipconfig`, where Proxmox writes its own. */
  readonly userData: 'partial' | 'include' | 'none';
}

/**
 * Narrows a cluster to one whose VM targets are on.
 * @returns `null` for a bare-metal cluster
 */
export function vmCluster(cluster: Cluster): VmCluster | null {
  return isVmCluster(cluster) ? cluster : null;
}

/**
 * The same for callers that render for Proxmox only.
 * @throws TypeError for a bare-metal cluster
 */
export function asVmCluster(cluster: Cluster): VmCluster {
  if (!isVmCluster(cluster)) throw new TypeError('a VM target was asked to render a cluster without Proxmox');
  return cluster;
}

function isVmCluster(cluster: Cluster): cluster is VmCluster {
  return cluster.proxmox !== null && cluster.nodes.every((node) => node.vm !== null);
}
