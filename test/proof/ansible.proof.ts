/** Ansible, ansible-lint and yamllint read the rendered tree, and every value arrives as it was written. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { rehearseCase, rehearsedCases } from './rehearsal.ts';
import { CASES, need, renderedTree, run } from './support.ts';
import { pythonTools } from './tools/python.ts';

const newest = pythonTools('ansible-newest', ['3.13', '3.12']);
const oldest = pythonTools('ansible-oldest', ['3.12', '3.11']);
/** The oldest core that the collection runs on; no package brings the two together. */
const oldestCore = pythonTools('ansible-core-2.17', ['3.12', '3.11']);

/** ansible-lint calls its own companions by name; nothing may be fetched. */
const environment = (bin: string): Record<string, string> => ({
  PATH: `${bin}:${process.env['PATH'] ?? ''}`,
  ANSIBLE_HOME: join(bin, '..', 'home'),
  ANSIBLE_NOCOLOR: '1',
});

describe.each(CASES.filter((name) => name !== 'bare-metal'))('%s', (name) => {
  it('passes the production profile of ansible-lint', ({ skip }) => {
    const bin = need(newest, skip);
    const ansible = join(renderedTree(name), 'ansible');
    const linted = run(join(bin, 'ansible-lint'), ['--offline', '--profile', 'production', '--strict', '--nocolor'], {
      cwd: ansible,
      env: environment(bin),
    });
    expect(linted.exitCode, linted.said).toBe(0);
  });

  it('passes yamllint', ({ skip }) => {
    const bin = need(newest, skip);
    const linted = run(join(bin, 'yamllint'), ['--strict', '.'], { cwd: join(renderedTree(name), 'ansible') });
    expect(linted.exitCode, linted.said).toBe(0);
  });

  it.for([
    ['the newest Ansible', newest],
    ['the oldest Ansible that has a supported collection', oldest],
  ] as const)('every playbook passes the syntax check of %s', ([, tool], { skip }) => {
    const bin = need(tool, skip);
    const ansible = join(renderedTree(name), 'ansible');
    const playbooks = readdirSync(join(ansible, 'playbooks')).map((file) => `playbooks/${file}`);
    const checked = run(join(bin, 'ansible-playbook'), ['--syntax-check', ...playbooks], {
      cwd: ansible,
      env: environment(bin),
    });
    expect(checked.exitCode, checked.said).toBe(0);
    expect(checked.said).not.toMatch(/WARNING|DEPRECAT/);
  });

  it('reads every value of the inventory as it was written', ({ skip }) => {
    const bin = need(newest, skip);
    const ansible = join(renderedTree(name), 'ansible');
    const listed = run(join(bin, 'ansible-inventory'), ['--list'], { cwd: ansible, env: environment(bin) });
    expect(listed.exitCode, listed.said).toBe(0);
    const { _meta: meta } = JSON.parse(listed.stdout) as {
      _meta: { hostvars: Record<string, Record<string, unknown>> };
    };
    const written = hostsOf(parse(readFileSync(join(ansible, 'inventory/hosts.yaml'), 'utf8')));
    expect(Object.keys(meta.hostvars).sort()).toEqual(Object.keys(written).sort());
    for (const [host, values] of Object.entries(written)) expect(meta.hostvars[host], host).toMatchObject(values);
  });
});

describe('a rehearsal: apply, compare with the model, plan again, destroy', () => {
  it.for(rehearsedCases('ansible'))('of %s on Proxmox VE %s is all well', ([name, pve], { skip }) => {
    const bin = need(pve === '9.0' ? oldest : newest, skip);
    const { exitCode, said } = rehearseCase(name, 'ansible', pve, environment(bin));
    expect(exitCode, said).toBe(0);
    expect(said).toMatch(/all well/);
  });
});

it('the oldest Ansible core runs the oldest collection: a rehearsal of minimal is all well', ({ skip }) => {
  const bin = need(oldestCore, skip);
  const lib = join(need(oldest, skip), '..', 'lib');
  const [python = ''] = readdirSync(lib).filter((name) => name.startsWith('python'));
  const env = { ...environment(bin), ANSIBLE_COLLECTIONS_PATH: join(lib, python, 'site-packages') };
  const { exitCode, said } = rehearseCase('minimal', 'ansible', '9.1', env);
  expect(exitCode, said).toBe(0);
});

interface Group {
  readonly hosts?: Readonly<Record<string, Record<string, unknown>>>;
  readonly children?: Readonly<Record<string, Group>>;
}

/** Every host of an inventory with its own variables, whatever groups it stands in. */
function hostsOf(inventory: unknown): Record<string, Record<string, unknown>> {
  const groups = (group: Group): Record<string, Record<string, unknown>> =>
    Object.assign({ ...group.hosts }, ...Object.values(group.children ?? {}).map(groups));
  return groups({ children: inventory as Readonly<Record<string, Group>> });
}
