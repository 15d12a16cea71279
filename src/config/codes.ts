/** Codes of what parsing and the schemas refuse; the rules' codes are in their own table. */

import type { Severity } from '../model/issue.ts';

export interface CodeRow<Code extends string = string> {
  readonly code: Code;
  readonly severity: Severity;
  readonly summary: string;
}

const row = <const Code extends string>(code: Code, summary: string): CodeRow<Code> => ({
  code,
  severity: 'error',
  summary,
});

/** What parsing and the schemas may say. */
export type InputCode = (typeof INPUT_CODES)[number]['code'];

export const INPUT_CODES = [
  row('YAML_SYNTAX', 'The file is YAML.'),
  row('YAML_DUPLICATE_KEY', 'A key stands once.'),
  row('YAML_MULTIPLE_DOCUMENTS', 'The file holds one document.'),
  row('YAML_TAB', 'Indentation is made of spaces.'),
  row('YAML_TAG', 'No tags such as !vault: nothing here resolves them.'),
  row('YAML_ALIAS_UNKNOWN', 'An alias follows the anchor it names.'),
  row('YAML_MERGE', 'A merge key takes mappings.'),
  row('YAML_ALIASES', 'Aliases expand to a bounded size, and never to themselves.'),
  row('YAML_NESTING', 'Values nest no deeper than a parser can follow.'),
  row(
    'TOO_MANY_FAULTS',
    'Fewer than twenty thousand places are wrong, and fewer than a thousand in the first lines of a long file: beyond that nothing more is looked for.',
  ),
  row(
    'YAML_TOO_LARGE',
    'The file has at most 10 MiB; nodes.yaml half a million lines and list entries, cluster.yaml a hundred thousand.',
  ),
  row('YAML_EMPTY', 'The file is not empty.'),
  row('YAML_ROOT', 'The file holds keys, not a list or a single value.'),
  row('YAML_NOT_UTF8', 'The file is UTF-8.'),
  row(
    'YAML_CONTROL_CHARACTER',
    'No invisible characters: no output language carries them safely, and nobody reviews them.',
  ),
  row('YAML_KEY_TOO_LONG', 'A key has at most 400 characters: no reader takes one without end.'),
  row('YAML_AMBIGUOUS', 'What is written means the same in YAML 1.1 and 1.2: other tools read these files too.'),
  row('SCHEMA_UNKNOWN_KEY', 'Keys of nodes and groups are known ones.'),
  row('SCHEMA_REQUIRED', 'Required keys are there.'),
  row('SCHEMA_TYPE', 'A value has the type its key wants.'),
  row('SCHEMA_ENUM', 'A value is one of those its key knows.'),
  row('SCHEMA_PATTERN', 'A text has the form its key wants.'),
  row('SCHEMA_RANGE', 'A number lies in the range its key allows.'),
  row(
    'SCHEMA_LENGTH',
    'A list has as many entries, a mapping as many keys and a text as many characters as its key allows.',
  ),
  row('SCHEMA_DUPLICATE', 'A list does not repeat an entry where that means nothing.'),
] as const satisfies readonly CodeRow[];
