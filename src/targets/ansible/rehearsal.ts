/** Ansible against a simulated Proxmox VE. */

import type { VmCluster } from '../../model/cluster.ts';
import type { Rehearsal, RehearsalHost } from '../../model/rehearsal.ts';

export function ansibleRehearsal(target: RehearsalHost, cluster: VmCluster): Rehearsal {
  return {
    env: {
      PROXMOX_HOST: target.host,
      PROXMOX_PORT: String(target.port),
      PROXMOX_USER: target.user,
      PROXMOX_TOKEN_ID: target.tokenName,
      PROXMOX_TOKEN_SECRET: target.tokenSecret,
      // Every version of the collection reads this variable; some ignore `ca_path`.
      REQUESTS_CA_BUNDLE: target.caFile,
      ANSIBLE_LOCAL_TEMP: target.temporaryDirectory,
    },
    plainEnv: { ANSIBLE_NOCOLOR: '1' },
    // No guest boots, so nothing will ever answer on the Talos API port.
    args: { 'ansible-playbook': ['-e', 'proxmox_vm_wait=false'] },
    first: cluster.proxmox.templates.length > 0 ? ['template:create'] : [],
    files: {},
    shared: ['ansible/.collections'],
    // The collection is used where it is installed; without one the first playbook says so.
    prepare: () => [],
  };
}
