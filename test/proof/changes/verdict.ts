/** What came of a change, in words, and what is wrong with it, seen from what had to come of it. */

import type { Outcome, VmOutcome } from '../../../src/simulator/index.ts';
import type { Step } from '../../../src/simulator/rehearsal/steps.ts';
import type { Made } from './stage.ts';
import type { Demand } from './table.ts';

/** One line per VM that did not stay as it was. */
export function outcomeLines(steps: readonly Step[]): string[] {
  return outcomesOf(steps)
    .filter(({ outcome }) => outcome !== 'none')
    .map(({ name, vmid, outcome, details }) => [`VM ${vmid} (${name}) ${outcome}`, ...details].join(', '));
}

/** What came of a change: one line per VM that did not stay as it was, and why no more was done. */
export function resultLines(made: Made): string[] {
  if (made.refusedInput.length > 0) return made.refusedInput.map((message) => `configure: ${message}`);
  const outcomes = outcomeLines(made.steps);
  const reason = reasonOf(made, outcomes.length === 0);
  // Who refused or passed the change over left every VM as it was.
  const isSaid = reason !== null && !reason.startsWith('failed');
  const untouched = outcomes.length === 0 && !isSaid ? ['every VM as it was'] : [];
  return [...untouched, ...outcomes, ...(reason === null ? [] : [reason])];
}

/** @returns `null` where the tool came to its end, and the host is what the model says */
function reasonOf({ steps, writes }: Made, isUntouched: boolean): string | null {
  const failed = steps.find(({ problems }) => problems.some((problem) => problem.includes('ended with exit code')));
  if (failed !== undefined) {
    const isWritten = writes.some(({ status }) => status === 200);
    return `${isWritten ? 'failed' : 'refused'}: ${complaintIn(failed.said) ?? failed.problems.join('; ')}`;
  }
  if (steps.every(({ differences }) => differences.length === 0)) return null;
  return isUntouched ? 'nothing done, and not what the input says' : 'not all of what the input says';
}

/**
 * The line by which OpenTofu (`Error: ...`) or Ansible (`[ERROR]: ...`) says why it failed; where several VMs failed at
 * once, in any order, the first by alphabet. The provider may list below it what each of its attempts met with, and OpenTofu
 * prints details behind the place in the configuration, which it indents.
 */
export function complaintIn(said: string): string | null {
  const blocks = said.split(/^(?=Error: |\[ERROR\]: )/m).filter((block) => /^(?:Error|\[ERROR\]): /.test(block));
  const [first = null] = blocks
    .map((block) => (block.startsWith('Error') ? complaintOfTofu(block) : complaintOfAnsible(block)))
    .map((text) => text.replaceAll(/UPID:\S+/g, 'UPID:…').trim())
    .sort();
  return first;
}

function complaintOfTofu(block: string): string {
  const [head = '', ...lines] = block.replace('Error: ', '').split('\n');
  const attempts = lines.filter((line) => /^#\d+: /.test(line));
  const details = lines.find((line) => /^[^\s#]/.test(line) && !line.startsWith('Releasing state lock'));
  const isSaid = details === undefined || attempts.length > 0 || head.includes(details.replace(/:$/, ''));
  return [head, ...attempts, ...(isSaid ? [] : [`(${details})`])].join(' ');
}

function complaintOfAnsible(block: string): string {
  const [head = ''] = block.split('\n', 1);
  return head.replace(/^\[ERROR\]: (?:Task failed: )?(?:Action failed: )?/, '');
}

function requestOf({ method, path }: Made['writes'][number]): string {
  return `${method} ${path}`;
}

/** @returns what is not as it had to be, one line each, harm to others first; none where all is well */
export function wrongs(made: Made, demand: Demand, confirmed: readonly string[] = []): string[] {
  return [...new Set([...made.harm, ...missed(made, demand, confirmed)])];
}

function missed(made: Made, demand: Demand, confirmed: readonly string[]): string[] {
  if ('vms' in demand) return wrongVms(made, demand.vms);
  if ('refused' in demand) return wrongRefusal(made, demand.refused);
  const graves: readonly Outcome[] = ['replaced', 'deleted', 'created', 'stopped'];
  return outcomesOf(made.steps)
    .filter(({ name }) => !confirmed.includes(name))
    .flatMap(({ name, vmid, outcome, takenOff }) => [
      ...(graves.includes(outcome) ? [`VM ${vmid} (${name}) was ${outcome}`] : []),
      ...takenOff.map((disk) => `VM ${vmid} (${name}) lost ${disk}`),
    ]);
}

function wrongVms({ refusedInput, steps }: Made, expected: Readonly<Record<string, Outcome>>): string[] {
  const found = outcomesOf(steps);
  const names = [...new Set([...Object.keys(expected), ...found.map(({ name }) => name)])];
  return [
    ...refusedInput.map((message) => `configure says ${message}`),
    ...names.flatMap((name) => {
      const [wanted, is] = [expected[name] ?? 'none', found.find((vm) => vm.name === name)?.outcome ?? 'not seen'];
      return wanted === is ? [] : [`VM ${name} should be ${wanted}, and is ${is}`];
    }),
    ...problemsOf(steps),
  ];
}

function wrongRefusal({ refusedInput, steps, writes }: Made, reason: RegExp): string[] {
  if (refusedInput.length > 0) return refusedInput.some((message) => reason.test(message)) ? [] : [...refusedInput];
  const refusal = steps.find(({ said }) => reason.test(said));
  return [
    ...(refusal === undefined ? [`nothing says ${reason.source}`] : []),
    ...(writes.length === 0 ? [] : [`the host was written to: ${writes.slice(0, 5).map(requestOf).join('; ')}`]),
    ...outcomeLines(steps),
  ];
}

function problemsOf(steps: readonly Step[]): string[] {
  return steps.flatMap(({ name, problems, differences, said }) => [
    ...problems.map((problem) => `${name}: ${problem}`),
    ...differences.map((difference) => `${name}: ${JSON.stringify(difference)}`),
    ...(problems.length + differences.length > 0 && said !== '' ? [said.slice(-1500)] : []),
  ]);
}

function outcomesOf(steps: readonly Step[]): readonly VmOutcome[] {
  return steps.flatMap(({ outcomes }) => outcomes);
}
