/** Edges of the rules about Talos, Kubernetes, images and the settings of machines. */

import { edgesOf, each, metal, METAL_WARNS, vms, type Edge, type Fields } from './edge.ts';

const versions = (talos: string, kubernetes: string): Fields => ({
  talos_version: talos,
  kubernetes_version: kubernetes,
});
const ofTalos = (talos: Fields): Fields => ({ talos });
const advanced = (settings: Fields): Fields => ({ proxmox_vm_advanced: settings });
const image = (settings: Fields): Fields => ofTalos({ image: settings });

const AGENT = 'siderolabs/qemu-guest-agent';
/** The id of the schematic with the guest agent alone. */
const ID = 'ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515';
const OTHER_ID = '376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba';
const SECURE = { secureboot: true };

const releases = [
  ...edgesOf('TALOS_UNKNOWN', {
    'the oldest': {
      passes: [vms(versions('1.12.0', '1.35.0')), vms(versions('v1.12.99', 'v1.30.0'))],
      fails: vms(versions('1.11.9', '1.34.0')),
      at: 'cluster.yaml/talos_version',
      says: 'talos_version 1.11.9 is not one of the releases talmox renders for: 1.12, 1.13, 1.14',
    },
    'the newest': {
      passes: [vms(versions('1.14.0-alpha.1', '1.36.0')), vms(versions('1.14.7', '1.37.0'))],
      fails: vms(versions('1.15.0', '1.37.0')),
      at: 'cluster.yaml/talos_version',
      says: 'talos_version 1.15.0',
    },
    'another major': {
      fails: vms(versions('2.12.0', '1.35.0')),
      at: 'cluster.yaml/talos_version',
      says: 'talos_version 2.12.0',
    },
  }),
  ...edgesOf('KUBERNETES_UNSUPPORTED', {
    ...Object.fromEntries(
      [
        ['1.12', 30, 35, 'or Talos 1.13 or 1.14', null],
        ['1.13', 31, 36, 'or Talos 1.14', 'or Talos 1.12'],
        ['1.14', 32, 37, null, 'or Talos 1.12 or 1.13'],
      ].flatMap(([minor, first, last, above, below]) => {
        const talos = `${String(minor)}.3`;
        const passes = [vms(versions(talos, `1.${Number(first)}.0`)), vms(versions(talos, `1.${Number(last)}.99`))];
        const says = (kubernetes: string, advice: string | number | null | undefined): string =>
          `Talos ${String(minor)} runs Kubernetes 1.${Number(first)} to 1.${Number(last)}, not ${kubernetes}; write one of those` +
          (typeof advice === 'string' ? `, ${advice}` : '');
        const [older, newer] = [`1.${Number(first) - 1}.9`, `1.${Number(last) + 1}.0`];
        const at = 'cluster.yaml/kubernetes_version';
        return [
          [
            `older than for ${talos}`,
            { passes, fails: vms(versions(talos, older)), at, says: says(older, below), isEnd: true },
          ],
          [
            `newer than for ${talos}`,
            { passes, fails: vms(versions(talos, newer)), at, says: says(newer, above), isEnd: true },
          ],
        ];
      }),
    ),
    'another major': {
      fails: vms(versions('1.13.9', '2.33.0')),
      at: 'cluster.yaml/kubernetes_version',
      says: 'Talos 1.13 runs Kubernetes 1.31 to 1.36, not 2.33.0; write one of those',
    },
  }),
  ...edgesOf('AGENT_EXTENSION', {
    'on without it': {
      passes: [
        vms(advanced({ qemu_agent: true })),
        vms(ofTalos({ extensions: [] })),
        vms({ ...advanced({ qemu_agent: true }), schematic_id: OTHER_ID }),
        metal({ ...advanced({ qemu_agent: true }), ...ofTalos({ extensions: [] }) }),
      ],
      fails: vms({ ...advanced({ qemu_agent: true }), ...ofTalos({ extensions: [] }) }),
      at: 'cluster.yaml/proxmox_vm_advanced/qemu_agent',
      says: `qemu_agent is on, but ${AGENT} is not in talos.extensions: Proxmox waits for an agent that never answers`,
      besides: METAL_WARNS,
    },
    'off with it': {
      passes: vms({ ...advanced({ qemu_agent: false }), ...ofTalos({ extensions: [] }) }),
      fails: vms(advanced({ qemu_agent: false })),
      at: 'cluster.yaml/proxmox_vm_advanced/qemu_agent',
      says: `qemu_agent is off, but ${AGENT} is in talos.extensions; leave qemu_agent out`,
    },
    'one node with the image of the cluster is enough': {
      passes: vms(advanced({ qemu_agent: false }), { schematic_id: OTHER_ID }, { schematic_id: OTHER_ID }),
      fails: vms(advanced({ qemu_agent: false }), { schematic_id: OTHER_ID }),
      at: 'cluster.yaml/proxmox_vm_advanced/qemu_agent',
      says: 'qemu_agent is off',
    },
  }),
  ...edgesOf('EXTENSION_UNKNOWN', {
    'a name that was misspelt': {
      passes: vms(ofTalos({ extensions: ['siderolabs/iscsi-tools', 'siderolabs/zfs'] })),
      fails: vms(ofTalos({ extensions: ['siderolabs/zfs', 'siderolabs/iscsi-tool'] })),
      at: 'cluster.yaml/talos/extensions/1',
      says: 'siderolabs/iscsi-tool is not an official extension that talmox knows; did you mean siderolabs/iscsi-tools?',
    },
    'a name of nobody': {
      fails: vms(ofTalos({ extensions: ['example/something-of-our-own'] })),
      at: 'cluster.yaml/talos/extensions/0',
      says: 'example/something-of-our-own is not an official extension that talmox knows; the Image Factory refuses a name that it does not know',
    },
  }),
  ...edgesOf('EXTENSION_TOO_NEW', {
    ...Object.fromEntries(
      [
        ['1.13', '1.12', ['intel-npu', 'joydev', 'px-fuse', 'rockchip-rknn', 'uhid']] as const,
        ['1.14', '1.13', ['harbor-credential-provider', 'hyperv-guest-agent']] as const,
      ].flatMap(([first, before, names]) =>
        names.map((name) => {
          const settings = (minor: string): Fields => ({
            ...versions(`${minor}.2`, '1.35.0'),
            ...ofTalos({ extensions: [AGENT, `siderolabs/${name}`] }),
          });
          return [
            name,
            {
              passes: [vms(settings(first)), vms(settings('1.14'))],
              fails: vms(settings(before)),
              at: 'cluster.yaml/talos/extensions/1',
              says: `siderolabs/${name} comes with Talos ${first}, and talos_version is ${before}.2; leave it out or write a later version`,
            },
          ];
        }),
      ),
    ),
  }),
  ...edgesOf('KERNEL_MODULE_EXTENSION', {
    ...Object.fromEntries(
      (
        [
          ['nvidia', 'nonfree-kmod-nvidia-lts', 'nvidia'],
          ['nvidia_uvm', 'nvidia-open-gpu-kernel-modules-lts', 'nvidia'],
          ['zfs', 'zfs', 'zfs'],
          ['drbd', 'drbd', 'drbd'],
          ['drbd_transport_tcp', 'drbd', 'drbd'],
          ['gasket', 'gasket-driver', 'gasket-driver'],
          ['apex', 'gasket-driver', 'gasket-driver'],
        ] as const
      ).map(([module, extension, named]) => [
        module,
        {
          passes: [
            vms(ofTalos({ extensions: [AGENT, `siderolabs/${extension}`] }), {}, { kernel_modules: [module] }),
            vms({}, {}, { kernel_modules: [module], schematic_id: OTHER_ID }),
          ],
          fails: vms({}, {}, { kernel_modules: ['nbd', module] }),
          at: 'nodes.yaml/nodes/1/kernel_modules/1',
          says: `kernel module ${module} of w-1 is part of a system extension (${named}…), which is not in talos.extensions; add it`,
        },
      ]),
    ),
    'names that only look alike': {
      passes: vms({}, { kernel_modules: ['xnvidia', 'zfs2', 'xzfs', 'xdrbd', 'gasket2', 'apex1', 'xapex', 'nbd'] }),
      fails: vms({}, { kernel_modules: ['zfs zfs_arc_max=1'] }),
      at: 'nodes.yaml/nodes/0/kernel_modules/0',
      says: 'kernel module zfs of cp-1',
    },
  }),
];

const images = [
  ...edgesOf('SCHEMATIC_MISMATCH', {
    'beside talos.extensions': {
      passes: [
        vms({ schematic_id: ID, ...ofTalos({ extensions: [AGENT] }) }),
        vms({ schematic_id: OTHER_ID }),
        vms({ schematic_id: OTHER_ID, ...ofTalos({ cni: 'flannel' }) }),
      ],
      fails: vms({ schematic_id: OTHER_ID, ...ofTalos({ extensions: [AGENT] }) }),
      at: 'cluster.yaml/schematic_id',
      says: `schematic_id 376567988ad3… is not the id that talos.extensions, talos.kernel_args and talos.image make (${ID}); leave one of them out`,
    },
    'beside a fault elsewhere': {
      fails: vms({ schematic_id: OTHER_ID, node_ntp_servers: 5, ...ofTalos({ extensions: [AGENT] }) }),
      at: 'cluster.yaml/schematic_id',
      says: 'leave one of them out',
      besides: ['SCHEMA_TYPE'],
    },
    'beside talos.kernel_args': {
      passes: vms({ schematic_id: ID, ...ofTalos({ kernel_args: [] }) }),
      fails: vms({ schematic_id: OTHER_ID, ...ofTalos({ kernel_args: [] }) }),
      at: 'cluster.yaml/schematic_id',
      says: ID,
    },
    'beside talos.image': {
      passes: vms({ schematic_id: ID, ...image({}) }),
      fails: vms({ schematic_id: OTHER_ID, ...image({}) }),
      at: 'cluster.yaml/schematic_id',
      says: ID,
    },
  }),
  ...edgesOf('SCHEMATIC_OF_NODE', {
    'another one than that of the cluster': {
      passes: [
        vms(ofTalos({ extensions: [AGENT] }), {}, { schematic_id: ID }),
        vms({}, {}, { schematic_id: OTHER_ID }),
      ],
      fails: vms(ofTalos({ extensions: [AGENT] }), {}, { schematic_id: OTHER_ID }),
      at: 'nodes.yaml/nodes/1/schematic_id',
      says:
        `schematic_id 376567988ad3… of w-1 is not the id that talos.extensions, talos.kernel_args and talos.image make (${ID}), ` +
        'so they do not apply to w-1; leave it out unless w-1 is meant to have another image',
    },
  }),
  ...edgesOf('IMAGE_NOT_FOR_VM', {
    'an overlay': {
      passes: [
        metal(image({ overlay: { image: 'siderolabs/sbc-rock', name: 'rock' } })),
        vms(
          image({ overlay: { image: 'siderolabs/sbc-rock', name: 'rock' } }),
          { schematic_id: OTHER_ID },
          { schematic_id: OTHER_ID },
        ),
      ],
      fails: vms(image({ overlay: { image: 'siderolabs/sbc-rock', name: 'rock' } })),
      at: 'cluster.yaml/talos/image/overlay',
      says: 'overlay rock is for a single-board computer, and cp-1 is a VM; leave it out',
      besides: [...METAL_WARNS, 'SCHEMATIC_OF_NODE'],
    },
    'larger sectors': {
      passes: [vms(image({ sector_size: 512 })), metal(image({ sector_size: 4096 }))],
      fails: vms(image({ sector_size: 4096 }), { schematic_id: OTHER_ID }),
      at: 'cluster.yaml/talos/image/sector_size',
      says: 'a disk image with sectors of 4096 bytes does not start in w-1, whose virtual disk has sectors of 512; leave sector_size out',
      besides: [...METAL_WARNS, 'SCHEMATIC_OF_NODE'],
    },
  }),
  ...edgesOf('BOOTLOADER_FIRMWARE', {
    'sd-boot needs UEFI': {
      passes: [
        vms(image({ bootloader: 'sd-boot' })),
        vms({ ...image({ bootloader: 'dual-boot' }), ...advanced({ bios: 'seabios' }) }),
        vms({ ...image({ bootloader: 'grub' }), ...advanced({ bios: 'seabios' }) }),
        metal({ ...image({ bootloader: 'sd-boot' }), ...advanced({ bios: 'seabios' }) }),
      ],
      fails: vms({ ...image({ bootloader: 'sd-boot' }), ...advanced({ bios: 'seabios' }) }),
      at: 'cluster.yaml/talos/image/bootloader',
      says: 'bootloader sd-boot does not start on cp-1: it has bios seabios, and sd-boot needs UEFI; write dual-boot, or bios: ovmf',
      besides: METAL_WARNS,
    },
    ...each(['dual-boot', 'grub'], (bootloader) => ({
      passes: [vms(image({ bootloader: 'sd-boot' }), {}, SECURE), vms(image({ bootloader }))],
      fails: vms(image({ bootloader }), {}, SECURE),
      at: 'cluster.yaml/talos/image/bootloader',
      says: `bootloader ${bootloader} does not start on w-1: it has secureboot, which only sd-boot can do; write sd-boot, or leave bootloader out`,
    })),
  }),
  ...edgesOf('SECUREBOOT_OPTIONS', {
    enroll_keys: {
      passes: [vms(image({ enroll_keys: 'force' }), {}, SECURE), vms(image({ well_known_certificates: false }))],
      fails: vms(image({ enroll_keys: 'off' })),
      at: 'cluster.yaml/talos/image/enroll_keys',
      says: 'talos.image.enroll_keys has no effect, as no node has secureboot; write secureboot: true on a node, or leave it out',
    },
    well_known_certificates: {
      passes: vms(image({ well_known_certificates: true }), SECURE),
      fails: vms(image({ well_known_certificates: true })),
      at: 'cluster.yaml/talos/image/well_known_certificates',
      says: 'talos.image.well_known_certificates has no effect',
    },
  }),
];

/** What Talos sets itself, as its merge policies have it. */
const RESERVED: Readonly<Record<string, string>> = {
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
const RESERVED_FIELDS =
  'apiVersion authentication authorization cgroupRoot kind kubeletCgroups port protectKernelDefaults resolvConf ' +
  'rotateCertificates systemCgroups staticPodPath seccompDefault';

const OIDC: Fields = { kubernetes_oidc_enabled: true, cloudflare_domain: 'example.org', keycloak_realm: 'home' };
const label = (key: string): Fields => ({ labels: { [key]: 'x' } });
const RECIPIENT = 'age18y2wyhtnf3d0y08524ydu03sszukc7glcw5gn7g7khlvrhl0zy3qxv34rq';
const PLUGIN = 'age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t';

const settings = [
  ...edgesOf('ARGUMENT_OF_TALOS', {
    ...Object.fromEntries(
      Object.entries(RESERVED).flatMap(([component, flags]) =>
        flags.split(' ').map((flag) => [
          `${component} ${flag}`,
          {
            passes: vms(ofTalos({ extra_args: { [component]: { 'v-other': '1' } } })),
            fails: vms(ofTalos({ extra_args: { [component]: { [flag]: 'x' } } })),
            at: `cluster.yaml/talos/extra_args/${component}/${flag}`,
            says: `${flag} of the ${component.replace('_', ' ')} is set by Talos itself, which does not start the component when it is written here; leave it out`,
          },
        ]),
      ),
    ),
    ...each(RESERVED_FIELDS.split(' '), (field) => ({
      passes: vms(ofTalos({ kubelet_config: { maxPods: 200 } })),
      fails: vms(ofTalos({ kubelet_config: { [field]: 'x' } })),
      at: `cluster.yaml/talos/kubelet_config/${field}`,
      says: `${field} of the kubelet is set by Talos itself`,
    })),
    'a flag that only another component has taken': {
      passes: vms(ofTalos({ extra_args: { scheduler: { 'tls-cert-file': 'x' }, etcd: { kubeconfig: 'x' } } })),
      fails: vms(ofTalos({ extra_args: { controller_manager: { kubeconfig: 'x' } } })),
      at: 'cluster.yaml/talos/extra_args/controller_manager/kubeconfig',
      says: 'kubeconfig of the controller manager',
    },
  }),
  ...edgesOf('OIDC_INCOMPLETE', {
    'without a realm': {
      passes: [vms(OIDC), vms({ kubernetes_oidc_enabled: false }), vms({ cloudflare_domain: 'example.org' })],
      fails: vms({ ...OIDC, keycloak_realm: undefined }),
      at: 'cluster.yaml/kubernetes_oidc_enabled',
      says: 'kubernetes_oidc_enabled needs keycloak_realm: the URL of the issuer is made of them; write them, or the flags oidc-* in talos.extra_args.api_server',
    },
    'without a domain': {
      fails: vms({ ...OIDC, cloudflare_domain: undefined }),
      at: 'cluster.yaml/kubernetes_oidc_enabled',
      says: 'kubernetes_oidc_enabled needs cloudflare_domain:',
    },
    'without both': {
      fails: vms({ kubernetes_oidc_enabled: true }),
      at: 'cluster.yaml/kubernetes_oidc_enabled',
      says: 'needs cloudflare_domain and keycloak_realm:',
    },
    ...each(['a b', 'example.org:99999', 'example..org'], (domain) => ({
      passes: vms({ ...OIDC, cloudflare_domain: 'example.org:8443' }),
      fails: vms({ ...OIDC, cloudflare_domain: domain }),
      at: 'cluster.yaml/kubernetes_oidc_enabled',
      says: `sso.${domain}/realms/home" is no URL; correct keycloak_subdomain`,
    })),
    'the name in front of the domain': {
      passes: vms({ ...OIDC, keycloak_subdomain: 'id.home' }),
      fails: vms({ ...OIDC, keycloak_subdomain: '.id' }),
      at: 'cluster.yaml/kubernetes_oidc_enabled',
      says: '"https://.id.example.org/realms/home" is no URL',
    },
    'a realm with a space': {
      passes: vms({ ...OIDC, keycloak_realm: 'my%20home' }),
      fails: vms({ ...OIDC, keycloak_realm: 'my home' }),
      at: 'cluster.yaml/kubernetes_oidc_enabled',
      says: 'is no URL',
    },
  }),
  ...edgesOf('LABEL_RESTRICTED', {
    ...each(
      [
        'kubernetes.io/role',
        'k8s.io/x',
        'node-role.kubernetes.io/worker',
        'a.k8s.io/x',
        'topology.kubernetes.io/other',
        'failure-domain.beta.kubernetes.io/x',
        'xkubelet.kubernetes.io/x',
        'kubelet.kubernetes.io.k8s.io/x',
      ],
      (key) => ({
        passes: vms({}, label(key)),
        fails: vms({}, {}, label(key)),
        at: `nodes.yaml/nodes/1/labels/${key.replace('/', '~1')}`,
        says: `worker w-1 may not give itself the label ${key}; set it with kubectl, or use a prefix of your own such as example.org/`,
      }),
    ),
    ...each(
      [
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
        'kubelet.kubernetes.io/x',
        'a.kubelet.kubernetes.io/x',
        'node.kubernetes.io/x',
        'a.node.kubernetes.io/x',
        'example.org/x',
        'kubernetes.io.example.org/x',
        'mykubernetes.io/x',
        'kubernetes.io',
      ],
      (key) => ({
        passes: vms({}, {}, label(key)),
        fails: vms({}, {}, { labels: { [key]: 'x', 'x.kubernetes.io/y': 'z' } }),
        at: 'nodes.yaml/nodes/1/labels/x.kubernetes.io~1y',
        says: 'the label x.kubernetes.io/y;',
      }),
    ),
  }),
  ...edgesOf('KERNEL_MODULE_DUPLICATE', {
    'with a dash or an underscore': {
      passes: vms({}, { kernel_modules: ['br_netfilter', 'nbd'] }, { kernel_modules: ['br_netfilter'] }),
      fails: vms({}, {}, { kernel_modules: ['nf_a_b', 'nbd', 'nf-a-b x=1'] }),
      at: 'nodes.yaml/nodes/1/kernel_modules/2',
      says: 'kernel module nf_a_b of w-1 (nodes.yaml:1:',
    },
  }),
  ...edgesOf('TAINT_DUPLICATE', {
    'with another value and effect': {
      passes: vms({}, { taints: ['a=1:NoSchedule', 'b=1:NoSchedule'] }, { taints: ['a=1:NoSchedule'] }),
      fails: vms({}, {}, { taints: ['a=1:NoSchedule', 'b:NoSchedule', 'a=2:NoExecute'] }),
      at: 'nodes.yaml/nodes/1/taints/2',
      says: 'taint a of w-1 (nodes.yaml:1:',
    },
  }),
  ...edgesOf('SYSCTL_DUPLICATE', {
    'with dots or slashes': {
      passes: vms(ofTalos({ sysctls: { 'vm.swappiness': 1, 'vm.dirty_ratio': 1 } })),
      fails: vms(ofTalos({ sysctls: { 'vm.swappiness': 1, 'vm/swappiness': 2 } })),
      at: 'cluster.yaml/talos/sysctls/vm~1swappiness',
      says: 'kernel parameter vm/swappiness is the same as vm.swappiness (cluster.yaml:1:',
    },
    'the first separator decides': {
      passes: vms(ofTalos({ sysctls: { 'net.ipv4.conf.eth0/10.mtu': 1, 'net.ipv4.conf.eth0.10.mtu': 1 } })),
      fails: vms(ofTalos({ sysctls: { 'net.ipv4.conf.eth0/10.mtu': 1, 'net/ipv4/conf/eth0.10/mtu': 1 } })),
      at: 'cluster.yaml/talos/sysctls/net~1ipv4~1conf~1eth0.10~1mtu',
      says: 'is the same as net.ipv4.conf.eth0/10.mtu',
    },
  }),
  ...edgesOf('AGE_RECIPIENT', {
    'one letter': {
      passes: [vms(ofTalos({ age_recipients: [RECIPIENT] })), vms(ofTalos({ age_recipients: [PLUGIN] }))],
      fails: vms(ofTalos({ age_recipients: [RECIPIENT, `${RECIPIENT.slice(0, -1)}r`] })),
      at: 'cluster.yaml/talos/age_recipients/1',
      says: 'age recipient age18y2wyhtn… has a typing error or is not complete; copy it again from age-keygen -y',
    },
    'a checksum that is right and a length that is not': {
      // 31 bytes instead of 32, with their checksum.
      fails: vms(ofTalos({ age_recipients: ['age1qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qurswpc8qunndjpz'] })),
      at: 'cluster.yaml/talos/age_recipients/0',
      says: 'age recipient age1qurswpc8… has a typing error',
    },
  }),
];

export const talosEdges: readonly Edge[] = [...releases, ...images, ...settings];
