/** Where a simulated Proxmox VE answers, for tests of what leads a tool to it. */

import type { RehearsalHost } from '../../src/model/rehearsal.ts';

export const REHEARSAL_HOST: RehearsalHost = {
  host: '127.0.0.1',
  port: 8006,
  user: 'automation@pve',
  tokenName: 'talmox',
  tokenSecret: 'd1b5c5d5-0000-4000-8000-000000000000',
  caFile: '/tmp/rehearsal/ca.pem',
  temporaryDirectory: '/tmp/rehearsal/tmp',
};
