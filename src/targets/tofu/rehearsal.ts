/** OpenTofu and the bpg/proxmox provider against a simulated Proxmox VE. */

import type { Cluster } from '../../model/cluster.ts';
import type { Rehearsal, RehearsalHost } from '../../model/rehearsal.ts';

const PROVIDERS = 'tofu/.terraform/providers';

/** Keeps the state inside the rehearsal: it overrides the backend that is configured. */
const LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n';

export function tofuRehearsal(target: RehearsalHost, cluster: Cluster): Rehearsal {
  const common = {
    TF_IN_AUTOMATION: '1',
    TF_INPUT: '0',
    ...(cluster.tofu.encryption ? { TF_VAR_state_passphrase: 'state of a rehearsal' } : {}),
  };
  return {
    env: {
      TF_VAR_proxmox_endpoint: `https://${target.host}:${target.port}/`,
      PROXMOX_VE_API_TOKEN: `${target.user}!${target.tokenName}=${target.tokenSecret}`,
      SSL_CERT_FILE: target.caFile,
      // The provider reserves VM ids through files here, shared by all runs of a machine.
      TMPDIR: target.temporaryDirectory,
      ...common,
    },
    // It colours whatever it prints, into files too.
    plainEnv: { TF_CLI_ARGS: '-no-color' },
    args: {},
    first: [],
    files: { 'tofu/rehearsal_override.tf': LOCAL_STATE },
    shared: [PROVIDERS, 'tofu/.terraform.lock.hcl'],
    // Providers that `task tofu:init` fetched are taken from where they are: then no network is needed.
    prepare: (has) => [
      {
        argv: ['tofu', 'init', ...(has(PROVIDERS) ? [`-plugin-dir=${PROVIDERS.replace('tofu/', '')}`] : [])],
        cwd: 'tofu',
        env: common,
        exitCodes: {},
      },
    ],
  };
}
