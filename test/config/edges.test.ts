/** Every number, role and exemption of a rule: the last input that passes and the first that does not. */

import { describe, expect, it } from 'vitest';
import { allRules } from '../../src/validate.ts';
import { addressEdges } from './edges/addresses.ts';
import { findings } from './edges/edge.ts';
import { machineEdges } from './edges/machines.ts';
import { networkEdges } from './edges/networks.ts';
import { nodeEdges } from './edges/nodes.ts';
import { platformEdges } from './edges/platform.ts';
import { refusedInputs } from './edges/refused.ts';
import { talosEdges } from './edges/talos.ts';
import { targetEdges } from './edges/targets.ts';

const EDGES = [
  ...machineEdges,
  ...nodeEdges,
  ...networkEdges,
  ...addressEdges,
  ...platformEdges,
  ...talosEdges,
  ...targetEdges,
];

/** Rules that say what may well be meant; all others stop the run. */
const WARNINGS = [
  'ADDRESS_OUTSIDE_LB_POOL',
  'AGENT_EXTENSION',
  'ALIAS_USED',
  'API_PORT',
  'BALLOONING',
  'BARE_METAL',
  'CREDENTIAL_IN_INPUT',
  'CREDENTIAL_RENDERED',
  'EVEN_CONTROL_PLANES',
  'EXTENSION_UNKNOWN',
  'KERNEL_MODULE_EXTENSION',
  'LABEL_RESTRICTED',
  'LIKELY_TYPO',
  'MAC_FOREIGN',
  'POOL_NAME',
  'SANS_DUPLICATE',
  'SCHEMATIC_OF_NODE',
  'SCSI_SINGLE',
  'SECUREBOOT_OPTIONS',
  'VLAN_FIRST_BOOT',
];

// A rule without an edge fails here: a suite without a test does.
describe.each(allRules.map(({ code }) => code))('%s', (code) => {
  const edges = EDGES.filter((edge) => edge.code === code);

  it.each(edges)('$what', ({ passes, fails, at, says, isEnd, besides }) => {
    for (const input of passes) {
      const others = findings(input).filter((issue) => !besides.includes(issue.code));
      expect(others).toEqual([]);
    }
    const found = findings(fails).filter((issue) => issue.code === code || !besides.includes(issue.code));
    expect(found.map((issue) => [issue.code, `${issue.file}${issue.pointer}`])).toEqual([[code, at]]);
    expect(found[0]?.message).toContain(says);
    if (isEnd) expect(found[0]?.message.endsWith(says)).toBe(true);
    expect(found[0]?.severity).toBe(WARNINGS.includes(code) ? 'warning' : 'error');
  });
});

describe('what was refused is no second fault', () => {
  it.each(refusedInputs)('$what', ({ input, says }) => {
    expect(
      findings(input)
        .map(({ code }) => code)
        .sort(),
    ).toEqual([...says].sort());
  });
});
