/** OpenTofu and the real bpg/proxmox provider read the rendered configuration, without any network. */

import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERSIONS } from '../../src/targets/tofu/versions.ts';
import { rehearseCase } from './rehearsal.ts';
import { CASES, need, renderedTree, run } from './support.ts';
import { goTool } from './tools/go.ts';

const tofu = goTool('tofu', { ldflags: '-X github.com/opentofu/opentofu/version.dev=no' });
const provider = goTool('terraform-provider-proxmox');
const { source: SOURCE, version: PROVIDER_VERSION } = VERSIONS.provider;

/** A folder that OpenTofu takes for the registry, and the settings that say so. */
function offlineSettings(binary: string): string {
  const root = mkdtempSync(join(tmpdir(), 'talmox-mirror-'));
  const platform = `linux_${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
  const folder = join(root, `registry.opentofu.org/${SOURCE}`, PROVIDER_VERSION, platform);
  mkdirSync(folder, { recursive: true });
  copyFileSync(binary, join(folder, `terraform-provider-proxmox_v${PROVIDER_VERSION}`));
  const settings = join(root, 'settings.tfrc');
  writeFileSync(
    settings,
    `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(root)}\n  }\n}\n`,
  );
  return settings;
}

const settings = 'path' in provider ? offlineSettings(provider.path) : '';

const ENV = {
  TF_CLI_CONFIG_FILE: settings,
  TF_VAR_state_passphrase: 'a passphrase of a proof',
  PROXMOX_VE_API_TOKEN: 'automation@pve!talmox=00000000-0000-0000-0000-000000000000',
  // The http state backend is not asked by init -backend=false, but must be nameable.
  TF_HTTP_USERNAME: 'x',
  TF_HTTP_PASSWORD: 'x',
};

describe.each(CASES.filter((name) => name !== 'bare-metal'))('%s', (name) => {
  it('is in canonical form, valid, and passes its own tests', ({ skip }) => {
    const program = need(tofu, skip);
    need(provider, skip);
    const cwd = join(renderedTree(name), 'tofu');
    const tofuRun = (...args: string[]) => run(program, args, { cwd, env: ENV });

    const formatted = tofuRun('fmt', '-check', '-diff', '-recursive');
    expect(formatted.exitCode, formatted.said).toBe(0);
    const initialised = tofuRun('init', '-backend=false', '-input=false');
    expect(initialised.exitCode, initialised.said).toBe(0);
    const validated = tofuRun('validate', '-json');
    expect(JSON.parse(validated.stdout), validated.said).toMatchObject({
      valid: true,
      error_count: 0,
      warning_count: 0,
    });
    const tested = tofuRun('test');
    expect(tested.exitCode, tested.said).toBe(0);
  });
});

describe('a rehearsal: apply, compare with the model, plan again, destroy', () => {
  it.for([
    ...CASES.filter((name) => name !== 'bare-metal').map((name) => [name, '9.1'] as const),
    ['sample', '8.4'] as const,
    ['sample', '9.0'] as const,
  ])('of %s on Proxmox VE %s is all well', ([name, pve], { skip }) => {
    const program = need(tofu, skip);
    need(provider, skip);
    const env = { PATH: `${dirname(program)}:${process.env['PATH'] ?? ''}`, TF_CLI_CONFIG_FILE: settings };
    const { exitCode, said } = rehearseCase(name, 'tofu', pve, env);
    expect(exitCode, said).toBe(0);
    expect(said).toMatch(/all well/);
  });
});
