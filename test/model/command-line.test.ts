import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { commandLine, shellWord } from '../../src/model/command-line.ts';

it('words come back from a real shell as they were', () => {
  // One shell for all: each word is printed with a terminator that no word can hold.
  const words = fc
    .sample(fc.string({ unit: 'grapheme', minLength: 0, maxLength: 20 }), 200)
    .filter((word) => !word.includes('\0'));
  const hostile = ['', "it's", '$HOME', '`id`', 'a b', '*', '~', '-n', '\n', '\\', '"', '!x', "''", '{{.X}}', '#'];
  const all = [...hostile, ...words];
  const script = all.map((word) => `printf '%s\\0' ${shellWord(word)}`).join('\n');
  const read = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
  expect(read).toEqual(all);
});

it('sets public variables in front of the program', () => {
  const command = {
    argv: ['tofu', 'plan', '-var', 'a b'],
    cwd: 'tofu',
    env: { TF_INPUT: '0' },
    exitCodes: {},
  } as const;
  expect(commandLine(command)).toBe("TF_INPUT=0 tofu plan -var 'a b'");
});
