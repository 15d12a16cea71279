/** Runs rules over the resolved cluster and turns what they find into issues with positions. */

import type { Cluster } from '../model/cluster.ts';
import type { ClusterFile, NodesFile } from '../model/files.gen.ts';
import type { Issue, Locate } from '../model/issue.ts';
import type { RuleContext, RuleRow } from '../model/rule.ts';

export interface CheckInput {
  readonly cluster: Cluster;
  readonly clusterFile: ClusterFile;
  readonly nodesFile: NodesFile;
  readonly partial: boolean;
  readonly refused: RuleContext['refused'];
  readonly locate: Locate;
}

/** @param most findings after which no further rule is asked */
export function check<Code extends string>(
  input: CheckInput,
  rules: readonly RuleRow<Code>[],
  most: number,
): Issue<Code>[] {
  const { locate } = input;
  const context: RuleContext = {
    ...input,
    at: (file, pointer) => {
      const { line, column } = locate(file, pointer, 'use');
      return `${file}:${line}:${column}`;
    },
  };
  const issues: Issue<Code>[] = [];
  for (const { code, severity, check: find } of rules) {
    for (const { file, pointer, message } of find(context)) {
      if (issues.length > most) return issues;
      issues.push({ code, severity, file, pointer, ...locate(file, pointer, 'use'), message });
    }
  }
  return issues;
}
