import { describe, expect, it } from 'vitest';
import type { LogEntry, Outcome, VmOutcome } from '../../../src/simulator/index.ts';
import type { Step } from '../../../src/simulator/rehearsal/steps.ts';
import type { Made } from './stage.ts';
import type { Demand } from './table.ts';
import { resultLines, wrongs } from './verdict.ts';

const step = (name: string, what: Partial<Step> = {}): Step => ({
  name,
  ok: true,
  milliseconds: 0,
  requests: 0,
  problems: [],
  differences: [],
  behind: [],
  outcomes: [],
  said: '',
  ...what,
});

const vm = (outcome: Outcome): VmOutcome => ({
  name: 'w-1',
  vmid: 1021,
  outcome,
  details: [],
  takenOff: [],
  requests: [],
});

const made = (what: Partial<Made> = {}): Made => ({ refusedInput: [], steps: [], writes: [], harm: [], ...what });

const write = (status: number): LogEntry => ({ method: 'PUT', path: '/pools', status }) as LogEntry;

const failed = (said: string): Step =>
  step('apply', { ok: false, problems: ['apply ended with exit code 1'], outcomes: [vm('none')], said });

describe('harm to others', () => {
  const harm = ['a write to a VM of somebody else'];
  it.each<[string, Demand, Partial<Made>]>([
    ['kept', { kept: true }, { steps: [step('apply', { outcomes: [vm('none')] })] }],
    ['refused', { refused: /no/ }, { steps: [failed('no')] }],
    ['changed', { vms: { 'w-1': 'none' } }, { steps: [step('apply', { outcomes: [vm('none')] })] }],
  ])('is wrong where VMs have to be %s, whatever became of them', (_, demand, what) => {
    expect(wrongs(made(what), demand)).toEqual([]);
    expect(wrongs(made({ ...what, harm }), demand)).toEqual(harm);
  });

  it('is told once, and before what else is wrong', () => {
    const steps = [step('apply', { ok: false, problems: harm, outcomes: [vm('stopped')] })];
    expect(wrongs(made({ steps, harm }), { vms: {} })[0]).toBe(harm[0]);
    expect(wrongs(made({ steps, harm }), { kept: true })).toEqual([...harm, 'VM 1021 (w-1) was stopped']);
  });
});

describe('what came of a change', () => {
  const different = step('compare', {
    ok: false,
    differences: [{ vmid: 1021, field: 'cores', expected: '2', actual: '4' }],
  });
  const untouched = step('apply', { outcomes: [vm('none')] });
  const changed = step('apply', { outcomes: [vm('changed in place')] });

  it.each<[string, Partial<Made>, readonly string[]]>([
    ['all is well', { steps: [changed] }, ['VM 1021 (w-1) changed in place']],
    ['nothing had to be done', { steps: [untouched] }, ['every VM as it was']],
    ['the input is refused', { refusedInput: ['RULE two of them'] }, ['configure: RULE two of them']],
    [
      'OpenTofu refuses',
      { steps: [failed('Plan: 1 to change\n\nError: Invalid thing\n\n  on main.tf line 24')] },
      ['refused: Invalid thing'],
    ],
    [
      'the provider has tried more than once',
      { steps: [failed('Error: All attempts fail:\n#1: HTTP 403\n#2: HTTP 500\n\n  on main.tf')] },
      ['refused: All attempts fail: #1: HTTP 403 #2: HTTP 500'],
    ],
    [
      'OpenTofu has details',
      {
        steps: [
          failed(
            'Error: VM delete\n\n  with vm["w-1"],\n  on main.tf line 24:\n  24: resource {\n\nit is protected\n\nError: w-2',
          ),
        ],
      },
      ['refused: VM delete (it is protected)'],
    ],
    [
      'the details of OpenTofu say the same again',
      { steps: [failed('Error: It is there, and not mine\n\n  on main.tf\n\nIt is there:\n')] },
      ['refused: It is there, and not mine'],
    ],
    [
      'Ansible refuses two VMs, in any order',
      {
        steps: [
          failed(
            '[ERROR]: Task failed: Action failed: w-1: full\nOrigin: x\n[ERROR]: Task failed: Action failed: cp-1: full',
          ),
        ],
      },
      ['refused: cp-1: full'],
    ],
    [
      'the host refuses the only write',
      { steps: [failed('Error: received an HTTP 403 response')], writes: [write(403)] },
      ['refused: received an HTTP 403 response'],
    ],
    [
      'the tool fails after a write',
      { steps: [failed('Error: task UPID:pve1:0001:qmstart: failed')], writes: [write(200), write(403)] },
      ['every VM as it was', 'failed: task UPID:… failed'],
    ],
    ['the tool says nothing', { steps: [failed('')] }, ['refused: apply ended with exit code 1']],
    [
      'the tool passes the change over',
      { steps: [untouched, different] },
      ['nothing done, and not what the input says'],
    ],
    [
      'the tool makes part of the change',
      { steps: [changed, different] },
      ['VM 1021 (w-1) changed in place', 'not all of what the input says'],
    ],
  ])('is told where %s', (_, what, lines) => {
    expect(resultLines(made(what))).toEqual(lines);
  });
});
