/** Whatever a filter prints, the parser of that language reads back as it was. */

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { shellWord } from '../../src/model/command-line.ts';
import { FilterError } from '../../src/render/filters/filter.ts';
import { typedFilters, type TypedFilterName } from '../../src/render/filters/index.ts';

const state = () => ({ documents: null });
const print = (name: TypedFilterName, value: unknown, argument?: unknown): string =>
  typedFilters[name](value, argument, state());

/** The text that a filter prints, or `null` when it refuses the value. Any other error is a fault. */
function printed(name: TypedFilterName, value: unknown): string | null {
  try {
    return print(name, value);
  } catch (error) {
    if (error instanceof FilterError) return null;
    throw error;
  }
}

const HOSTILE = [
  // Words and numbers of YAML 1.1 and 1.2.
  'y',
  'yes',
  'NO',
  'on',
  'off',
  'null',
  'Null',
  '~',
  '',
  'true',
  '0777',
  '0o17',
  '1e3',
  '1_000',
  '0x1f',
  '0b1',
  '.inf',
  '-.INF',
  '.nan',
  '+1',
  '1.10',
  '-1',
  '-',
  '12:30:45',
  '52:54:00:12:34:56',
  '2026-01-01',
  '2026-01-01T00:00:00Z',
  '<<',
  '=',
  '---',
  '...',
  '--- x',
  // Marks of YAML.
  '- x',
  '? x',
  ': x',
  '# x',
  'a: b',
  'a:',
  'a #b',
  '{a}',
  '[a]',
  '&a',
  '*a',
  '!a',
  '|',
  '>',
  '%a',
  '@a',
  '`a`',
  ',',
  'a, b',
  '-\n- x',
  // Templates, expansions and comments of everything else.
  '${x}',
  '%{x}',
  '$${x}',
  '$$${x}',
  '%%{ if x }',
  '{{ x }}',
  '{{',
  '}}',
  '{{{',
  '{{- x -}}',
  '{{`x`}}',
  '{% x %}',
  '#{ x }#',
  '#% x %#',
  '#{',
  '#| x |#',
  '$(id)',
  '`id`',
  '$HOME',
  '!x',
  '\\',
  '\\n',
  '\\\n',
  '"',
  "'",
  "'\\''",
  '"x"',
  "'x'",
  '; x',
  'a ;b',
  'a //b',
  '/* a */',
  '<!-- a -->',
  '|a|',
  '*a*',
  '_a_',
  '[a](b)',
  '~~a~~',
  '&amp;',
  '#35;',
  // Spaces and line breaks of every kind.
  ' ',
  ' a',
  'a ',
  '\ta',
  'a\tb',
  'a\t',
  '\n',
  'a\nb',
  'a\n',
  'a\n\n',
  '\na',
  ' a\nb',
  'a \nb',
  'a\n b',
  'a\r\nb',
  'a\u0085b',
  'a\u2028b',
  'a\u2029b',
  '\u00a0a',
  'a\u3000',
  '\ufeffa',
  '\u0000',
  '\u001b[0m',
  '\u007f',
  '\u009f',
  '\ufffe',
  '\uffff',
  // Unicode: combining marks, astral planes, directions.
  'é',
  'e\u0301',
  '\u{1f600}',
  '\u202ea',
  '\u200b',
  'ß',
  'İ',
];
const tricky = fc.constantFrom(...HOSTILE);
const text = fc.oneof(
  tricky,
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.array(tricky, { maxLength: 4 }).map((parts) => parts.join('')),
);
const scalar = fc.oneof(
  text,
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => (Object.is(number, -0) ? 0 : number)),
  fc.boolean(),
  fc.constant(null),
);
/** Of characters that every version of Unicode counts alike: formatters align keys by their width. */
const key = text.filter(
  (name) => name !== '__proto__' && /^[\u0000-\u08ff\u1e00-\u3000\ufeff-\uffff\u{1f600}]*$/u.test(name),
);
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4 }),
  ),
})).value;
/** Every hostile text, then random ones. */
const texts = (count: number): string[] => [...HOSTILE, ...fc.sample(text, count)];

/** Is there a program that runs this? Readers that may be missing are looked for once. */
const has = (program: string, ...args: string[]): boolean => spawnSync(program, args).status === 0;

/** One test per filter of the registry, or this does not compile. */
const tests: Record<TypedFilterName, () => void> = {
  yaml() {
    it('comes back as it was, read by YAML 1.2 and by YAML 1.1', () => {
      fc.assert(
        fc.property(value, fc.nat(6), (written, indent) => {
          const source = `${' '.repeat(indent)}${print('yaml', { root: written }, indent)}\n`;
          expect(parse(source)).toEqual({ root: written });
          expect(parse(source, { version: '1.1', merge: false })).toEqual({ root: written });
        }),
        { numRuns: 500 },
      );
    });

    it.runIf(has('python3', '-c', 'import yaml'))('comes back as it was, read by PyYAML', () => {
      const all = [...HOSTILE, ...fc.sample(value, 500)].map((written) => ({
        root: written,
        nested: [[written], { a: written }],
      }));
      const source = all.map((written) => `---\n${print('yaml', written)}\n`).join('');
      const script = 'import json, sys, yaml\nprint(json.dumps(list(yaml.safe_load_all(sys.stdin.buffer.read()))))';
      const read = execFileSync('python3', ['-c', script], { input: source, encoding: 'utf8', maxBuffer: 1 << 26 });
      expect(JSON.parse(read)).toEqual(all);
    });
  },

  documents() {
    it('come back one by one and are recorded', () => {
      fc.assert(
        fc.property(fc.array(fc.dictionary(key, value, { maxKeys: 3 }), { minLength: 1, maxLength: 3 }), (written) => {
          const collected = state();
          const source = typedFilters.documents(written, undefined, collected);
          expect(parseAllDocuments(`${source}\n`).map((document) => document.toJS() as unknown)).toEqual(written);
          expect(collected.documents).toEqual(written);
        }),
      );
    });
  },

  hcl() {
    it('comes back as it was, and is what the formatter leaves alone', async () => {
      // Large programs, which no other test here needs.
      const { parse: parseHcl } = await import('@cdktn/hcl2json');
      const { format } = await import('@cdktn/hcl-tools');
      const hclValue = fc.dictionary(key, value, { maxKeys: 4 });
      await fc.assert(
        fc.asyncProperty(hclValue, async (written) => {
          const source = `locals {\n  value = ${print('hcl', written, 2)}\n}\n`;
          const parsed = (await parseHcl('a.tf', source)) as { locals: { value: unknown }[] };
          expect(literal(parsed.locals[0]?.value)).toEqual(normalised(written));
          expect(await format(source)).toBe(source);
        }),
        // A combining mark at the start of a key joins the quote before it on a screen, but not for fmt.
        { numRuns: 150, examples: [[{ '': { '': null, '\u{11038}': null } }]] },
      );
    });
  },

  sh() {
    it('comes back from a real shell as it was, or is refused', () => {
      const words = texts(300).filter((word) => printed('sh', word) !== null);
      const script = words.map((word) => `printf '%s\\0' ${print('sh', word)}`).join('\n');
      expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1)).toEqual(words);
      // What no script may hold is refused, and nothing else is.
      const refused = texts(300).filter((word) => printed('sh', word) === null);
      for (const word of refused) expect(word).toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    });
  },

  taskfile() {
    it('comes back as it was after YAML and Go’s templates', () => {
      fc.assert(
        fc.property(text, (written) => {
          const { cmd } = parse(print('taskfile', { cmd: written })) as { cmd: string };
          // The only action that talmox writes: a raw string that prints two braces.
          const rest = cmd.replaceAll('{{`{{`}}', '\u0000');
          if (written.includes('\u0000')) return;
          expect(rest).not.toContain('{{');
          expect(rest.replaceAll('\u0000', '{{')).toBe(written);
        }),
      );
    });

    it.runIf(has('task', '--version'))('comes back as it was from go-task itself', () => {
      // go-task's shell reads CRLF as a line feed, also in quotes; the input holds neither of NUL and CR.
      const words = texts(200).filter((word) => !/[\u0000\r]/.test(word));
      const directory = mkdtempSync(join(tmpdir(), 'talmox-task-'));
      try {
        const cmds = words.map((word) => `printf '%s\\0' ${shellWord(word)}`);
        writeFileSync(
          join(directory, 'Taskfile.yaml'),
          `version: "3"\ntasks:\n  all:\n    cmds: ${print('taskfile', cmds, 6).replace(/^/, '\n      ')}\n`,
        );
        const read = execFileSync('task', ['--silent', 'all'], {
          cwd: directory,
          encoding: 'utf8',
          maxBuffer: 1 << 26,
        });
        expect(read.split('\0').slice(0, -1)).toEqual(words);
      } finally {
        rmSync(directory, { recursive: true });
      }
    });
  },

  ini() {
    it.runIf(has('python3', '--version'))('comes back from configparser as it was, or is refused', () => {
      const words = texts(500).filter((word) => printed('ini', word) !== null);
      expect(words.length).toBeGreaterThan(50);
      const source = `[all]\n${words.map((word, index) => `k${index} = ${print('ini', word)}\n`).join('')}`;
      // As Ansible opens its file: comments behind ` ;`, and `%` read as it is asked for.
      const script = [
        'import configparser, json, sys',
        'source = sys.stdin.buffer.read().decode()',
        'for interpolation in (configparser.BasicInterpolation(), None):',
        '    parser = configparser.ConfigParser(inline_comment_prefixes=(";",), interpolation=interpolation)',
        '    parser.read_string(source)',
        '    print(json.dumps([parser["all"][key] for key in parser["all"]]))',
      ].join('\n');
      const text = execFileSync('python3', ['-c', script], { input: source, encoding: 'utf8' });
      for (const line of text.trim().split('\n')) expect(JSON.parse(line)).toEqual(words);
    });

    it.each(['a%b', ' a', 'a ', 'a ;b', '#a', ';a', '[a]', '"a"', "'a'", 'a\nb', 'a\u2028b'])('refuses %j', (word) => {
      expect(printed('ini', word)).toBeNull();
    });
  },

  md() {
    it('keeps a table cell one cell, without a mark that formats', () => {
      fc.assert(
        fc.property(text, (written) => {
          const cell = printed('md', written);
          if (cell === null) return;
          const bare = cell.replace(/\\[!-/:-@[-`{-~]/g, '');
          expect(bare).not.toMatch(/[\n\r\u2028\u2029|*_`<>[\]~&]/);
          // CommonMark: a backslash before punctuation is that punctuation.
          expect(cell.replace(/\\([!-/:-@[-`{-~])/g, '$1')).toBe(written.replace(/\s+/g, ' ').trim());
        }),
      );
    });
  },

  code() {
    it('is one span whose text comes back', () => {
      fc.assert(
        fc.property(text, (written) => {
          const span = printed('code', written);
          if (span === null) return;
          const [, fence = '', inner = ''] = /^(`+)(?!`)([^]*?)(?<!`)\1$/.exec(span) ?? [];
          expect(fence).not.toBe('');
          // CommonMark takes one space off each end when both are there.
          const read = /^ [^]* $/.test(inner) && inner.trim() !== '' ? inner.slice(1, -1) : inner;
          expect(read).toBe(written.replace(/\s+/g, ' ').trim());
          expect(span).not.toMatch(/[\n|]/);
        }),
      );
    });
  },

  mermaid() {
    it('is one quoted label on one line, without markup', () => {
      fc.assert(
        fc.property(text, (written) => {
          const label = printed('mermaid', written);
          if (label === null) return;
          expect(label).toMatch(/^"[^"\n\r]*"$/);
          const entities: Record<string, string> = {
            '#quot;': '"',
            '#35;': '#',
            '#amp;': '&',
            '#lt;': '<',
            '#gt;': '>',
            '#96;': '`',
            '#92;': '\\',
            '<br/>': '\n',
          };
          const read = label
            .slice(1, -1)
            .replace(/#(?:quot|35|amp|lt|gt|96|92);|<br\/>/g, (entity) => entities[entity] ?? '');
          expect(read).toBe(written);
        }),
      );
    });
  },

  comment() {
    it('is one line', () => {
      fc.assert(
        fc.property(text, (written) => {
          expect(printed('comment', written) ?? '').not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
        }),
      );
    });
  },

  line() {
    it('is the text itself, or refused', () => {
      fc.assert(
        fc.property(text, (written) => {
          const line = printed('line', written);
          if (line === null) return;
          expect(line).toBe(written);
          expect(line).not.toMatch(/[\n\r\u0085\u2028\u2029]|^\s|\s$/);
        }),
      );
    });
  },
};

describe.each(Object.keys(typedFilters) as TypedFilterName[])('%s', (name) => {
  tests[name]();

  it.each(['\ud800', 'a\udfff', { a: ['\udc00'] }, { '\ud800': 1 }])('refuses half a surrogate pair: %j', (half) => {
    const list = name === 'documents' ? [{ half }] : half;
    expect(printed(name, list)).toBeNull();
  });

  it('refuses what no output can hold', () => {
    for (const odd of [undefined, NaN, Infinity, () => 1, Symbol('x'), new Date(0), new Map(), 1n]) {
      expect(printed(name, name === 'documents' ? [{ odd }] : odd)).toBeNull();
    }
  });
});

/** The parser hands expressions over as text: `\${` stands for a literal one. */
function literal(parsed: unknown): unknown {
  if (typeof parsed === 'string') return parsed.replaceAll('$${', '${').replaceAll('%%{', '%{');
  if (Array.isArray(parsed)) return parsed.map(literal);
  if (typeof parsed !== 'object' || parsed === null) return parsed;
  return Object.fromEntries(Object.entries(parsed).map(([name, item]) => [literal(name) as string, literal(item)]));
}

/** HCL knows text in NFC only. */
function normalised(written: unknown): unknown {
  if (typeof written === 'string') return written.normalize('NFC');
  if (Array.isArray(written)) return written.map(normalised);
  if (typeof written !== 'object' || written === null) return written;
  return Object.fromEntries(Object.entries(written).map(([name, item]) => [name.normalize('NFC'), normalised(item)]));
}
