/**
 * The patches of the reference repository, from the keys of that repository. Its templates write some settings whatever the
 * keys say; in talmox they are keys of their own, and the second document of the fixture has them.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Cluster } from '../../../src/model/cluster.ts';
import { allNodes, ofRole } from '../../../src/targets/talos/cluster-patches.ts';
import type { Document } from '../../../src/targets/talos/document.ts';
import { nodePatch } from '../../../src/targets/talos/node-patch.ts';
import { FIXTURES, validateTexts } from '../../support/validation.ts';

const read = (file: string): string => readFileSync(join(FIXTURES, 'reference', file), 'utf8');
const documentsIn = (...files: readonly string[]): Document[] =>
  files.flatMap((file) => parseAllDocuments(read(file)).map((one) => one.toJS() as Document));
const [KEYS = '', HARD_CODED = ''] = read('cluster.yaml').split('\n---\n');

function clusterFrom(text: string): Cluster {
  const { cluster, issues } = validateTexts(text, read('nodes.yaml'));
  if (cluster === null) throw new Error(JSON.stringify(issues));
  return cluster;
}

/** What the control plane of a cluster is told, all patches together. */
function rendered(cluster: Cluster): Document[] {
  const node = cluster.nodes.find(({ name }) => name === 'k8s-cp-1');
  return node === undefined
    ? []
    : [...allNodes(cluster), ...ofRole(cluster, 'controlplane'), ...nodePatch(cluster, node)];
}

const shown = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Every single setting with where it stands: `LinkConfig/lan0 mtu`, `machine.certSANs.0`. */
function settings(documents: readonly Document[]): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
      for (const [key, inner] of Object.entries(value))
        walk(inner, path === '' || path.endsWith(' ') ? `${path}${key}` : `${path}.${key}`);
    } else found.set(path, value);
  };
  for (const { apiVersion: _, kind, name, ...rest } of documents) {
    walk(rest, kind === undefined ? '' : `${shown(kind)}${name === undefined ? '' : `/${shown(name)}`} `);
  }
  return found;
}

/** Settings of one side that the other has not, or has otherwise: `path: reference -> talmox`. */
function differences(reference: readonly Document[], own: readonly Document[]): string[] {
  const [theirs, ours] = [settings(reference), settings(own)];
  return [...new Set([...theirs.keys(), ...ours.keys()])]
    .filter((path) => JSON.stringify(theirs.get(path)) !== JSON.stringify(ours.get(path)))
    .map((path) => `${path}: ${shown(theirs.get(path) ?? 'nothing')} -> ${shown(ours.get(path) ?? 'nothing')}`)
    .sort();
}

const INSTALLER = 'ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515:v1.12.11';

/** The name tells documents of this kind apart and means nothing more. */
const OTHER_NAME = [
  'KmsgLogConfig/kernel-log url: nothing -> udp://127.0.0.1:6050/',
  'KmsgLogConfig/local url: udp://127.0.0.1:6050/ -> nothing',
];

/** `gen config` says it already; so the file alone says whom it is for. */
const ROLE = 'machine.type: nothing -> controlplane';

/** One list of names for the certificates of both APIs. */
const SANS = [
  'cluster.apiServer.certSANs.0: 192.168.22.100 -> 127.0.0.1',
  'cluster.apiServer.certSANs.1: nothing -> 192.168.22.100',
];

/** Keys sealed in the TPM are opened only under Secure Boot, which the plain installer would end. */
const SECURE_BOOT = `machine.install.image: factory.talos.dev/nocloud-installer/${INSTALLER} -> factory.talos.dev/nocloud-installer-secureboot/${INSTALLER}`;

describe('the patches of the reference repository', () => {
  const reference = documentsIn('all-112.yaml', 'cp-112.yaml', 'node-112.yaml');

  it('follow from its keys, and from keys for what its templates hard-code', () => {
    expect(differences(reference, rendered(clusterFrom(`${KEYS}\n${HARD_CODED}`)))).toEqual(
      [...OTHER_NAME, ROLE, ...SANS, SECURE_BOOT].sort(),
    );
  });

  it('follow from its keys alone but for what its templates hard-code', () => {
    expect(differences(reference, rendered(clusterFrom(KEYS)))).toEqual(
      [
        // talos.kernel_log_url
        'KmsgLogConfig/local url: udp://127.0.0.1:6050/ -> nothing',
        // proxmox.watchdog: without the device in the VM there is nothing to watch
        'WatchdogTimerConfig device: /dev/watchdog0 -> nothing',
        'WatchdogTimerConfig timeout: 2m0s -> nothing',
        // talos.host_dns_on_loopback
        'LinkConfig/lo addresses.0.address: 169.254.116.108/32 -> nothing',
        // talos.extra_args
        'cluster.apiServer.extraArgs.enable-aggregator-routing: true -> nothing',
        'cluster.apiServer.extraArgs.feature-gates: ImageVolume=true -> nothing',
        'cluster.controllerManager.extraArgs.bind-address: 0.0.0.0 -> nothing',
        'cluster.etcd.extraArgs.listen-metrics-urls: http://0.0.0.0:2381 -> nothing',
        'cluster.scheduler.extraArgs.bind-address: 0.0.0.0 -> nothing',
        'machine.kubelet.extraArgs.feature-gates: ImageVolume=true -> nothing',
        // talos.kubelet_config
        'machine.kubelet.extraConfig.serializeImagePulls: false -> nothing',
        // talos.containerd_config
        'machine.files.0.content: [plugins."io.containerd.cri.v1.images"]\n  discard_unpacked_layers = false\n -> nothing',
        'machine.files.0.op: create -> nothing',
        'machine.files.0.path: /etc/cri/conf.d/20-customization.part -> nothing',
        // talos.api_access
        'machine.features.kubernetesTalosAPIAccess.allowedKubernetesNamespaces.0: system-upgrade -> nothing',
        'machine.features.kubernetesTalosAPIAccess.allowedRoles.0: os:admin -> nothing',
        'machine.features.kubernetesTalosAPIAccess.enabled: true -> nothing',
        // talos.sysctls
        'machine.sysctls.user.max_user_namespaces: 11255 -> nothing',
        ROLE,
        ...SANS,
        SECURE_BOOT,
      ].sort(),
    );
  });

  it('are documents of their own from 1.14 on', () => {
    const cluster = clusterFrom(`${KEYS}\n${HARD_CODED}`.replace('1.12.11', '1.14.0').replace('1.35.4', '1.37.0'));
    const kinds = new Set(documentsIn('cp-114.yaml').map(({ kind }) => kind));
    const own = rendered(cluster).filter(({ kind }) => kinds.has(kind));
    expect(differences(documentsIn('cp-114.yaml'), own)).toEqual(
      [
        ROLE,
        'UnattendedInstallConfig installer.image: factory.talos.dev/nocloud-installer/x:v1.14.0 -> ' +
          `factory.talos.dev/nocloud-installer-secureboot/${INSTALLER.replace('1.12.11', '1.14.0')}`,
        // What `machine.certSANs` is in every release.
        'machine.certSANs.0: nothing -> 127.0.0.1',
        'machine.certSANs.1: nothing -> 192.168.22.100',
      ].sort(),
    );
  });
});
