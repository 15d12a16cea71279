/** To the real Ansible the name of a user is data, whatever stands in it. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { generateTexts } from '../support/pipeline.ts';
import { FIXTURES } from '../support/validation.ts';
import { layFiles, need, run } from './support.ts';
import { pythonTools } from './tools/python.ts';

const TOOLS = [
  ['the newest Ansible', pythonTools('ansible-newest', ['3.13', '3.12'])],
  ['the oldest Ansible that has a supported collection', pythonTools('ansible-oldest', ['3.12', '3.11'])],
  ['ansible-core 2.17', pythonTools('ansible-core-2.17', ['3.12', '3.11'])],
] as const;

const USERS = [
  "o'neil@corp.example@oidc",
  "'+lookup('pipe')+'@pve",
  "{{lookup('pipe')}}@pve",
  '{%if-1%}x{%endif%}{#y#}@pve',
  '\\"}}@pve',
];

/** One play that says the variables as the modules get them. */
const PLAY = `- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.copy:
        content: "{{ {'user': proxmox_vm_api_user, 'header': 'PVEAPIToken=' ~ proxmox_vm_api_user ~ '!' ~ proxmox_vm_api_token_id} | to_json }}"
        dest: "{{ said }}"
        mode: "0600"
      delegate_to: localhost
`;

describe.each(TOOLS)('%s', (_, tool) => {
  it.for(USERS)('gives the modules the user %s', (user, { skip }) => {
    const bin = need(tool, skip);
    const directory = mkdtempSync(join(tmpdir(), 'talmox-proof-'));
    onTestFinished(() => {
      rmSync(directory, { recursive: true, force: true });
    });
    const input = (name: string): string => readFileSync(join(FIXTURES, 'valid/minimal', name), 'utf8');
    const cluster = `${input('cluster.yaml')}proxmox_api_token_id: ${JSON.stringify(`${user}!talmox`)}\n`;
    layFiles(generateTexts(cluster, input('nodes.yaml')).files, directory);
    layFiles(
      [{ path: 'ansible/said.yaml', template: '', format: 'yaml', mode: 0o644, content: PLAY, documents: null }],
      directory,
    );
    const said = join(directory, 'said.json');
    const outcome = run(join(bin, 'ansible-playbook'), ['said.yaml', '-e', `said=${said}`], {
      cwd: join(directory, 'ansible'),
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, ANSIBLE_HOME: join(bin, '..', 'home'), ANSIBLE_NOCOLOR: '1' },
    });
    expect(outcome.exitCode, outcome.said).toBe(0);
    expect(JSON.parse(readFileSync(said, 'utf8'))).toEqual({ user, header: `PVEAPIToken=${user}!talmox` });
  });
});
