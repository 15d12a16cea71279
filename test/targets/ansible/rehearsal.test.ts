import { describe, expect, it } from 'vitest';
import { ansibleRehearsal } from '../../../src/targets/ansible/rehearsal.ts';
import { sampleCluster } from '../../support/cluster.ts';
import { REHEARSAL_HOST } from '../../support/rehearsal-host.ts';
import { shapes } from '../../support/vm-shapes.ts';

describe('a rehearsal with Ansible', () => {
  const rehearsal = ansibleRehearsal(REHEARSAL_HOST, sampleCluster());

  it('is led to the simulated host, trusts its certificate, and keeps its files aside', () => {
    expect(rehearsal.env).toEqual({
      PROXMOX_HOST: '127.0.0.1',
      PROXMOX_PORT: '8006',
      PROXMOX_USER: 'automation@pve',
      PROXMOX_TOKEN_ID: 'talmox',
      PROXMOX_TOKEN_SECRET: 'd1b5c5d5-0000-4000-8000-000000000000',
      REQUESTS_CA_BUNDLE: '/tmp/rehearsal/ca.pem',
      ANSIBLE_LOCAL_TEMP: '/tmp/rehearsal/tmp',
    });
  });

  it('waits for no Talos API, and shows no colours where there are none', () => {
    expect(rehearsal.args).toEqual({ 'ansible-playbook': ['-e', 'proxmox_vm_wait=false'] });
    expect(rehearsal.plainEnv).toEqual({ ANSIBLE_NOCOLOR: '1' });
  });

  it('uses the collection that is installed, and writes nothing besides', () => {
    expect(rehearsal.shared).toEqual(['ansible/.collections']);
    expect(rehearsal.files).toEqual({});
    expect(rehearsal.prepare(() => true)).toEqual([]);
  });

  it('makes the templates first where nodes are cloned from them', () => {
    expect(rehearsal.first).toEqual([]);
    expect(ansibleRehearsal(REHEARSAL_HOST, shapes['linked clone'] ?? sampleCluster()).first).toEqual([
      'template:create',
    ]);
  });
});
