/** What the playbooks of a cluster are given: variables of all hosts, groups of the inventory, templates, files. */

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { VmCluster } from '../../../src/model/cluster.ts';
import { ansible } from '../../../src/targets/ansible/index.ts';
import { sampleCluster } from '../../support/cluster.ts';
import { renderedBy } from '../../support/rendering.ts';
import { shapes } from '../../support/vm-shapes.ts';

type Values = Readonly<Record<string, unknown>>;

const rendered = (cluster: VmCluster, path: string): Values =>
  parse((renderedBy(ansible, cluster).get(path)?.content ?? '').replaceAll('!unsafe ', '')) as Values;
const variables = (cluster: VmCluster): Values => rendered(cluster, 'inventory/group_vars/all/vars.yaml');

const sample = sampleCluster();
const withProxmox = (changes: Partial<VmCluster['proxmox']>): VmCluster => ({
  ...sample,
  proxmox: { ...sample.proxmox, ...changes },
});

describe('variables of all hosts', () => {
  it('are those of the cluster', () => {
    expect(variables(sample)).toMatchObject({
      proxmox_vm_cluster: 'home',
      proxmox_vm_api_written: {
        host: 'pve1.home.example',
        port: '8006',
        user: 'automation@pve',
        token_id: 'talmox',
      },
      proxmox_vm_minimum_core: '2.17',
      proxmox_vm_minimum_collection: '1.4.0',
      proxmox_vm_validate_certs: true,
      proxmox_vm_restart_if_needed: false,
      proxmox_vm_wait_timeout: 300,
      proxmox_vm_task_timeout: 900,
      proxmox_vm_templates: [],
    });
    expect(variables(withProxmox({ insecure: true }))['proxmox_vm_validate_certs']).toBe(false);
  });

  it('let the environment go before what the cluster says of the API', () => {
    const expression = (variable: string, key: string): string =>
      `{{ lookup('ansible.builtin.env', '${variable}') | default(proxmox_vm_api_written.${key}, true) }}`;
    expect(variables(sample)).toMatchObject({
      proxmox_vm_api_host: expression('PROXMOX_HOST', 'host'),
      proxmox_vm_api_port: expression('PROXMOX_PORT', 'port'),
      proxmox_vm_api_user: expression('PROXMOX_USER', 'user'),
      proxmox_vm_api_token_id: expression('PROXMOX_TOKEN_ID', 'token_id'),
    });
  });

  it('say nothing where the cluster names no user and no token', () => {
    const { proxmox_vm_api_written: written } = variables(withProxmox({ apiUser: null, apiTokenName: null }));
    expect(written).toMatchObject({ user: '', token_id: '' });
  });
});

describe('the inventory', () => {
  const { all } = rendered(sample, 'inventory/hosts.yaml') as {
    all: { children: { talos: { vars: Values; children: Record<string, { hosts?: Values }> } } };
  };
  const { vars, children } = all.children.talos;

  it('has each node in the group of its role', () => {
    expect(Object.keys(children)).toEqual(['proxmox_vm_waiting', 'talos_controlplane', 'talos_worker']);
    expect(Object.keys(children['talos_controlplane']?.hosts ?? {})).toEqual(['cp-1', 'cp-2', 'cp-3']);
    expect(Object.keys(children['talos_worker']?.hosts ?? {})).toEqual(['w-1']);
    expect(children['proxmox_vm_waiting']).toEqual({});
  });

  it('runs every task on this machine, with the Python that runs Ansible', () => {
    expect(vars).toEqual({
      ansible_connection: 'local',
      ansible_python_interpreter: '{{ ansible_playbook_python }}',
    });
  });

  it('says of a node where it boots from, with the file of its own host', () => {
    expect(children['talos_worker']?.hosts?.['w-1']).toMatchObject({
      proxmox_vm_address: '10.10.10.21',
      proxmox_vm_source: 'image',
      proxmox_vm_image: {
        url: sample.proxmox.images[0]?.url,
        file: 'talos-v1.12.0-ce4c980550dd-nocloud-amd64.qcow2',
        content: 'import',
        storage: 'local',
        volume: 'local:import/talos-v1.12.0-ce4c980550dd-nocloud-amd64.qcow2',
      },
    });
  });
});

describe('templates', () => {
  const cloned = shapes['linked clone'] ?? sample;
  const file = 'talos-v1.12.0-ce4c980550dd-nocloud-amd64.qcow2';

  it('are made of the image of their own host, with a cloud-init drive where nodes have one', () => {
    const { proxmox_vm_templates: templates } = variables(cloned) as { proxmox_vm_templates: unknown[] };
    expect(templates[1]).toEqual({
      id: 9002,
      name: 'talos-pve2',
      node: 'pve2',
      storage: 'local-lvm',
      bridge: 'vmbr0',
      bios: 'ovmf',
      machine: 'q35',
      drives: { ide0: 'local-lvm:cloudinit' },
      image: {
        url: sample.proxmox.images[0]?.url,
        file,
        content: 'import',
        storage: 'local',
        volume: `local:import/${file}`,
      },
    });
  });

  it('have no such drive where the serial says where to look', () => {
    const { proxmox_vm_templates: templates } = variables({
      ...cloned,
      nocloud: { ...cloned.nocloud, method: 'nocloud-net' },
    }) as { proxmox_vm_templates: object[] };
    expect(templates.map((template) => 'drives' in template && template.drives)).toEqual([{}, {}]);
  });
});

it('what has to be installed stands in the files that install it', () => {
  const text = (path: string): string => renderedBy(ansible, sample).get(path)?.content ?? '';
  expect(text('requirements.yaml')).toMatch(/community\.proxmox[\s\S]*>=1\.4\.0,<3\.0\.0/);
  expect(text('requirements.txt')).toMatch(/ansible-core>=2\.17,<2\.22[\s\S]*proxmoxer>=2\.3,<3[\s\S]*requests>=2\.31/);
  expect(parse(text('roles/proxmox_vm/meta/main.yaml'))).toMatchObject({
    galaxy_info: { min_ansible_version: '2.17' },
  });
});
