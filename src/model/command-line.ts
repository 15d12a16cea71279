/** A command as a line for a POSIX shell: what `--dry-run` prints and what Taskfiles run. */

import type { Command } from './task.ts';

/** One word that every POSIX shell reads back as the same text. */
export function shellWord(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Public variables first, then the words: `TF_INPUT=0 tofu plan -out=tfplan`. */
export function commandLine({ argv, env }: Command): string {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${shellWord(value)}`);
  // An argument like `a=b` in front would be taken for a variable; a program name never looks like one.
  return [...variables, ...argv.map(shellWord)].join(' ');
}
