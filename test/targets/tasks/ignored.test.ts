import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isToolFile, NEVER_COMMITTED } from '../../../src/model/tool-files.ts';
import { generateFixture } from '../../support/pipeline.ts';
import { ROOT } from '../../support/validation.ts';

const directory = mkdtempSync(join(tmpdir(), 'talmox-ignored-'));
const { files } = generateFixture(ROOT);

/** One file for each pattern, and some that programs really leave there. */
const LEFT_BY_TOOLS = [
  ...NEVER_COMMITTED.map(
    (pattern) => `${pattern.replace(/^\//, '').replaceAll('*', 'x')}${pattern.endsWith('/') ? 'inside' : ''}`,
  ),
  'talos/.draft.kubeconfig',
  'talos/clusterconfig/generated/talosconfig',
  'tofu/.terraform/providers/x',
  'tofu/terraform.tfstate',
  'tofu/terraform.tfstate.backup',
  'ansible/site.retry',
  'ansible/roles/proxmox_vm/site.retry',
  'crossplane/.task/checksum',
];

/** Is this path, or a folder above it, nothing that talmox judges? */
function isLeftAlone(path: string): boolean {
  const parts = path.split('/');
  return parts.some((_, index) => isToolFile(parts.slice(0, index + 1).join('/'), index + 1 < parts.length));
}

function ignored(paths: readonly string[]): string[] {
  try {
    return execFileSync('git', ['check-ignore', '--', ...paths], { cwd: directory, encoding: 'utf8' })
      .trim()
      .split('\n');
  } catch (error) {
    // git exits 1 when nothing is ignored.
    if ((error as { status?: number }).status === 1) return [];
    throw error;
  }
}

function hasGit(): boolean {
  try {
    return execFileSync('git', ['--version'], { encoding: 'utf8' }) !== '';
  } catch {
    return false;
  }
}

describe.skipIf(!hasGit())('.gitignore', () => {
  beforeAll(() => {
    execFileSync('git', ['init', '--quiet'], { cwd: directory });
    for (const { path, content } of files) {
      mkdirSync(join(directory, dirname(path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
  });
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  it('keeps what the tools leave there out of commits, secrets first', () => {
    expect(ignored(LEFT_BY_TOOLS)).toEqual(LEFT_BY_TOOLS);
  });

  it('keeps nothing out that talmox renders, nor the lock file of the provider', () => {
    expect(ignored([...files.map(({ path }) => path), 'tofu/.terraform.lock.hcl'])).toEqual([]);
  });
});

describe('what the tools leave there', () => {
  it.each([
    ...LEFT_BY_TOOLS,
    'tofu/.terraform.lock.hcl',
    'tofu/home.tfvars',
    'talos/secrets.sops.yaml',
    'talos/cluster-secrets.yaml',
    '.gitkeep',
    'a/b/.gitkeep',
  ])('%s is not judged', (path) => {
    expect(isLeftAlone(path)).toBe(true);
  });

  it.each([
    'talos/new.yaml',
    'nocloud/cp-1/kubeconfig',
    'talos/kubeconfig.d',
    'xtask',
    'clusterconfig/cp-1.yaml',
    'ansible/site.retry.yaml',
    'tofu/sub/terraform.tfstate',
    'talos/clusterconfig',
  ])('%s is in excess', (path) => {
    expect(isLeftAlone(path)).toBe(false);
  });
});
