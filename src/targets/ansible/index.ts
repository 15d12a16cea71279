/** Ansible with community.proxmox: one inventory host per VM. */

import { asVmCluster, type VmCluster } from '../../model/cluster.ts';
import type { Backend } from '../../model/target.ts';
import { unsafe } from '../../model/yaml-value.ts';
import { ANSIBLE_NEEDS, privilegesOf } from '../privileges.ts';
import { tokenScript } from '../token-script.ts';
import { hostVars } from './host-vars.ts';
import { imageOn } from './images.ts';
import { ansibleRehearsal } from './rehearsal.ts';
import { ansibleRules } from './rules.ts';
import { ansibleTasks } from './tasks.ts';
import { VERSIONS } from './versions.ts';

const INSTALL = `python3 -m pip install "ansible>=${VERSIONS.ansible.minimum}" proxmoxer requests`;
const CORE_MINIMUM = `${VERSIONS.core.minimum}.0`;

export const ansible = {
  name: 'ansible',
  summary: 'VMs through playbooks for community.proxmox, without any state',
  rules: ansibleRules,
  tools: [
    {
      name: 'ansible-playbook',
      purpose: 'running the playbooks',
      versionArgs: ['--version'],
      minimum: CORE_MINIMUM,
      install: INSTALL,
    },
    {
      name: 'ansible-galaxy',
      purpose: 'installing the collection',
      versionArgs: ['--version'],
      minimum: CORE_MINIMUM,
      install: INSTALL,
    },
  ],
  includes: () => true,
  view: (cluster) => view(asVmCluster(cluster)),
  nodeView: () => ({}),
  tasks: ansibleTasks,
  rehearsal: ansibleRehearsal,
  privileges: (cluster) => privilegesOf(ANSIBLE_NEEDS, cluster),
  leftOut: {},
} satisfies Backend;

function view(cluster: VmCluster): Readonly<Record<string, unknown>> {
  return {
    versions: VERSIONS,
    inventory: [inventory(cluster)],
    variables: [variables(cluster)],
    tokenScript: tokenScript(cluster, privilegesOf(ANSIBLE_NEEDS, cluster)),
  };
}

/**
 * To Ansible every string with a mark of Jinja is a template. What comes from the inputs is data, so all of it goes
 * through `unsafe`; the expressions beside it are constants and name it by its variable.
 */
function inventory(cluster: VmCluster): Readonly<Record<string, unknown>> {
  const hosts = (role: string): unknown =>
    unsafe(
      Object.fromEntries(
        // The VM gets the name that its host has here.
        cluster.nodes.filter((node) => node.role === role).map((node) => [node.vm.name, hostVars(cluster, node)]),
      ),
    );
  return {
    all: {
      children: {
        talos: {
          // Talos has no shell: every task runs here and talks to the API.
          vars: { ansible_connection: 'local', ansible_python_interpreter: '{{ ansible_playbook_python }}' },
          children: {
            // Filled by the playbook that restarts.
            proxmox_vm_waiting: {},
            talos_controlplane: { hosts: hosts('controlplane') },
            talos_worker: { hosts: hosts('worker') },
          },
        },
      },
    },
  };
}

/** Variable of the playbooks -> the variable of the environment that goes before what cluster.yaml says. */
const FROM_ENVIRONMENT = {
  host: 'PROXMOX_HOST',
  port: 'PROXMOX_PORT',
  user: 'PROXMOX_USER',
  token_id: 'PROXMOX_TOKEN_ID',
} as const;

function variables(cluster: VmCluster): Readonly<Record<string, unknown>> {
  const { name, proxmox, ansible: settings } = cluster;
  const api: Readonly<Record<keyof typeof FROM_ENVIRONMENT, string>> = {
    host: proxmox.apiHost,
    port: String(proxmox.apiPort),
    user: proxmox.apiUser ?? '',
    token_id: proxmox.apiTokenName ?? '',
  };
  const expressions = Object.entries(FROM_ENVIRONMENT).map(([key, variable]): [string, string] => [
    `proxmox_vm_api_${key}`,
    `{{ lookup('ansible.builtin.env', '${variable}') | default(proxmox_vm_api_written.${key}, true) }}`,
  ]);
  return {
    proxmox_vm_cluster: unsafe(name),
    proxmox_vm_api_written: unsafe(api),
    ...Object.fromEntries(expressions),
    proxmox_vm_minimum_core: VERSIONS.core.minimum,
    proxmox_vm_minimum_collection: VERSIONS.collection.minimum,
    proxmox_vm_validate_certs: !proxmox.insecure,
    proxmox_vm_restart_if_needed: settings.restartIfNeeded,
    proxmox_vm_wait_timeout: settings.waitTimeoutSeconds,
    proxmox_vm_task_timeout: settings.taskTimeoutSeconds,
    proxmox_vm_templates: unsafe(templates(cluster)),
  };
}

function templates({ nocloud, proxmox }: VmCluster): Readonly<Record<string, unknown>>[] {
  return proxmox.templates.map((template) => {
    const image = proxmox.images.find(({ key }) => key === template.imageKey);
    return {
      id: template.vmId,
      name: template.name,
      node: template.pveNode,
      storage: template.storage,
      bridge: template.bridge,
      bios: template.bios,
      machine: template.machine,
      // A clone keeps its template's drives: there is one exactly when the nodes have one.
      drives: nocloud.method === 'nocloud-net' ? {} : { ide0: `${template.storage}:cloudinit` },
      image: image === undefined ? {} : imageOn(image, template.pveNode),
    };
  });
}
