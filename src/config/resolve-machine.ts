/** What every machine is told: the settings of the group `talos` that become documents as they are. */

import type { ClusterFile } from '../model/files.gen.ts';
import type { ApiAccess, MachineSettings, Texts } from '../model/machine-settings.ts';
import { GROUP_DEFAULTS } from './defaults.ts';
import { builtIn, inCluster, type Scope } from './origin.ts';

type Group = NonNullable<ClusterFile['talos']>;
type Written = Readonly<Record<string, string | number | boolean>>;

export function machineSettings(group: Group, scope: Scope): MachineSettings {
  const pick = <T>(key: keyof Group & string, value: T | undefined, fallback: T): T =>
    scope.pick(`talos.${key}`, [inCluster(value, `/talos/${key}`)], builtIn(fallback));
  const defaults = GROUP_DEFAULTS.talos;
  const args = pick<NonNullable<Group['extra_args']>>('extra_args', group.extra_args, defaults.extra_args);
  return {
    sysctls: texts(pick<Written>('sysctls', group.sysctls, defaults.sysctls)),
    registryMirrors: pick<MachineSettings['registryMirrors']>('registry_mirrors', group.registry_mirrors, defaults.registry_mirrors),
    kernelLogUrl: kernelLogUrl(pick<string | null>('kernel_log_url', group.kernel_log_url, null)),
    extraArgs: {
      kubelet: texts(args.kubelet),
      apiServer: texts(args.api_server),
      controllerManager: texts(args.controller_manager),
      scheduler: texts(args.scheduler),
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

/** A half of it is missing where it is wrong, which is reported. */
function apiAccess(written: Partial<NonNullable<Group['api_access']>> | null | undefined): ApiAccess | null {
  return written?.allowed_roles === undefined || written.allowed_namespaces === undefined
    ? null
    : { roles: written.allowed_roles, namespaces: written.allowed_namespaces };
}
