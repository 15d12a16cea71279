/** OpenTofu with the real bpg/proxmox provider, without any network. */

import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { VERSIONS } from '../../../src/targets/tofu/versions.ts';
import { need } from '../support.ts';
import { goTool } from './go.ts';

const { source, version } = VERSIONS.provider;

export const tofu = goTool('tofu', { ldflags: '-X github.com/opentofu/opentofu/version.dev=no' });
export const provider = goTool('terraform-provider-proxmox');
/** Path of the settings that OpenTofu takes the provider by; empty where there is none. */
export const settings = 'path' in provider ? offlineSettings(provider.path) : '';

/** What leads to OpenTofu and its provider. @param skip is called where one of them is not there */
export function tofuEnvironment(skip: (note: string) => never): Record<string, string> {
  const program = need(tofu, skip);
  need(provider, skip);
  return { PATH: `${dirname(program)}:${process.env['PATH'] ?? ''}`, TF_CLI_CONFIG_FILE: settings };
}

/** A folder that OpenTofu takes for the registry, and the settings that say so. */
function offlineSettings(binary: string): string {
  const root = mkdtempSync(join(tmpdir(), 'talmox-mirror-'));
  const platform = `linux_${process.arch === 'arm64' ? 'arm64' : 'amd64'}`;
  const folder = join(root, 'registry.opentofu.org', source, version, platform);
  mkdirSync(folder, { recursive: true });
  copyFileSync(binary, join(folder, `terraform-provider-proxmox_v${version}`));
  const file = join(root, 'settings.tfrc');
  writeFileSync(file, `provider_installation {\n  filesystem_mirror {\n    path = ${JSON.stringify(root)}\n  }\n}\n`);
  return file;
}
