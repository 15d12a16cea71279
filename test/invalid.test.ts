import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { issueLine, issueSummary } from '../src/cli/report.ts';
import { INPUT_CODES } from '../src/config/codes.ts';
import { allRules, validate, type IssueCode } from '../src/validate.ts';
import { FIXTURES, validateFixture, validateTexts } from './support/validation.ts';

const FOLDER = join(FIXTURES, 'invalid');
/** Too long for a fixture. */
const MADE_HERE = ['yaml-too-large', 'too-many-faults'];
const cases = readdirSync(FOLDER).filter((name) => !MADE_HERE.includes(name));
const codeOf = (name: string): string => name.toUpperCase().replaceAll('-', '_');

describe('every invalid input gets its report', () => {
  it.each(cases)('%s', async (name) => {
    const { issues } = validateFixture(join(FOLDER, name));
    expect(issues.map((issue) => issue.code)).toContain(codeOf(name));
    const report = `${issues.map(issueLine).join('\n')}\n${issueSummary(issues)}\n`;
    await expect(report).toMatchFileSnapshot(join(FOLDER, name, 'report.txt'));
  });

  it('of faults without number the first are told', () => {
    const { issues } = validateTexts('node_cidr: 10.10.10.0/24\n', `nodes:\n${'- { name: a }\n'.repeat(20_001)}`);
    expect(issues).toContainEqual(expect.objectContaining({ code: 'TOO_MANY_FAULTS', file: 'nodes.yaml', line: 1 }));
  });

  it('a file of more than 10 MiB is refused before it is read', () => {
    const { issues, cluster } = validate({
      clusterText: new Uint8Array(11 * 1024 * 1024),
      nodesText: new Uint8Array(1),
    });
    expect(cluster).toBeNull();
    expect(issues.map((issue) => issue.code)).toContain('YAML_TOO_LARGE');
  });
});

it('every code has a fixture, and every fixture a code', () => {
  const codes = [...INPUT_CODES, ...allRules].map((row) => row.code);
  expect(new Set(codes).size).toBe(codes.length);
  expect([...cases, ...MADE_HERE].map(codeOf).sort()).toEqual([...codes].sort());
});

it('a code that is in no table does not compile', () => {
  // `npm run typecheck` fails where one of these compiles.
  // @ts-expect-error It is YAML_TAB.
  const ofParsing: IssueCode = 'YAML_TABS';
  // @ts-expect-error It is ADDRESS_CLASH.
  const ofRules: IssueCode = 'ADRESS_CLASH';
  // @ts-expect-error It is TOFU_BACKEND_ADDRESS.
  const ofTargets: IssueCode = 'TOFU_BACKEND_ADRESS';
  const codes: readonly IssueCode[] = [...INPUT_CODES, ...allRules].map((row) => row.code);
  for (const code of [ofParsing, ofRules, ofTargets]) expect(codes).not.toContain(code);
});

it('errors leave no cluster, warnings do', () => {
  for (const name of cases) {
    const { issues, cluster } = validateFixture(join(FOLDER, name));
    expect(cluster === null, name).toBe(issues.some((issue) => issue.severity === 'error'));
  }
});

it('faults of shape and of meaning in both files are reported together', () => {
  const { issues } = validateTexts(
    'node_cidr: 10.10.10.7/24\ncluster_api_addr: 10.10.10.5\nproxmox_api_url: https://10.10.10.2:8006\nproxmox_node: pve1\nnocloud: { method: ipconfg }\n',
    'nodes:\n- { name: a, address: 10.10.10.5, controller: true, vm_cores: 99 }\n- { name: b, address: 10.10.10.12, controller: maybe }\n- { name: a, address: 10.10.10.13, controller: false }\n',
  );
  expect(issues.map((issue) => issue.code)).toEqual([
    'CIDR_HOST_BITS',
    'SCHEMA_ENUM',
    'ADDRESS_CLASH',
    'SCHEMA_RANGE',
    'SCHEMA_TYPE',
    'NODE_NAME_DUPLICATE',
  ]);
});
