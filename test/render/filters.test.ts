import { execFileSync } from 'node:child_process';
import { parse as parseHcl } from '@cdktn/hcl2json';
import { format } from '@cdktn/hcl-tools';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { typedFilters } from '../../src/render/filters/index.ts';

const state = () => ({ documents: null });
/** Text that an input can hold: the parser refuses control characters. */
const text = fc
  .string({ unit: 'grapheme', maxLength: 30 })
  .map((value) => value.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff]/g, ''));
const tricky = fc.constantFrom(
  'yes', 'NO', 'on', 'off', 'null', '~', '', ' ', '0777', '0o17', '1e3', '1_000', '0x1f', '.inf', '12:30:45', '52:54:00:12:34:56',
  '2026-01-01', '<<', '=', '- x', '? x', ': x', '# x', 'a: b', 'a #b', '{a}', '[a]', '&a', '*a', '!a', '|', '>', '%a', '@a', '`a`',
  '${x}', '%{x}', '$${x}', '"', "'", '\\', 'a\nb', 'a\n', '\ta', 'a\tb', '{{ x }}', '{% x %}', 'true', '1.10', '-1', '---', '...',
);
const scalar = fc.oneof(text, tricky, fc.integer(), fc.boolean(), fc.constant(null));
const key = fc.oneof(tricky, text).filter((name) => name !== '__proto__');
const value = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(key, tie('value'), { maxKeys: 4 })),
})).value;

describe('yaml', () => {
  it('comes back as it was, read by YAML 1.2 and by YAML 1.1', () => {
    fc.assert(
      fc.property(value, fc.nat(6), (written, indent) => {
        const printed = typedFilters.yaml({ root: written }, indent, state());
        const source = `${' '.repeat(indent)}${printed}\n`;
        expect(parse(source)).toEqual({ root: written });
        expect(parse(source, { version: '1.1', merge: false })).toEqual({ root: written });
      }),
      { numRuns: 500 },
    );
  });

  it('documents come back one by one and are recorded', () => {
    fc.assert(
      fc.property(fc.array(fc.dictionary(key, value, { maxKeys: 3 }), { minLength: 1, maxLength: 3 }), (documents) => {
        const collected = state();
        const printed = typedFilters.documents(documents, undefined, collected);
        expect(parseAllDocuments(`${printed}\n`).map((document) => document.toJS() as unknown)).toEqual(documents);
        expect(collected.documents).toEqual(documents);
      }),
    );
  });
});

describe('hcl', () => {
  it('comes back as it was, and is what the formatter leaves alone', async () => {
    const hclValue = fc.dictionary(fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 8 }), value, { maxKeys: 4 });
    await fc.assert(
      fc.asyncProperty(hclValue, async (written) => {
        const source = `locals {\n  value = ${typedFilters.hcl(written, 2, state())}\n}\n`;
        const parsed = (await parseHcl('a.tf', source)) as { locals: { value: unknown }[] };
        expect(literal(parsed.locals[0]?.value)).toEqual(normalised(written));
        expect(await format(source)).toBe(source);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
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

describe('sh', () => {
  it('comes back from a real shell as it was', () => {
    const words = fc.sample(fc.oneof(text, tricky), 300);
    const script = words.map((word) => `printf '%s\\0' ${typedFilters.sh(word, undefined, state())}`).join('\n');
    expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1)).toEqual(words);
  });
});

describe('taskfile', () => {
  it('comes back as it was after YAML and Go’s templates', () => {
    fc.assert(
      fc.property(fc.oneof(text, tricky), (written) => {
        const printed = typedFilters.taskfile({ cmd: written }, undefined, state());
        const { cmd } = parse(printed) as { cmd: string };
        // The only action that talmox writes: a raw string that prints two braces.
        const rest = cmd.replaceAll('{{`{{`}}', '\u0000');
        expect(rest).not.toContain('{{');
        expect(rest.replaceAll('\u0000', '{{')).toBe(written);
      }),
    );
  });
});

describe('ini', () => {
  it('comes back as it was, or is refused', () => {
    fc.assert(
      fc.property(fc.oneof(text, tricky), (written) => {
        let printed: string;
        try {
          printed = typedFilters.ini(written, undefined, state());
        } catch {
          return;
        }
        // As configparser reads it: one line, no comment behind `;` or `#`, trimmed.
        expect(printed).not.toMatch(/[\n\r]|(?:^|\s)[;#]/);
        expect(printed.trim()).toBe(written);
      }),
    );
  });
});

it('md keeps a table cell one cell', () => {
  fc.assert(
    fc.property(text, (written) => {
      const cell = typedFilters.md(written, undefined, state());
      expect(cell).not.toMatch(/\n|(?<!\\)\|/);
    }),
  );
});
