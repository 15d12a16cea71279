/** What holds for the whole cluster. */

import type { Cluster } from '../model/cluster.ts';
import type { ClusterFile } from '../model/files.gen.ts';
import type { ImageOptions } from '../model/image-options.ts';
import { formatIpv4, parseNetwork, type Network } from '../model/net.ts';
import { schematicOf } from '../model/schematic.ts';
import type { TalosTool } from '../model/tool.ts';
import { parseVersion, type Version } from '../model/version.ts';
import { CLUSTER_DEFAULTS, GROUP_DEFAULTS, GUEST_AGENT_EXTENSION } from './defaults.ts';
import { builtIn, derived, inCluster, Scope, type Candidate, type Trace } from './origin.ts';
import { machineSettings } from './resolve-machine.ts';

/** The cluster without what depends on its nodes. */
export type ClusterSettings = Omit<Cluster, 'nodes' | 'proxmox'>;

export function resolveSettings(file: ClusterFile, hasVms: boolean, trace: Trace | null): ClusterSettings {
  const scope = new Scope(trace, null);
  const name = scope.pick('cluster_name', [flat(file, 'cluster_name')], builtIn(CLUSTER_DEFAULTS.cluster_name));
  return {
    name,
    endpoint: endpoint(file, scope),
    network: network(file, scope),
    kubernetes: kubernetes(file, scope),
    talos: talos(file, hasVms, scope),
    nocloud: nocloud(file, scope),
    ...backends(file, name, scope),
  };
}

/** A flat key of `cluster.yaml`. */
export function flat<K extends keyof ClusterFile & string>(
  file: ClusterFile,
  key: K,
): Candidate<NonNullable<ClusterFile[K]>> {
  return inCluster<NonNullable<ClusterFile[K]>>(file[key] ?? undefined, `/${key}`);
}

/** A version the schema accepted; anything else is a bug. */
export function versionOf(text: string): Version {
  const version = parseVersion(text);
  if (version === null) throw new Error(`not a version: ${text}`);
  return version;
}

/** A network the schema accepted; anything else is a bug. */
export function networkOf(text: string): Network {
  const parsed = parseNetwork(text);
  if (parsed === null) throw new Error(`not a network: ${text}`);
  return parsed;
}

function endpoint(file: ClusterFile, scope: Scope): Cluster['endpoint'] {
  const vip = scope.pick('cluster_api_addr', [flat(file, 'cluster_api_addr')], builtIn(''));
  const sans = scope.pick(
    'cluster_api_tls_sans',
    [flat(file, 'cluster_api_tls_sans')],
    builtIn<readonly string[]>(CLUSTER_DEFAULTS.cluster_api_tls_sans),
  );
  return { vip, url: `https://${vip}:6443`, certSans: [...new Set(['127.0.0.1', vip, ...sans])] };
}

function network(file: ClusterFile, scope: Scope): Cluster['network'] {
  const cidr = scope.pick('node_cidr', [flat(file, 'node_cidr')], builtIn(''));
  const range = networkOf(cidr);
  return {
    cidr,
    prefixLength: range.prefixLength,
    gateway: scope.pick(
      'node_default_gateway',
      [flat(file, 'node_default_gateway')],
      derived(formatIpv4(range.first + 1), 'the first address of node_cidr'),
    ),
    nameservers: scope.pick(
      'node_dns_servers',
      [flat(file, 'node_dns_servers')],
      builtIn<readonly string[]>(CLUSTER_DEFAULTS.node_dns_servers),
    ),
    timeServers: scope.pick(
      'node_ntp_servers',
      [flat(file, 'node_ntp_servers')],
      builtIn<readonly string[]>(CLUSTER_DEFAULTS.node_ntp_servers),
    ),
  };
}

function kubernetes(file: ClusterFile, scope: Scope): Cluster['kubernetes'] {
  const pods = scope.pick(
    'cluster_pod_cidr',
    [flat(file, 'cluster_pod_cidr')],
    builtIn(CLUSTER_DEFAULTS.cluster_pod_cidr),
  );
  const services = scope.pick(
    'cluster_svc_cidr',
    [flat(file, 'cluster_svc_cidr')],
    builtIn(CLUSTER_DEFAULTS.cluster_svc_cidr),
  );
  return {
    version: versionOf(
      scope.pick(
        'kubernetes_version',
        [flat(file, 'kubernetes_version')],
        builtIn(CLUSTER_DEFAULTS.kubernetes_version),
      ),
    ),
    podSubnets: [pods],
    serviceSubnets: [services],
    cni: scope.inGroup(
      'talos.cni',
      file.talos?.cni,
      builtIn(GROUP_DEFAULTS.talos.cni, 'a CNI such as Cilium is installed later'),
    ),
    externalCloudProvider: scope.pick(
      'proxmox_ccm_enabled',
      [flat(file, 'proxmox_ccm_enabled')],
      builtIn(CLUSTER_DEFAULTS.proxmox_ccm_enabled),
    ),
  };
}

function talos(file: ClusterFile, hasVms: boolean, scope: Scope): Cluster['talos'] {
  const version = scope.pick('talos_version', [flat(file, 'talos_version')], builtIn(CLUSTER_DEFAULTS.talos_version));
  const group = file.talos ?? {};
  const factoryUrl = scope
    .inGroup('talos.factory_url', group.factory_url, builtIn(GROUP_DEFAULTS.talos.factory_url))
    .replace(/\/+$/, '');
  const extensions = scope.inGroup<readonly string[]>(
    'talos.extensions',
    group.extensions,
    hasVms
      ? builtIn([GUEST_AGENT_EXTENSION], 'so that Proxmox can shut the VMs down in order')
      : builtIn([], 'no Proxmox, no guest agent'),
  );
  const kernelArgs = scope.inGroup<readonly string[]>(
    'talos.kernel_args',
    group.kernel_args,
    builtIn(GROUP_DEFAULTS.talos.kernel_args),
  );
  const image = imageOptions(group.image ?? {}, scope);
  return {
    version: versionOf(version),
    factoryUrl,
    factoryHost: factoryUrl.replace(/^https?:\/\//, ''),
    extensions,
    kernelArgs,
    image,
    schematic: schematicOf({ extensions, kernelArgs, image }),
    tool: scope.inGroup<TalosTool>('talos.tool', group.tool, builtIn(GROUP_DEFAULTS.talos.tool)),
    ageRecipients: scope.inGroup<readonly string[]>(
      'talos.age_recipients',
      group.age_recipients,
      builtIn(GROUP_DEFAULTS.talos.age_recipients, 'the .sops.yaml of the repository or SOPS_AGE_RECIPIENTS says'),
    ),
    diskEncryption: scope.inGroup(
      'talos.disk_encryption',
      group.disk_encryption,
      builtIn(GROUP_DEFAULTS.talos.disk_encryption),
    ),
    machine: machineSettings(file, scope),
  };
}

function imageOptions(group: NonNullable<NonNullable<ClusterFile['talos']>['image']>, scope: Scope): ImageOptions {
  const pick = <T>(key: string, value: T | undefined, fallback: T): T =>
    scope.inGroup<T>(`talos.image.${key}`, value, builtIn(fallback));
  const overlay = pick<ImageOptions['overlay']>(
    'overlay',
    group.overlay && { ...group.overlay, options: group.overlay.options ?? {} },
    null,
  );
  return {
    overlay,
    meta: pick<ImageOptions['meta']>('meta', group.meta, []),
    bootloader: pick<ImageOptions['bootloader']>('bootloader', group.bootloader, null),
    enrollKeys: pick<ImageOptions['enrollKeys']>('enroll_keys', group.enroll_keys, null),
    wellKnownCertificates: pick('well_known_certificates', group.well_known_certificates, false),
    sectorSize: pick<ImageOptions['sectorSize']>('sector_size', group.sector_size, null),
  };
}

function nocloud(file: ClusterFile, scope: Scope): Cluster['nocloud'] {
  const group = file.nocloud ?? {};
  const method = scope.inGroup(
    'nocloud.method',
    group.method,
    builtIn(GROUP_DEFAULTS.nocloud.method, 'needs no DHCP, no server and no secret on the host'),
  );
  const serverUrl = scope.inGroup<string | null>('nocloud.server_url', group.server_url, builtIn(null));
  return {
    method,
    serverUrl: serverUrl === null ? null : serverUrl.replace(/\/+$/, ''),
    dhcp: scope.inGroup('nocloud.dhcp', group.dhcp, builtIn(GROUP_DEFAULTS.nocloud.dhcp)),
    userData: scope.inGroup<Cluster['nocloud']['userData']>(
      'nocloud.user_data',
      group.user_data,
      method === 'ipconfig'
        ? derived('none', 'with nocloud.method ipconfig Proxmox writes its own')
        : derived('partial', `with nocloud.method ${method} the node learns its host name, and no secret`),
    ),
  };
}

function backends(
  file: ClusterFile,
  clusterName: string,
  scope: Scope,
): Pick<Cluster, 'ansible' | 'crossplane' | 'tofu'> {
  const { ansible = {}, crossplane = {}, tofu = {} } = file;
  const defaults = GROUP_DEFAULTS;
  return {
    ansible: {
      forks: scope.inGroup<number>('ansible.forks', ansible.forks, builtIn(defaults.ansible.forks)),
      restartIfNeeded: scope.inGroup<boolean>(
        'ansible.restart_if_needed',
        ansible.restart_if_needed,
        builtIn(defaults.ansible.restart_if_needed),
      ),
      waitTimeoutSeconds: scope.inGroup<number>(
        'ansible.wait_timeout',
        ansible.wait_timeout,
        builtIn(defaults.ansible.wait_timeout),
      ),
      taskTimeoutSeconds: scope.inGroup<number>(
        'ansible.task_timeout',
        ansible.task_timeout,
        builtIn(defaults.ansible.task_timeout),
      ),
    },
    crossplane: {
      context: scope.inGroup<string | null>('crossplane.context', crossplane.context, builtIn(null)),
      namespace: scope.inGroup<string>(
        'crossplane.namespace',
        crossplane.namespace,
        derived(clusterName, 'cluster_name'),
      ),
      group: scope.inGroup<string>('crossplane.group', crossplane.group, builtIn(defaults.crossplane.group)),
      style: scope.inGroup<'composition' | 'managed'>(
        'crossplane.style',
        crossplane.style,
        builtIn(defaults.crossplane.style),
      ),
    },
    tofu: {
      backend: scope.inGroup<'local' | 'http'>('tofu.backend', tofu.backend, builtIn(defaults.tofu.backend)),
      backendAddress: scope.inGroup<string | null>('tofu.backend_address', tofu.backend_address, builtIn(null)),
      encryption: scope.inGroup<boolean>('tofu.encryption', tofu.encryption, builtIn(defaults.tofu.encryption)),
      parallelism: scope.inGroup<number>('tofu.parallelism', tofu.parallelism, builtIn(defaults.tofu.parallelism)),
    },
  };
}
