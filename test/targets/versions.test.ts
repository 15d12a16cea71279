/** A tool's version stands in one place per target: templates, doctor, documentation and the proofs agree with it. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TALOS_MINORS } from '../../src/model/compatibility.ts';
import { VERSIONS as ANSIBLE } from '../../src/targets/ansible/versions.ts';
import { VERSIONS as CROSSPLANE } from '../../src/targets/crossplane/versions.ts';
import { targets } from '../../src/targets/index.ts';
import { VERSIONS as TALOS } from '../../src/targets/talos/versions.ts';
import { VERSIONS as TASKS } from '../../src/targets/tasks/versions.ts';
import { VERSIONS as TOFU } from '../../src/targets/tofu/versions.ts';
import { ROOT } from '../support/validation.ts';

const CONSUMERS = join(ROOT, 'test/proof/consumers');

/** What a consumer's `go.mod` pins of a module. */
function pinned(consumer: string, module: string): string {
  const text = readFileSync(join(CONSUMERS, consumer, 'go.mod'), 'utf8');
  const version = new RegExp(`^\\s*(?:require )?${module.replaceAll('.', '\\.')} v(\\S+)`, 'm').exec(text)?.[1];
  if (version === undefined) throw new Error(`${consumer}/go.mod does not pin ${module}`);
  return version;
}

/** What a consumer's `requirements.txt` pins of a package. */
function required(consumer: string, name: string): string {
  const text = readFileSync(join(CONSUMERS, consumer, 'requirements.txt'), 'utf8');
  const version = new RegExp(`^${name}==(\\S+)$`, 'm').exec(text)?.[1];
  if (version === undefined) throw new Error(`${consumer}/requirements.txt does not pin ${name}`);
  return version;
}

function isAtLeast(version: string, minimum: string): boolean {
  const parts = (text: string): number[] => text.split(/[.-]/).map(Number);
  const [have, want] = [parts(version), parts(minimum)];
  const at = want.findIndex((part, index) => part !== (have[index] ?? 0));
  return at === -1 || (have[at] ?? 0) > (want[at] ?? 0);
}

describe('the proofs run', () => {
  it('the provider that the configuration pins', () => {
    expect(pinned('terraform-provider-proxmox', 'github.com/bpg/terraform-provider-proxmox')).toBe(
      TOFU.provider.version,
    );
  });

  it.each([
    ['tofu', 'github.com/opentofu/opentofu', TOFU.tofu],
    ['task', 'github.com/go-task/task/v3', TASKS.task],
    ['sops', 'github.com/getsops/sops/v3', TALOS.sops],
    ['talhelper', 'github.com/budimanjojo/talhelper/v3', TALOS.talhelper],
    ['topf', 'github.com/postfinance/topf', TALOS.topf],
  ])('a %s that doctor does not call too old', (consumer, module, minimum) => {
    expect(isAtLeast(pinned(consumer, module), minimum)).toBe(true);
  });

  it('every Talos that talmox renders for', () => {
    for (const minor of TALOS_MINORS) {
      expect(pinned(`talos-${minor}`, 'github.com/siderolabs/talos/pkg/machinery')).toMatch(new RegExp(`^${minor}\\.`));
    }
    expect(TALOS.talosctl).toBe(`${TALOS_MINORS[0]}.0`);
  });

  it('the oldest ansible-core of requirements.txt, and packages that it takes', () => {
    const oldest = readdirSync(CONSUMERS).filter((name) => name.startsWith('ansible-core-'));
    expect(oldest).toEqual([`ansible-core-${ANSIBLE.core.minimum}`]);
    expect(required(`ansible-core-${ANSIBLE.core.minimum}`, 'ansible-core')).toMatch(
      new RegExp(`^${ANSIBLE.core.minimum}\\.`),
    );
    expect(isAtLeast(required('ansible-newest', 'ansible'), ANSIBLE.ansible.minimum)).toBe(true);
    for (const consumer of ['ansible-newest', 'ansible-oldest', `ansible-core-${ANSIBLE.core.minimum}`]) {
      const proxmoxer = required(consumer, 'proxmoxer');
      expect(isAtLeast(proxmoxer, ANSIBLE.proxmoxer.minimum)).toBe(true);
      expect(isAtLeast(proxmoxer, ANSIBLE.proxmoxer.below)).toBe(false);
      expect(isAtLeast(required(consumer, 'requests'), ANSIBLE.requests.minimum)).toBe(true);
    }
  });
});

describe('nobody else has a version of a tool', () => {
  /** Every version that is a constant of a target, as text. */
  const constants = [ANSIBLE, CROSSPLANE, TALOS, TASKS, TOFU]
    .flatMap((versions) => texts(versions))
    .flatMap((text) => /(?:^|v)(\d+\.\d+(?:\.\d+)?)$/.exec(text)?.[1] ?? []);

  const files = ['src/targets', 'src/cli', 'src/io', 'templates', 'test/proof'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .map((path) => `${folder}/${path}`)
      .filter((path) => /\.(ts|mjs|j2|yaml|txt|tf)$/.test(path) && !path.endsWith('/versions.ts'))
      .filter((path) => !path.includes('/consumers/')),
  );

  it.each([...new Set(constants)].filter((version) => version.split('.').length === 3))('writes %s', (version) => {
    const word = new RegExp(`(?<![\\d.])${version.replaceAll('.', '\\.')}(?![\\d.])`);
    // Versions of Talos are facts of the Talos target, not of a tool.
    const foreign = version === TALOS.talosctl ? /^src\/targets\/talos\// : /^$/;
    const found = files.filter((path) => !foreign.test(path)).filter((path) => word.test(codeOf(path)));
    expect(found).toEqual([]);
  });

  it('and doctor asks for those of the constants', () => {
    const minimums = targets.flatMap(({ tools }) => tools.map(({ minimum }) => minimum));
    const known = new Set([...constants, `${ANSIBLE.core.minimum}.0`]);
    expect(minimums.filter((minimum) => minimum !== null && !known.has(minimum))).toEqual([]);
  });

  it.each([
    ['docs/targets/tofu.md', [TOFU.provider.version, minorOf(TOFU.tofu)]],
    ['docs/targets/ansible.md', [ANSIBLE.core.minimum, ANSIBLE.collection.minimum, ANSIBLE.proxmoxer.minimum]],
    [
      'docs/targets/crossplane.md',
      [CROSSPLANE.crossplane, tagOf(CROSSPLANE.provider), tagOf(CROSSPLANE.function), CROSSPLANE.cli.install],
    ],
  ])('%s names them', (page, versions) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    for (const version of versions) expect(text).toContain(version);
  });
});

/** Comments may tell which release does what. */
function codeOf(path: string): string {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return path.endsWith('.ts') ? text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '') : text.replaceAll(/^\s*#.*$/gm, '');
}

function texts(value: unknown): string[] {
  return typeof value === 'string' ? [value] : Object.values(value as object).flatMap(texts);
}

function tagOf(image: string): string {
  return image.slice(image.lastIndexOf(':v') + 2);
}

function minorOf(version: string): string {
  return version.split('.').slice(0, 2).join('.');
}
