import { describe, expect, it } from 'vitest';
import { parseHcl } from '../../src/io/hcl.ts';
import type { Format, RenderedFile } from '../../src/model/artifact.ts';
import { UnsafeText } from '../../src/model/yaml-value.ts';
import { verify } from '../../src/render/verify.ts';

function problemsOf(
  content: string,
  format: Format = 'yaml',
  documents: readonly unknown[] | null = null,
): Promise<string[]> {
  const file: RenderedFile = { path: 'a', template: 'a.j2', format, mode: 0o644, content, documents };
  return verify([file], parseHcl);
}

describe('a rendered file', () => {
  it.each<[string, string, RegExp]>([
    ['a carriage return', 'a: 1\r\n', /out\/a:1 carriage return/],
    ['a control character', 'a: 1\nb: "\u0007"\n', /out\/a:2 control character/],
    ['spaces at the end of a line', 'a: 1 \n', /out\/a:1 spaces at the end/],
    ['no line break at the end', 'a: 1', /must end in exactly one line break/],
    ['several line breaks at the end', 'a: 1\n\n', /must end in exactly one line break/],
  ])('has nowhere %s, whatever its language', async (_, content, message) => {
    for (const format of ['text', 'ini', 'markdown'] as const) {
      expect(await problemsOf(content, format)).toEqual([expect.stringMatching(message)]);
    }
  });

  it('is named with its template', async () => {
    expect(await problemsOf('a: [\n')).toEqual([expect.stringMatching(/^out\/a:\d+ .* \(templates\/a\.j2\)$/)]);
  });
});

describe('YAML', () => {
  it.each<[string, string, RegExp]>([
    ['a syntax error', 'a: [1\nb: 2\n', /out\/a:\d/],
    ['a key that stands twice', 'a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n', /out\/a:5 the key .* twice/],
    ['an alias', 'a: &x 1\nb: *x\n', /out\/a:2 an alias/],
    ['an unknown tag', 'a: !vault x\n', /out\/a:1/],
    ['a word that is a boolean to PyYAML', 'a: yes\n', /yes is text in YAML 1\.2 and true in YAML 1\.1; quote it/],
    ['a number that is sexagesimal to PyYAML', 'a: 22:22\n', /quote it/],
    ['a number that is octal to PyYAML', 'a: 0755\n', /quote it/],
    ['a date', 'a: 2026-01-01\n', /quote it/],
    ['a merge key that nobody meant', 'a: <<\n', /needs quotes/],
  ])('is refused with %s', async (_, content, message) => {
    expect(await problemsOf(content)).toEqual([expect.stringMatching(message)]);
  });

  it('holds exactly the documents that were printed', async () => {
    const printed = [{ a: 1, b: ['x', { c: null }] }, { d: 'yes' }];
    expect(await problemsOf('a: 1\nb: [x, {c: null}]\n---\nd: "yes"\n', 'yaml', printed)).toEqual([]);
    expect(await problemsOf('a: 1\nb: [x, {c: null}]\n', 'yaml', printed)).toEqual([
      expect.stringMatching(/1 YAML document.* where 2/),
    ]);
    expect(await problemsOf('a: 1\nb: [x, {c: 0}]\n---\nd: "yes"\n', 'yaml', printed)).toEqual([
      expect.stringMatching(/document 1 reads back differently at b\.1\.c/),
    ]);
    expect(await problemsOf('a: 1\nb: [x, {c: null}]\n---\nd: "yes"\ne: 1\n', 'yaml', printed)).toEqual([
      expect.stringMatching(/document 2 reads back differently/),
    ]);
  });

  it('keeps apart text that Ansible renders and text that it does not', async () => {
    expect(await problemsOf('a: !unsafe "{{ x }}"\n', 'yaml', [{ a: new UnsafeText('{{ x }}') }])).toEqual([]);
    expect(await problemsOf('a: "{{ x }}"\n', 'yaml', [{ a: new UnsafeText('{{ x }}') }])).toHaveLength(1);
  });

  it('is verified in time that grows with its size, however many keys a mapping has', async () => {
    const keys = Array.from({ length: 50_000 }, (_, index) => `k${index}: 1\n`).join('');
    expect(await problemsOf(`${keys}k7: 2\n`)).toEqual([expect.stringMatching(/out\/a:50001 .* twice/)]);
  });
});

describe('HCL', () => {
  it('is refused with its line when it is none', async () => {
    expect(await problemsOf('locals {\n  a = 1\n}\n', 'hcl')).toEqual([]);
    expect(await problemsOf('locals {\n  a =\n}\n', 'hcl')).toEqual([expect.stringMatching(/^out\/a:[23] /)]);
  });
});

describe('a script', () => {
  it('says what runs it', async () => {
    expect(await problemsOf('#!/bin/sh\ntrue\n', 'shell')).toEqual([]);
    expect(await problemsOf('true\n', 'shell')).toEqual([expect.stringMatching(/#!/)]);
  });
});
