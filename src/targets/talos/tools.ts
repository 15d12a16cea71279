/** The programs that the rendered tasks start. */

import type { TalosTool, Tool } from '../../model/tool.ts';
import { VERSIONS } from './versions.ts';

export const TALOSCTL: Tool = {
  name: 'talosctl',
  purpose: 'generating and applying machine configuration',
  versionArgs: ['version', '--client', '--short'],
  minimum: VERSIONS.talosctl,
  install: 'mise use talosctl, or see https://docs.siderolabs.com/talos',
};

export const SOPS: Tool = {
  name: 'sops',
  purpose: "keeping the cluster's secrets encrypted",
  versionArgs: ['--version', '--disable-version-check'],
  minimum: VERSIONS.sops,
  install: 'mise use sops, or see https://getsops.io',
};

export const NC: Tool = {
  name: 'nc',
  purpose: 'waiting until nodes answer',
  // Its variants do not agree on how to ask for a version.
  versionArgs: ['-h'],
  minimum: null,
  install: 'apt install netcat-openbsd; part of macOS',
};

const TALHELPER: Tool = {
  name: 'talhelper',
  purpose: 'generating machine configuration, with talos.tool: talhelper',
  versionArgs: ['--version'],
  minimum: VERSIONS.talhelper,
  install: 'mise use talhelper, or see https://budimanjojo.github.io/talhelper',
};

const TOPF: Tool = {
  name: 'topf',
  purpose: 'generating machine configuration, with talos.tool: topf',
  versionArgs: ['--version'],
  minimum: VERSIONS.topf,
  install: 'see https://github.com/postfinance/topf',
};

/** What makes the secrets; always talosctl where the tool has no command that prints them without storing them. */
export function secretsTool(tool: TalosTool): Tool {
  return tool === 'talhelper' ? TALHELPER : TALOSCTL;
}

/** What makes the machine configurations. */
export function configTool(tool: TalosTool): Tool {
  return { talosctl: TALOSCTL, talhelper: TALHELPER, topf: TOPF }[tool];
}
