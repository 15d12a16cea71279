/** Settings of the group `talos` for every machine, which become documents as they are. */

import type { ClusterFile } from '../model/files.gen.ts';
import type { ApiAccess, MachineSettings, Texts } from '../model/machine-settings.ts';
import { GROUP_DEFAULTS } from './defaults.ts';
import { oidcArgs } from './oidc.ts';
import { builtIn, derived, type Scope } from './origin.ts';

type Group = NonNullable<ClusterFile['talos']>;
type Written = Readonly<Record<string, string | number | boolean>>;

/** Where the collector of a cluster with `loki_enabled` listens on each node: a convention of that community. */
const COLLECTOR = 'udp://127.0.0.1:6051';

export function machineSettings(file: ClusterFile, scope: Scope): MachineSettings {
  const group = file.talos ?? {};
  const pick = <T>(key: keyof Group & string, value: T | undefined, fallback: T): T =>
    scope.inGroup(`talos.${key}`, value, builtIn(fallback));
  const defaults = GROUP_DEFAULTS.talos;
  const args = pick<NonNullable<Group['extra_args']>>('extra_args', group.extra_args, defaults.extra_args);
  return {
    sysctls: texts(pick<Written>('sysctls', group.sysctls, defaults.sysctls)),
    registryMirrors: pick<MachineSettings['registryMirrors']>(
      'registry_mirrors',
      group.registry_mirrors,
      defaults.registry_mirrors,
    ),
    kernelLogUrl: kernelLogUrl(pick<string | null>('kernel_log_url', group.kernel_log_url, null)),
    serviceLogUrl: scope.inGroup<string | null>(
      'talos.service_log_url',
      group.service_log_url,
      file.loki_enabled === true ? derived(COLLECTOR, 'loki_enabled') : builtIn(null),
    ),
    kubeletConfig: pick<MachineSettings['kubeletConfig']>(
      'kubelet_config',
      group.kubelet_config,
      defaults.kubelet_config,
    ),
    containerdConfig: asLines(pick<string | null>('containerd_config', group.containerd_config, null)),
    hostDnsOnLoopback: pick<boolean>('host_dns_on_loopback', group.host_dns_on_loopback, defaults.host_dns_on_loopback),
    extraArgs: {
      kubelet: texts(args.kubelet),
      apiServer: { ...oidcArgs(file, scope), ...texts(args.api_server) },
      controllerManager: texts(args.controller_manager),
      scheduler: texts(args.scheduler),
      etcd: texts(args.etcd),
    },
    admissionControl: pick<boolean>('admission_control', group.admission_control, defaults.admission_control),
    apiAccess: apiAccess(pick<Group['api_access'] | null>('api_access', group.api_access, null)),
  };
}

function texts(written: Written = {}): Texts {
  return Object.fromEntries(Object.entries(written).map(([key, value]) => [key, String(value)]));
}

function kernelLogUrl(written: string | null): string | null {
  return written === null || written.endsWith('/') ? written : `${written}/`;
}

function asLines(text: string | null): string | null {
  return text === null ? null : `${text.trimEnd()}\n`;
}

/** A part that is wrong is missing here, which is reported. */
function apiAccess(written: Partial<NonNullable<Group['api_access']>> | null | undefined): ApiAccess | null {
  return written?.allowed_roles === undefined || written.allowed_namespaces === undefined
    ? null
    : { roles: written.allowed_roles, namespaces: written.allowed_namespaces };
}
