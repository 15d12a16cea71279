import { validated } from '../pipeline.ts';
import { issueSummary, printIssues, printJson } from '../report.ts';
import type { Session } from '../session.ts';

/** Says whether both files are right. @returns the exit code */
export function validateCommand(session: Session): number {
  const { issues, cluster } = validated(session);
  if (session.json) {
    printJson(session, { command: 'validate', ok: true, exitCode: 0, issues });
    return 0;
  }
  printIssues(session, issues);
  const what = `cluster ${cluster.name}: ${cluster.nodes.length} node${cluster.nodes.length === 1 ? '' : 's'}`;
  session.output.out(issues.length === 0 ? `${what}, ${issueSummary(issues)}` : what);
  return 0;
}
