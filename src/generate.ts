/**
 * The composition, pure from end to end:
 *
 *   texts -> parse -> schema -> prune -> resolve -> check -> plan -> render   (this file)
 *                                                         -> verify           (this file, parser injected)
 *   load before it, diff and write after it                                   (io)
 *
 * `validate` stops after check. Nothing is rendered from input that has an error, and nothing is
 * verified that would not be written: `io` asks for the files that change.
 */

import { check } from './config/check.ts';
import type { InputCode } from './config/codes.ts';
import type { Setting, Trace } from './config/origin.ts';
import { parseInput, type ParsedInput } from './config/parse.ts';
import { resolve } from './config/resolve.ts';
import { sharedRules } from './config/rules/index.ts';
import { prune } from './config/prune.ts';
import { checkSchemas, withoutRepeats } from './config/schema.ts';
import type { RenderedFile } from './model/artifact.ts';
import type { Cluster } from './model/cluster.ts';
import { InvalidOutputError } from './model/errors.ts';
import { sortIssues, type Issue, type Locate } from './model/issue.ts';
import type { RuleRow } from './model/rule.ts';
import { activeFor } from './model/target.ts';
import { plan } from './render/plan.ts';
import { createRenderer, type TemplateSource } from './render/render.ts';
import { verify, type ParseHcl } from './render/verify.ts';
import { targetRules, targets, type TargetCode } from './targets/index.ts';

/** Codes of rules, by the tables of `src/config/rules/` and of the targets. */
type RuleCode = (typeof sharedRules)[number]['code'] | TargetCode;

/** Every code an issue can have. docs/errors.md says what each means. */
export type IssueCode = InputCode | RuleCode;

/** Everything a run reads. */
export interface Sources {
  readonly clusterText: Uint8Array;
  readonly nodesText: Uint8Array;
  /** Path under `templates/` -> source. */
  readonly templates: ReadonlyMap<string, TemplateSource>;
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

export interface Generated extends Validated {
  /** Empty when there is no cluster. */
  readonly files: readonly RenderedFile[];
}

/** Every rule: the shared ones, then each target's own. */
export const allRules: readonly RuleRow<RuleCode>[] = [...sharedRules, ...targetRules];

/**
 * Reads the two files and finds every fault in them, as far as faults allow.
 * @param options.trace also collect where each value came from
 */
export function validate(
  { clusterText, nodesText }: Pick<Sources, 'clusterText' | 'nodesText'>,
  options: { readonly trace: boolean } = { trace: false },
): Validated {
  const clusterInput = parseInput('cluster.yaml', clusterText);
  const nodesInput = parseInput('nodes.yaml', nodesText);
  const locate: Locate = (file, pointer, part) =>
    (file === 'cluster.yaml' ? clusterInput : nodesInput).locate(pointer, part);
  const settings: Setting[] = [];
  const trace: Trace | null = options.trace ? (setting) => settings.push(setting) : null;
  const { cluster, issues } = understand(clusterInput, nodesInput, locate, trace);
  const failed = cluster === null || issues.some((issue) => issue.severity === 'error');
  return { cluster: failed ? null : cluster, issues: sortIssues(issues), settings: failed ? [] : settings, locate };
}

function understand(
  clusterInput: ParsedInput,
  nodesInput: ParsedInput,
  locate: Locate,
  trace: Trace | null,
): { cluster: Cluster | null; issues: readonly Issue<IssueCode>[] } {
  const parseIssues = [...clusterInput.issues, ...nodesInput.issues];
  if (clusterInput.value === null && nodesInput.value === null) return { cluster: null, issues: parseIssues };
  const schemaIssues = checkSchemas(clusterInput, nodesInput);
  const doubts = withoutRepeats(schemaIssues, [...clusterInput.doubts, ...nodesInput.doubts]);
  const issues = [...parseIssues, ...withoutRepeats(parseIssues, schemaIssues), ...doubts];
  const usable = prune(clusterInput, nodesInput, [...parseIssues, ...schemaIssues]);
  if (usable === null) return { cluster: null, issues };
  const { clusterFile, nodesFile, without, partial, refused } = usable;
  const cluster = resolve(clusterFile, nodesFile, { without, trace });
  return {
    cluster,
    issues: [...issues, ...check({ cluster, clusterFile, nodesFile, partial, refused, locate }, allRules)],
  };
}

/**
 * Renders every artifact.
 * @throws RenderError when a template is wrong
 */
export function generate(sources: Sources): Generated {
  const validated = validate(sources);
  const { cluster } = validated;
  if (cluster === null) return { ...validated, files: [] };
  const renderer = createRenderer(sources.templates);
  const artifacts = plan([...sources.templates.keys()], activeFor(targets, cluster), cluster);
  return { ...validated, files: artifacts.map((artifact) => renderer.render(artifact)) };
}

/**
 * Every given file is what its consumer reads.
 * @throws InvalidOutputError with every problem
 */
export async function verifyFiles(files: readonly RenderedFile[], parseHcl: ParseHcl): Promise<void> {
  const problems = await verify(files, parseHcl);
  if (problems.length > 0) throw new InvalidOutputError(problems);
}
