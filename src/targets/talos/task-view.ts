/** What the scripts of the tasks are rendered from. */

import {
  KUBERNETES_RANGES,
  kubernetesRange,
  oldestUpgradeMinor,
  type KubernetesRange,
} from '../../model/compatibility.ts';
import type { Cluster, Node } from '../../model/cluster.ts';
import { minorText } from '../../model/version.ts';
import { patchFiles } from './patch-files.ts';
import { talhelperPatchFiles } from './talconfig.ts';

export interface TaskNode {
  readonly name: string;
  readonly role: Node['role'];
  readonly address: string;
  readonly installer: string;
  readonly schematic: string;
  /** How its configuration is validated: `metal` demands what an installation needs. */
  readonly mode: 'cloud' | 'metal';
  /** `@patches/all.yaml`, in order. */
  readonly patches: readonly string[];
}

export interface TaskView {
  /** Encrypted; the name that the tool of the cluster looks for. */
  readonly secretsFile: string;
  /** `v1.13` */
  readonly contract: string;
  readonly nodes: readonly TaskNode[];
  /** Names in the order in which they are worked on, space-separated. */
  readonly controlPlanes: string;
  readonly workers: string;
  readonly resetOrder: string;
  readonly firstControlPlane: string;
  readonly controlPlaneAddresses: readonly string[];
  /** Comma-separated, as talosctl takes them. */
  readonly controlPlaneAddressList: string;
  readonly workerAddressList: string;
  /** Files that the machine configurations are made of, besides the secrets. */
  readonly sources: readonly string[];
  readonly upgrade: UpgradeView;
}

interface UpgradeView {
  readonly target: string;
  readonly targetMinor: number;
  /** The oldest minor that becomes the target in one step. */
  readonly oldestSourceMinor: number;
  /** What the target Talos runs: `1.31`. */
  readonly kubernetesFirst: string;
  readonly kubernetesLast: string;
  readonly kubernetes: string;
  readonly kubernetesMinor: number;
  /** First and last Kubernetes minor of every Talos minor that talmox knows. */
  readonly matrix: readonly KubernetesRange[];
}

export function taskView(cluster: Cluster): TaskView {
  const { nodes, talos } = cluster;
  const controlPlanes = nodes.filter(({ role }) => role === 'controlplane');
  const workers = nodes.filter(({ role }) => role === 'worker');
  const names = (some: readonly Node[]): string => some.map(({ name }) => name).join(' ');
  const addresses = (some: readonly Node[]): string[] => some.map(({ address }) => address);
  return {
    secretsFile: secretsFile(cluster),
    contract: `v${minorText(talos.version)}`,
    nodes: nodes.map((node) => taskNode(cluster, node)),
    controlPlanes: names(controlPlanes),
    workers: names(workers),
    resetOrder: names([...workers, ...controlPlanes.toReversed()]),
    firstControlPlane: controlPlanes[0]?.name ?? '',
    controlPlaneAddresses: addresses(controlPlanes),
    controlPlaneAddressList: addresses(controlPlanes).join(','),
    workerAddressList: addresses(workers).join(','),
    sources: sourceFiles(cluster),
    upgrade: upgradeView(cluster),
  };
}

export function secretsFile({ talos }: Cluster): string {
  return talos.tool === 'talhelper' ? 'talsecret.sops.yaml' : 'secrets.sops.yaml';
}

function sourceFiles(cluster: Cluster): string[] {
  const { nodes, talos } = cluster;
  if (talos.tool === 'talhelper') return ['talconfig.yaml', ...new Set(nodes.flatMap(talhelperPatchFiles))];
  if (talos.tool === 'topf') {
    const files = [
      'all/10-all',
      'control-plane/10-controlplane',
      'worker/10-worker',
      ...nodes.map(({ name }) => `node/${name}/10-node`),
    ];
    return ['topf.yaml', ...files.map((file) => `topf/${file}.yaml`)];
  }
  return [...new Set(nodes.flatMap((node) => patchFiles(cluster, node)))];
}

function taskNode(cluster: Cluster, node: Node): TaskNode {
  return {
    name: node.name,
    role: node.role,
    address: node.address,
    installer: node.installerImage,
    schematic: node.schematicId,
    // A disk image is installed already; an ISO and a machine install themselves.
    mode: node.vm === null || node.vm.boot.source === 'iso' ? 'metal' : 'cloud',
    patches: patchFiles(cluster, node).map((file) => `@${file}`),
  };
}

function upgradeView({ talos, kubernetes }: Cluster): UpgradeView {
  const [kubernetesFirst, kubernetesLast] = kubernetesRange(talos.version) ?? ['', ''];
  return {
    target: talos.version.text,
    targetMinor: talos.version.minor,
    oldestSourceMinor: oldestUpgradeMinor(talos.version) ?? talos.version.minor,
    kubernetesFirst,
    kubernetesLast,
    kubernetes: kubernetes.version.text,
    kubernetesMinor: kubernetes.version.minor,
    matrix: KUBERNETES_RANGES,
  };
}
