/** Rules that only this target needs. */

import type { Finding, RuleContext, RuleRow } from '../../model/rule.ts';

function backendAddress({ cluster, refused }: RuleContext): Finding[] {
  return !refused.has('tofu') && cluster.tofu.backend === 'http' && cluster.tofu.backendAddress === null
    ? [
        {
          file: 'cluster.yaml',
          pointer: '/tofu/backend',
          message: 'tofu.backend http needs an address; write tofu.backend_address',
        },
      ]
    : [];
}

export const tofuRules = [
  {
    code: 'TOFU_BACKEND_ADDRESS',
    severity: 'error',
    summary: 'The http state backend has an address.',
    check: backendAddress,
  },
] as const satisfies readonly RuleRow[];
