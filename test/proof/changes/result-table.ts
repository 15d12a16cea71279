/** The page that says what came of each change. */

import type { ChangeRow, RunnableBackend } from './table.ts';

export interface Result {
  readonly row: string;
  readonly backend: RunnableBackend;
  /** One line per VM that did not stay as it was, or why nothing was run. */
  readonly outcomes: readonly string[];
  /** What was not as it had to be. */
  readonly wrong: readonly string[];
}

const HEAD = `# What changes do to machines

Each change is made on a running cluster with the backend's own tool, on a simulated Proxmox VE, one cluster for each row.
The token may do what the rendered \`create-token.sh\` grants: an administrator has run it before the cluster was built, and
again as it is rendered after the change. *refused*: the tool said no before anything was written, *failed*: after that; behind
it stands what it said. *nothing done, and not what the input says*: the tool passed the change over, and ended well. Where it
made part of the change, *not all of what the input says* stands behind that.

\`TALMOX_CHANGES=all TALMOX_UPDATE=1 npm run proof:changes\` makes all of them and writes this page, with
\`-t "tofu.*memory"\` behind \`--\` only that cell; a dozen run with \`npm run proof:changes\`. **Fault** marks what is not as it should be; each is a
known fault, whose name ends every run of the proofs that makes the change.

| change | Ansible | OpenTofu |
| --- | --- | --- |
`;

/** @param page as it was before: what was not run again stays */
export function resultTable(rows: readonly ChangeRow[], results: readonly Result[], page: string): string {
  const before = cellsOf(page);
  const cell = (row: string, backend: RunnableBackend): string => {
    const result = results.findLast((one) => one.row === row && one.backend === backend);
    if (result === undefined) return before.get(row)?.[backend] ?? 'not run';
    const text = result.outcomes.map(escaped).join('<br>');
    return result.wrong.length === 0 ? text : `**Fault**: ${text}`;
  };
  return HEAD + rows.map(({ name }) => `| ${name} | ${cell(name, 'ansible')} | ${cell(name, 'tofu')} |\n`).join('');
}

/** Row -> what stands in it. */
function cellsOf(page: string): ReadonlyMap<string, Readonly<Record<RunnableBackend, string>>> {
  const rows = page.split('\n').map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  return new Map(rows.map(([, name = '', ansible = '', tofu = '']) => [name, { ansible, tofu }]));
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
