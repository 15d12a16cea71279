/** The steps of a rehearsal: each is timed, counted, and says what it found. */

import type { Difference } from '../compare/differences.ts';
import type { Host } from '../state/host.ts';
import type { LogEntry } from '../state/log.ts';
import type { VmOutcome } from './outcome.ts';

export interface Step {
  readonly name: string;
  readonly ok: boolean;
  readonly milliseconds: number;
  /** Requests that the host answered meanwhile. */
  readonly requests: number;
  /** One line each; empty when all is well. */
  readonly problems: readonly string[];
  readonly differences: readonly Difference[];
  /** Writes to the VMs that differ, or writes where none was allowed. */
  readonly behind: readonly LogEntry[];
  /** What happened to each VM; empty in steps that do not ask. */
  readonly outcomes: readonly VmOutcome[];
  /** What the backend's tool printed, where the step failed; else empty. */
  readonly said: string;
}

/** What a step found: nothing, where all is well. */
export type Finding = Partial<Pick<Step, 'problems' | 'differences' | 'behind' | 'outcomes' | 'said'>> & {
  /** The tool did not get to its end: what follows builds on nothing. */
  readonly broken?: boolean;
};

export interface Recorder {
  /**
   * Runs one step.
   * @param work gets the mark of the log from which its requests count
   * @returns whether the next step makes sense: also after one that found something, but whose tool came to its end
   */
  step(name: string, work: (mark: number) => Promise<Finding> | Finding): Promise<boolean>;
  readonly steps: readonly Step[];
}

/**
 * @param now milliseconds of a clock that never goes back
 * @param onStep called as each step ends
 */
export function recorder(host: Host, now: () => number, onStep: (step: Step) => void): Recorder {
  const steps: Step[] = [];
  return {
    steps,
    step: async (name, work) => {
      const [start, mark] = [now(), host.log.mark()];
      const finding = await work(mark);
      const { problems = [], differences = [], behind = [], outcomes = [], said = '' } = finding;
      const ok = problems.length === 0 && differences.length === 0;
      const done: Step = {
        name,
        ok,
        milliseconds: now() - start,
        requests: host.log.entries(mark).length,
        problems,
        differences,
        behind,
        outcomes,
        said: ok ? '' : said,
      };
      steps.push(done);
      onStep(done);
      return finding.broken !== true;
    },
  };
}

export function merge(...findings: readonly Finding[]): Finding {
  return {
    problems: findings.flatMap(({ problems = [] }) => problems),
    differences: findings.flatMap(({ differences = [] }) => differences),
    behind: findings.flatMap(({ behind = [] }) => behind),
    outcomes: findings.flatMap(({ outcomes = [] }) => outcomes),
    broken: findings.some(({ broken }) => broken === true),
    said: findings
      .map(({ said = '' }) => said)
      .filter((text) => text !== '')
      .join('\n'),
  };
}
