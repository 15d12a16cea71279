/** A rehearsal in words: for a terminal, for a pull request. */

import type { Difference } from '../compare/differences.ts';
import type { LogEntry } from '../state/log.ts';
import type { VmOutcome } from './outcome.ts';
import type { RehearsalResult } from './rehearse.ts';
import type { Step } from './steps.ts';

export interface Rehearsed extends RehearsalResult {
  readonly target: string;
  /** Version of Proxmox VE that was simulated. */
  readonly pve: string;
  /** Name of the cluster. */
  readonly cluster: string;
}

/** How many requests a report quotes; the JSON form has them all. */
const QUOTED = 20;

/** Characters of a quoted request: enough to recognise it. */
const LINE_LENGTH = 240;

/** Lines of what a tool printed before it failed: the end says why. */
const SAID_LINES = 60;

/** Characters of a step's name: `foreign disk` and `apply HEAD~1` have as many. */
const NAME_WIDTH = 12;

/**
 * `ok      apply           12.3 s   310 requests`, and below what became of each VM and what went wrong.
 * @param revision name of an earlier one that is built first: `apply v1.2.3-rc.1` may be the longest name of a step
 */
export function stepLines(step: Step, revision = ''): string[] {
  const word = step.ok ? 'ok' : 'failed';
  const width = Math.max(NAME_WIDTH, `apply ${revision}`.length);
  const head = `${word.padEnd(7)} ${step.name.padEnd(width)} ${seconds(step).padStart(8)} ${String(step.requests).padStart(5)} requests`;
  return [head, ...[...outcomeLines(step.outcomes), ...faultLines(step)].map((line) => `        ${line}`)];
}

/** `w-1   VM 1021  changed in place  memory changed`; the untouched ones share the last line. */
export function outcomeLines(outcomes: readonly VmOutcome[]): string[] {
  const shown = outcomes.filter(({ outcome, details }) => outcome !== 'none' || details.length > 0);
  const untouched = outcomes.filter((one) => !shown.includes(one)).map(({ name }) => name);
  const width = (cells: readonly string[]): number => Math.max(0, ...cells.map((cell) => cell.length));
  const [names, ids] = [width(shown.map(({ name }) => name)), width(shown.map(({ vmid }) => String(vmid)))];
  const words = width(shown.map(({ outcome }) => outcome));
  return [
    ...shown.map(({ name, vmid, outcome, details }) =>
      `${name.padEnd(names)}  VM ${String(vmid).padStart(ids)}  ${outcome.padEnd(words)}  ${details.join('; ')}`.trimEnd(),
    ),
    ...(untouched.length === 0 ? [] : [`none: ${untouched.join(', ')}`]),
  ];
}

/** `rehearsal of home with tofu on Proxmox VE 9.1: all well, 14.2 s` */
export function summaryLine(result: Rehearsed): string {
  const total = result.steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const failed = result.steps.filter(({ ok }) => !ok).map(({ name }) => name);
  const verdict = result.ok ? 'all well' : `failed at ${failed.join(', ')}`;
  return `rehearsal of ${result.cluster} with ${result.target} on Proxmox VE ${result.pve}: ${verdict}, ${(total / 1000).toFixed(1)} s`;
}

export function markdownReport(result: Rehearsed): string {
  const rows = result.steps.map(
    (step) => `| ${step.ok ? '✅' : '❌'} | ${step.name} | ${seconds(step)} | ${step.requests} |`,
  );
  const changed = result.steps.flatMap(({ outcomes }) => outcomes);
  const failed = result.steps.filter(({ ok }) => !ok);
  const details = failed.flatMap((step) => [
    '',
    `### ${step.name}`,
    '',
    '```text',
    ...faultLines(step).map(fenced),
    '```',
  ]);
  return [
    `## ${summaryLine(result)}`,
    '',
    '| | step | time | requests |',
    '| --- | --- | ---: | ---: |',
    ...rows,
    ...outcomeTable(changed),
    ...details,
    '',
  ].join('\n');
}

function outcomeTable(outcomes: readonly VmOutcome[]): string[] {
  if (outcomes.length === 0) return [];
  const rows = outcomes.map(
    ({ name, vmid, outcome, details }) =>
      `| ${name} | ${vmid} | ${outcome} | ${details.join('; ').replaceAll('|', '\\|')} |`,
  );
  return ['', '| VM | id | what happens to it | |', '| --- | ---: | --- | --- |', ...rows];
}

function seconds({ milliseconds }: Step): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function faultLines(step: Step): string[] {
  const quoted = step.behind.slice(0, QUOTED).map(requestLine);
  const more = step.behind.length - quoted.length;
  return [
    ...step.problems,
    ...step.differences.map(differenceLine),
    ...(quoted.length > 0 ? ['the requests behind it:', ...quoted.map((line) => `  ${shortened(line)}`)] : []),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...saidLines(step.said),
  ];
}

function saidLines(said: string): string[] {
  const lines = said.trimEnd().split('\n');
  if (said.trim() === '') return [];
  const last = lines.slice(-SAID_LINES);
  const more = lines.length - last.length;
  return [`the tool said${more > 0 ? `, after ${more} lines` : ''}:`, ...last.map((line) => `  ${line}`)];
}

function differenceLine({ vmid, field, expected, actual }: Difference): string {
  if (field === 'VM') {
    return actual === null
      ? `VM ${vmid} (${expected ?? ''}) is not there`
      : `VM ${vmid} (${actual}) is not in the model`;
  }
  const shown = (value: string | null): string => (value === null ? 'nothing' : JSON.stringify(value));
  return `VM ${vmid} ${field}: the model wants ${shown(expected)}, the host has ${shown(actual)}`;
}

/** `PUT /nodes/pve1/qemu/1011/config cores=4 -> 500 VM is locked (clone)` */
export function requestLine({ method, path, parameters, status, reason }: LogEntry): string {
  const words = Object.entries(parameters)
    .filter(([name]) => !path.split('/').includes(String(parameters[name])) || !['node', 'vmid'].includes(name))
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(',') : String(value)}`);
  const answer = status === 200 ? '' : ` -> ${status ?? 'no answer'} ${reason}`.trimEnd();
  return [method, path, ...words].join(' ') + answer;
}

function shortened(line: string): string {
  return line.length > LINE_LENGTH ? `${line.slice(0, LINE_LENGTH - 1)}…` : line;
}

/** A line that cannot end the block it stands in. */
function fenced(line: string): string {
  return line.replaceAll('```', "'''");
}
