/** The table of typed filters: the only way a value enters an output. */

import type { TypedFilter } from './filter.ts';
import { hcl } from './hcl.ts';
import { ini } from './ini.ts';
import { code, md, mermaid } from './markdown.ts';
import { comment, line } from './plain.ts';
import { sh } from './shell.ts';
import { taskfile } from './taskfile.ts';
import { documents, yaml } from './yaml.ts';

export const typedFilters = {
  yaml,
  documents,
  hcl,
  sh,
  ini,
  taskfile,
  md,
  code,
  mermaid,
  comment,
  line,
} as const satisfies Record<string, TypedFilter>;

export type TypedFilterName = keyof typeof typedFilters;
