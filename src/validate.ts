/**
 * What the two files say, and what is wrong with them, pure from end to end:
 *
 *   texts -> parse -> schema -> prune -> resolve -> check
 *
 * Of a long file that is wrong throughout only the first lines are read.
 */

import { check } from './config/check.ts';
import type { InputCode } from './config/codes.ts';
import { headOf } from './config/head.ts';
import type { Setting, Trace } from './config/origin.ts';
import { parseInput, type ParsedInput } from './config/parse.ts';
import { resolve } from './config/resolve.ts';
import { sharedRules } from './config/rules/index.ts';
import { prune } from './config/prune.ts';
import { checkSchemas, withoutRepeats, type CheckedShape } from './config/schema.ts';
import type { Cluster } from './model/cluster.ts';
import { sortIssues, type Issue, type Locate } from './model/issue.ts';
import type { RuleRow } from './model/rule.ts';
import { targetRules, type TargetCode } from './targets/index.ts';

/** Codes of rules, by the tables of `src/config/rules/` and of the targets. */
type RuleCode = (typeof sharedRules)[number]['code'] | TargetCode;

/** Every code an issue can have. docs/errors.md says what each means. */
export type IssueCode = InputCode | RuleCode;

/** The two files. */
export interface InputTexts {
  readonly clusterText: Uint8Array;
  readonly nodesText: Uint8Array;
}

export interface Validated {
  /** `null` when an issue is an error. */
  readonly cluster: Cluster | null;
  /** Sorted by file and position. */
  readonly issues: readonly Issue<IssueCode>[];
  /** Where each resolved value came from; empty unless asked for, or without a cluster. */
  readonly settings: readonly Setting[];
  readonly locate: Locate;
}

/** Every rule: the shared ones, then each target's own. */
export const allRules: readonly RuleRow<RuleCode>[] = [...sharedRules, ...targetRules];

/**
 * Reads the two files and finds every fault in them, as far as faults allow.
 * @param options.trace also collect where each value came from
 */
export function validate(
  { clusterText, nodesText }: InputTexts,
  options: { readonly trace: boolean } = { trace: false },
): Validated {
  const settings: Setting[] = [];
  const trace: Trace | null = options.trace ? (setting) => settings.push(setting) : null;
  const { inputs, cluster, issues } =
    judgedByHeads(clusterText, nodesText) ?? understand(parseBoth(clusterText, nodesText), trace);
  const failed = cluster === null || issues.some((issue) => issue.severity === 'error');
  return {
    cluster: failed ? null : cluster,
    issues: sortIssues(issues),
    settings: failed ? [] : settings,
    locate: locateIn(inputs),
  };
}

interface Understood {
  readonly inputs: Inputs;
  readonly cluster: Cluster | null;
  readonly issues: readonly Issue<IssueCode>[];
}

interface Inputs {
  readonly clusterInput: ParsedInput;
  readonly nodesInput: ParsedInput;
}

function parseBoth(clusterText: Uint8Array, nodesText: Uint8Array): Inputs {
  return {
    clusterInput: parseInput('cluster.yaml', clusterText),
    nodesInput: parseInput('nodes.yaml', nodesText),
  };
}

function locateIn({ clusterInput, nodesInput }: Inputs): Locate {
  return (file, pointer, part) => (file === 'cluster.yaml' ? clusterInput : nodesInput).locate(pointer, part);
}

/** Places that are wrong and told; looking for more of them takes longer than anybody waits. */
const MOST_FAULTS = 20_000;

/** The same within the first lines of a long file, of which a cut through whatever stands there makes a hundred at most. */
const MOST_FAULTS_IN_HEAD = 1000;

/** @returns what is wrong with long files whose first lines say enough, or `null`: they have to be read */
function judgedByHeads(clusterText: Uint8Array, nodesText: Uint8Array): Understood | null {
  const [clusterHead, nodesHead] = [headOf(clusterText), headOf(nodesText)];
  if (clusterHead === null && nodesHead === null) return null;
  const inputs = parseBoth(clusterHead ?? clusterText, nodesHead ?? nodesText);
  const { schema, issues } = shapeOf(inputs);
  if (issues.length > MOST_FAULTS_IN_HEAD) return tooMany(inputs, issues, MOST_FAULTS_IN_HEAD);
  const isLost = schema.isExcessive || inputs.clusterInput.isBroken || inputs.nodesInput.isBroken;
  return isLost ? { inputs, cluster: null, issues } : null;
}

/** What is wrong with the files before anybody asks what they mean. */
function shapeOf({ clusterInput, nodesInput }: Inputs): {
  readonly parseIssues: readonly Issue<InputCode>[];
  readonly schema: CheckedShape;
  /** Each mistake once. */
  readonly issues: readonly Issue<IssueCode>[];
} {
  const parseIssues = [...clusterInput.issues, ...nodesInput.issues];
  const schema = checkSchemas([clusterInput, nodesInput], MOST_FAULTS);
  const doubts = withoutRepeats(schema.issues, [...clusterInput.doubts, ...nodesInput.doubts]);
  return { parseIssues, schema, issues: [...parseIssues, ...withoutRepeats(parseIssues, schema.issues), ...doubts] };
}

function understand(inputs: Inputs, trace: Trace | null): Understood {
  const { parseIssues, schema, issues } = shapeOf(inputs);
  if (!schema.isComplete || issues.length > MOST_FAULTS) return tooMany(inputs, issues, MOST_FAULTS);
  const usable = prune(inputs.clusterInput, inputs.nodesInput, [...parseIssues, ...schema.issues]);
  if (usable === null) return { inputs, cluster: null, issues };
  const { clusterFile, nodesFile, without, partial, refused } = usable;
  const cluster = resolve(clusterFile, nodesFile, { without, trace });
  const locate = locateIn(inputs);
  const found = check({ cluster, clusterFile, nodesFile, partial, refused, locate }, allRules, MOST_FAULTS);
  const all = [...issues, ...found];
  return found.length > MOST_FAULTS ? tooMany(inputs, all, MOST_FAULTS) : { inputs, cluster, issues: all };
}

function tooMany(inputs: Inputs, issues: readonly Issue<IssueCode>[], most: number): Understood {
  const told = sortIssues(issues).slice(0, most);
  const message = `more than ${most} places are wrong, and no others are looked for; mend the first ones, then run this again`;
  const file = told.at(-1)?.file ?? 'nodes.yaml';
  const issue: Issue<IssueCode> = {
    code: 'TOO_MANY_FAULTS',
    severity: 'error',
    file,
    pointer: '',
    line: 1,
    column: 1,
    message,
  };
  return { inputs, cluster: null, issues: [issue, ...told] };
}
