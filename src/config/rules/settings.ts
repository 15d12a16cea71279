/** Rules about settings of machines and of Kubernetes that Talos takes and then fails on. */

import { hasBech32Checksum } from '../../model/bech32.ts';
import { pointerSegment } from '../../model/pointer.ts';
import { nodePointer, type Finding, type RuleContext, type RuleRow } from '../../model/rule.ts';
import { shown, shownKey } from '../../model/shown.ts';
import { FORMATS } from '../formats.ts';
import { oidcIssuer } from '../oidc.ts';
import { clashes, inCluster, inNodes, place, type Owned } from './finding.ts';

type Component = keyof NonNullable<NonNullable<RuleContext['clusterFile']['talos']>['extra_args']>;

/** Source: siderolabs/talos internal/app/machined/pkg, the merge policies of controllers/k8s and system/services/etcd.go. */
const TALOS_ARGS: Readonly<Record<Component, string>> = {
  kubelet: 'bootstrap-kubeconfig kubeconfig container-runtime container-runtime-endpoint config cert-dir',
  api_server:
    'etcd-servers client-ca-file requestheader-client-ca-file proxy-client-cert-file proxy-client-key-file ' +
    'encryption-provider-config etcd-cafile etcd-certfile etcd-keyfile kubelet-client-certificate kubelet-client-key ' +
    'service-account-key-file service-account-signing-key-file tls-cert-file tls-min-version tls-private-key-file ' +
    'authorization-config',
  controller_manager:
    'cluster-signing-cert-file cluster-signing-key-file authentication-kubeconfig authorization-kubeconfig root-ca-file ' +
    'service-account-private-key-file kubeconfig',
  scheduler: 'kubeconfig authentication-kubeconfig authorization-kubeconfig config',
  etcd:
    'name auto-tls peer-auto-tls data-dir listen-peer-urls listen-client-urls client-cert-auth cert-file key-file ' +
    'trusted-ca-file peer-client-cert-auth peer-cert-file peer-key-file peer-trusted-ca-file',
};

/** Source: siderolabs/talos pkg/machinery/kubelet. */
const TALOS_KUBELET_FIELDS =
  'apiVersion authentication authorization cgroupRoot kind kubeletCgroups port protectKernelDefaults resolvConf ' +
  'rotateCertificates systemCgroups staticPodPath seccompDefault';

/** Talos accepts such a configuration, and then does not start the component. */
function argOfTalos({ clusterFile, refused }: RuleContext): Finding[] {
  if (refused.has('talos')) return [];
  const { extra_args: args = {}, kubelet_config: kubelet = {} } = clusterFile.talos ?? {};
  const finding = (path: string, key: string, what: string): Finding =>
    inCluster(
      `/talos/${path}/${pointerSegment(key)}`,
      `${key} of the ${what} is set by Talos itself, which does not start the component when it is written here; leave it out`,
    );
  const taken = (written: object | undefined, reserved: string): string[] =>
    Object.keys(written ?? {}).filter((key) => reserved.split(' ').includes(key));
  return [
    ...(Object.keys(TALOS_ARGS) as Component[]).flatMap((component) =>
      taken(args[component], TALOS_ARGS[component]).map((flag) =>
        finding(`extra_args/${component}`, flag, component.replace('_', ' ')),
      ),
    ),
    ...taken(kubelet, TALOS_KUBELET_FIELDS).map((field) => finding('kubelet_config', field, 'kubelet')),
  ];
}

/** Without one of them the API server would accept no tokens. */
function oidcIncomplete({ clusterFile, refused }: RuleContext): Finding[] {
  const parts = ['cloudflare_domain', 'keycloak_realm'] as const;
  if (clusterFile.kubernetes_oidc_enabled !== true || parts.some((key) => refused.has(key))) return [];
  const missing = parts.filter((key) => clusterFile[key] === undefined);
  const issuer = oidcIssuer(clusterFile);
  if (missing.length > 0) {
    return [
      inCluster(
        '/kubernetes_oidc_enabled',
        `kubernetes_oidc_enabled needs ${missing.join(' and ')}: the URL of the issuer is made of them; write them, or the flags oidc-* in talos.extra_args.api_server`,
      ),
    ];
  }
  return issuer === null || FORMATS['https-url']?.test(issuer) === true
    ? []
    : [
        inCluster(
          '/kubernetes_oidc_enabled',
          `${shown(issuer)} is no URL; correct keycloak_subdomain, cloudflare_domain or keycloak_realm`,
        ),
      ];
}

/** What a kubelet may say about its own node. Source: Kubernetes, admission plugin NodeRestriction. */
const ALLOWED_LABELS = [
  'kubernetes.io/hostname',
  'kubernetes.io/arch',
  'kubernetes.io/os',
  'beta.kubernetes.io/instance-type',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'node.kubernetes.io/instance-type',
  'failure-domain.beta.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone',
];

function isRestricted(label: string): boolean {
  const prefix = label.includes('/') ? label.slice(0, label.indexOf('/')) : '';
  if (!/(?:^|\.)(?:kubernetes|k8s)\.io$/.test(prefix) || ALLOWED_LABELS.includes(label)) return false;
  return !/(?:^|\.)(?:kubelet|node)\.kubernetes\.io$/.test(prefix);
}

/** The kubelet of a worker sets its labels. The API server refuses such a label from it, and then all others too. */
function labelRestricted({ cluster }: RuleContext): Finding[] {
  return cluster.nodes
    .filter(({ role }) => role === 'worker')
    .flatMap((node) =>
      Object.keys(node.labels)
        .filter(isRestricted)
        .map((label) =>
          inNodes(
            nodePointer(node, `labels/${pointerSegment(label)}`),
            `worker ${node.name} may not give itself the label ${label}; set it with kubectl, or use a prefix of your own such as example.org/`,
          ),
        ),
    );
}

/** Talos keeps one entry for each module name, and to Linux a dash in it is an underscore. */
function moduleDuplicate(context: RuleContext): Finding[] {
  return context.cluster.nodes.flatMap((node) => {
    const modules = node.kernelModules.map(({ name }, position): Owned => ({
      value: name.replaceAll('-', '_'),
      owner: node.name,
      file: 'nodes.yaml',
      pointer: nodePointer(node, `kernel_modules/${position}`),
    }));
    return clashes(modules).map(({ first, later }) =>
      inNodes(
        later.pointer,
        `kernel module ${shownKey(later.value)} of ${place(context, first)} is written twice; write it once, with all its parameters`,
      ),
    );
  });
}

/** Talos keeps one taint for each key: of two with one key, one is lost. */
function taintDuplicate(context: RuleContext): Finding[] {
  return context.cluster.nodes.flatMap((node) => {
    const taints = node.taints.map(({ key }, position): Owned => ({
      value: key,
      owner: node.name,
      file: 'nodes.yaml',
      pointer: nodePointer(node, `taints/${position}`),
    }));
    return clashes(taints).map(({ first, later }) =>
      inNodes(
        later.pointer,
        `taint ${shownKey(later.value)} of ${place(context, first)} is written twice, and Talos keeps one for each key; leave one of them out`,
      ),
    );
  });
}

/** As sysctl reads a name, the first separator decides: net/ipv4/conf/eth0.10/mtu is net.ipv4.conf.eth0/10.mtu. */
function pathOfSysctl(name: string): string {
  return /[./]/.exec(name)?.[0] === '/' ? name : name.replace(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
}

function sysctlDuplicate(context: RuleContext): Finding[] {
  if (context.refused.has('talos')) return [];
  const sysctls = Object.keys(context.clusterFile.talos?.sysctls ?? {}).map((name): Owned => ({
    value: pathOfSysctl(name),
    owner: name,
    file: 'cluster.yaml',
    pointer: `/talos/sysctls/${pointerSegment(name)}`,
  }));
  return clashes(sysctls).map(({ first, later }) =>
    inCluster(
      later.pointer,
      `kernel parameter ${shownKey(later.owner)} is the same as ${place(context, first)}; leave one of them out`,
    ),
  );
}

/** With one recipient that it cannot read, sops encrypts for nobody. Recipients of plugins have a name and any length. */
function ageRecipient({ clusterFile, refused }: RuleContext): Finding[] {
  if (refused.has('talos')) return [];
  return (clusterFile.talos?.age_recipients ?? []).flatMap((recipient, position) => {
    const isOfPlugin = recipient.lastIndexOf('1') > 'age'.length;
    if (hasBech32Checksum(recipient) && (isOfPlugin || recipient.length === 62)) return [];
    return [
      inCluster(
        `/talos/age_recipients/${position}`,
        `age recipient ${recipient.slice(0, 12)}… has a typing error or is not complete; copy it again from age-keygen -y`,
      ),
    ];
  });
}

export const settingRules = [
  {
    code: 'ARGUMENT_OF_TALOS',
    severity: 'error',
    summary: 'What Talos sets itself is not among talos.extra_args and talos.kubelet_config.',
    check: argOfTalos,
  },
  {
    code: 'OIDC_INCOMPLETE',
    severity: 'error',
    summary: 'With kubernetes_oidc_enabled the URL of the issuer is complete.',
    check: oidcIncomplete,
  },
  {
    code: 'LABEL_RESTRICTED',
    severity: 'warning',
    summary: 'A worker has no label that only an administrator may set.',
    check: labelRestricted,
  },
  {
    code: 'KERNEL_MODULE_DUPLICATE',
    severity: 'error',
    summary: 'The kernel modules of a node are different.',
    check: moduleDuplicate,
  },
  { code: 'TAINT_DUPLICATE', severity: 'error', summary: 'A node has one taint for each key.', check: taintDuplicate },
  {
    code: 'SYSCTL_DUPLICATE',
    severity: 'error',
    summary: 'A kernel parameter is set once, with dots or with slashes.',
    check: sysctlDuplicate,
  },
  {
    code: 'AGE_RECIPIENT',
    severity: 'error',
    summary: 'The checksum and the length of an age recipient are right.',
    check: ageRecipient,
  },
] as const satisfies readonly RuleRow[];
