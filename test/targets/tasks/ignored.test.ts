import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateFixture, ROOT } from '../../support/pipeline.ts';

const directory = mkdtempSync(join(tmpdir(), 'talmox-ignored-'));
const { files } = generateFixture(ROOT);

const DROPPINGS = [
  'talos/secrets.yaml',
  'talos/kubeconfig',
  'talos/clusterconfig/cp-1.yaml',
  'talos/clusterconfig/generated/talosconfig',
  'tofu/.terraform/providers/x',
  'tofu/terraform.tfstate',
  'tofu/terraform.tfstate.backup',
  'tofu/tfplan',
  'tofu/tfdestroy',
  'ansible/.run/changes',
  'ansible/.collections/x',
];

function ignored(paths: readonly string[]): string[] {
  try {
    return execFileSync('git', ['check-ignore', '--', ...paths], { cwd: directory, encoding: 'utf8' }).trim().split('\n');
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
  afterAll(() => { rmSync(directory, { recursive: true, force: true }); });

  it('keeps what the tools leave there out of commits, secrets first', () => {
    expect(ignored(DROPPINGS)).toEqual(DROPPINGS);
  });

  it('keeps nothing out that talmox renders, nor the lock file of the provider', () => {
    expect(ignored([...files.map(({ path }) => path), 'tofu/.terraform.lock.hcl'])).toEqual([]);
  });
});
