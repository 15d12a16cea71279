/**
 * Official system extensions by the Talos minor that first has them; none has been dropped since.
 * Source: the Image Factory's lists for every release up to 1.12.10, 1.13.7 and 1.14.0-alpha.2.
 * A patch release may bring one that is not here.
 */

const PREFIX = 'siderolabs/';

const SINCE: readonly (readonly [minor: string, names: readonly string[]])[] = [
  [
    '1.12',
    [
      'amazon-ena',
      'amd-ucode',
      'amdgpu',
      'binfmt-misc',
      'bird2',
      'bnx2-bnx2x',
      'btrfs',
      'chelsio-drivers',
      'chelsio-firmware',
      'cloudflared',
      'crun',
      'ctr',
      'drbd',
      'dvb-cx23885',
      'dvb-m88ds3103',
      'ecr-credential-provider',
      'fuse3',
      'gasket-driver',
      'glibc',
      'gpio-pinctrl',
      'gvisor',
      'gvisor-debug',
      'hailort',
      'hello-world-service',
      'i915',
      'intel-ice-firmware',
      'intel-ucode',
      'iscsi-tools',
      'kata-containers',
      'lldpd',
      'mdadm',
      'mei',
      'mellanox-mstflint',
      'metal-agent',
      'multipath-tools',
      'nebula',
      'netbird',
      'newt',
      'nfs-utils',
      'nfsd',
      'nfsrahead',
      'nonfree-kmod-nvidia-lts',
      'nonfree-kmod-nvidia-production',
      'nut-client',
      'nvidia-container-toolkit-lts',
      'nvidia-container-toolkit-production',
      'nvidia-fabricmanager-lts',
      'nvidia-fabricmanager-production',
      'nvidia-gdrdrv-device',
      'nvidia-open-gpu-kernel-modules-lts',
      'nvidia-open-gpu-kernel-modules-production',
      'nvme-cli',
      'panfrost',
      'qemu-guest-agent',
      'qlogic-firmware',
      'realtek-firmware',
      'revpi-firmware',
      'soci-snapshotter',
      'spin',
      'stargz-snapshotter',
      'tailscale',
      'tenstorrent',
      'thunderbolt',
      'trident-iscsi-tools',
      'uinput',
      'usb-audio-drivers',
      'usb-modem-drivers',
      'util-linux-tools',
      'v4l-uvc-drivers',
      'vc4',
      'vmtoolsd-guest-agent',
      'wasmedge',
      'xdma-driver',
      'xe',
      'xen-guest-agent',
      'youki',
      'zerotier',
      'zfs',
    ],
  ],
  ['1.13', ['intel-npu', 'joydev', 'px-fuse', 'rockchip-rknn', 'uhid']],
  ['1.14', ['harbor-credential-provider', 'hyperv-guest-agent']],
];

const FIRST_MINOR: ReadonlyMap<string, string> = new Map(
  SINCE.flatMap(([minor, names]) => names.map((name): [string, string] => [PREFIX + name, minor])),
);

export const EXTENSIONS: readonly string[] = [...FIRST_MINOR.keys()];

/** `1.13`: the first Talos minor that has the extension, no earlier than the first talmox renders for; `null`: unknown. */
export function firstMinorWith(extension: string): string | null {
  return FIRST_MINOR.get(extension) ?? null;
}
