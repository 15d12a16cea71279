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

export function check<Code extends string>(input: CheckInput, rules: readonly RuleRow<Code>[]): Issue<Code>[] {
  const { locate } = input;
  const context: RuleContext = {
    ...input,
    at: (file, pointer) => {
      const { line, column } = locate(file, pointer, 'use');
      return `${file}:${line}:${column}`;
    },
  };
  return rules.flatMap((rule) =>
    rule.check(context).map((finding): Issue<Code> => {
      const { file, pointer, message } = finding;
      return { code: rule.code, severity: rule.severity, file, pointer, ...locate(file, pointer, 'use'), message };
    }),
  );
}
