/** What holds where another tool than talosctl makes the machine configurations. */

import type { Finding, RuleContext, RuleRow } from '../../model/rule.ts';
import { hasKubeDocuments } from '../../model/version.ts';

/**
 * talhelper 3.1 and topf 0.5 are built on libraries from before Talos 1.14: talhelper refuses KubeNodeConfig as unknown,
 * topf always sets `machine.install`, which 1.14 refuses beside UnattendedInstallConfig.
 */
function talosTool({ cluster, clusterFile, refused }: RuleContext): Finding[] {
  const { tool, version } = cluster.talos;
  if (
    refused.has('talos') ||
    clusterFile.talos?.tool === undefined ||
    tool === 'talosctl' ||
    !hasKubeDocuments(version)
  )
    return [];
  return [
    {
      file: 'cluster.yaml',
      pointer: '/talos/tool',
      message: `${tool} does not know the documents of Talos ${version.text}; write talosctl`,
    },
  ];
}

export const talosRules = [
  {
    code: 'TALOS_TOOL',
    severity: 'error',
    summary: 'The tool that makes the machine configurations knows the documents of the Talos release.',
    check: talosTool,
  },
] as const satisfies readonly RuleRow[];
