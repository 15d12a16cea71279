/** What each filter prints to the letter, and what it refuses in which words. */

import { describe, expect, it } from 'vitest';
import { UnsafeText } from '../../src/model/yaml-value.ts';
import { FilterError } from '../../src/render/filters/filter.ts';
import { typedFilters, type TypedFilterName } from '../../src/render/filters/index.ts';
import { valueFilters } from '../../src/render/filters/value.ts';

const long = (length: number): string => 'k'.repeat(length);
const words = (count: number, last = 'ab'): string[] => [...Array<string>(count - 1).fill('ab'), last];

type Row = readonly [value: unknown, argument: unknown, text: string];

/** Value, argument, what is printed. */
const PRINTED: Readonly<Record<TypedFilterName, readonly Row[]>> = {
  yaml: [
    [null, undefined, 'null'],
    [true, undefined, 'true'],
    [-0.5, undefined, '-0.5'],
    [1e21, undefined, '1.0e+21'],
    [1.5e300, undefined, '1.5e+300'],
    [-1e-7, undefined, '-1.0e-7'],
    [12e-10, undefined, '1.2e-9'],
    ['', undefined, '""'],
    ['plain text', undefined, 'plain text'],
    ['a: b', undefined, '"a: b"'],
    ['a:', undefined, '"a:"'],
    ['a:b', undefined, 'a:b'],
    ['a #b', undefined, '"a #b"'],
    ['yes', undefined, '"yes"'],
    ['1.12.0', undefined, '"1.12.0"'],
    ['1234', undefined, '"1234"'],
    ['10.10.10.11', undefined, '10.10.10.11'],
    ['10.10.10.0/24', undefined, '10.10.10.0/24'],
    ['10.10.10.11:8006', undefined, '10.10.10.11:8006'],
    ['10.10.10.11:800600', undefined, '"10.10.10.11:800600"'],
    ['10.10.10.0/240', undefined, '10.10.10.0/240'],
    ['1010.10.10.11', undefined, '"1010.10.10.11"'],
    ['10.10.10', undefined, '"10.10.10"'],
    ['8f8a3f3e-0d0b-5d53-9a5c-0a3ff0c4b60b', undefined, '8f8a3f3e-0d0b-5d53-9a5c-0a3ff0c4b60b'],
    ['10000000-0000-0000-0000-000000000000', undefined, '10000000-0000-0000-0000-000000000000'],
    ['10000000-0000-0000-0000-0000000000001', undefined, '"10000000-0000-0000-0000-0000000000001"'],
    ['910000000-0000-0000-0000-000000000000', undefined, '"910000000-0000-0000-0000-000000000000"'],
    ['52:54:00:12:34:56', undefined, '"52:54:00:12:34:56"'],
    ['a"\\b\tc\rd', undefined, '"a\\"\\\\b\\tc\\rd"'],
    ['\u0001\u0085\u2028\ufeff\uffff', undefined, '"\\x01\\x85\\u2028\\uFEFF\\uFFFF"'],
    ['\u00a0\u00ff', undefined, '"\\xA0\u00ff"'],
    ['a\nb', undefined, '"a\\nb"'],
    ['a\nb', 2, '|-\n  a\n  b'],
    ['a\n\nb\n', 2, '|\n  a\n\n  b'],
    ['a\n\n', 2, '"a\\n\\n"'],
    [' a\nb', 2, '" a\\nb"'],
    ['a \nb', 2, '"a \\nb"'],
    ['a\nb ', 2, '"a\\nb "'],
    ['a\tx\nb', 2, '"a\\tx\\nb"'],
    [[], undefined, '[]'],
    [{}, undefined, '{}'],
    [[1, 'a', null], undefined, '- 1\n- a\n- null'],
    [{ a: [], b: {} }, undefined, 'a: []\nb: {}'],
    [{ a: { b: [1] } }, undefined, 'a:\n  b:\n    - 1'],
    [{ a: { b: [1] } }, 4, 'a:\n      b:\n        - 1'],
    [[[1, 2], { a: 1, b: 2 }], undefined, '- - 1\n  - 2\n- a: 1\n  b: 2'],
    [{ a: 'x\ny' }, undefined, 'a: |-\n  x\n  y'],
    [['x\ny\n'], 2, '- |\n    x\n    y'],
    [{ yes: 1, 'a b': 2, 'a: b': 3 }, undefined, '"yes": 1\na b: 2\n"a: b": 3'],
    [{ a: new UnsafeText('{{ x }}') }, undefined, 'a: !unsafe "{{ x }}"'],
    [Object.create(null), undefined, '{}'],
    [{ [long(1000)]: 1 }, undefined, `${long(1000)}: 1`],
    [1, 80, '1'],
    [1, 0, '1'],
  ],
  documents: [
    [[{ a: 1 }], undefined, 'a: 1'],
    [[{ a: 1 }, { b: 'x\ny' }], undefined, 'a: 1\n---\nb: |-\n  x\n  y'],
    [['a\nb'], undefined, '"a\\nb"'],
  ],
  hcl: [
    [null, undefined, 'null'],
    [false, undefined, 'false'],
    [1.5, undefined, '1.5'],
    ['a"\\\t\r\nb', undefined, '"a\\"\\\\\\t\\r\\nb"'],
    ['\u0001\u007f\u2028\ufeff\uffff', undefined, '"\\u0001\\u007f\\u2028\\ufeff\\uffff"'],
    ['${a} %{b} $a %c', undefined, '"$${a} %%{b} $a %c"'],
    ['e\u0301', undefined, '"\u00e9"'],
    [[], undefined, '[]'],
    [{}, undefined, '{}'],
    [[1, null, 'a'], undefined, '[1, null, "a"]'],
    [[{}], undefined, '[\n  {},\n]'],
    [[{ a: 1 }, [2]], undefined, '[\n  {\n    a = 1\n  },\n  [2],\n]'],
    [{ a: 1, bcd: 2 }, undefined, '{\n  a   = 1\n  bcd = 2\n}'],
    [{ a: 1, bcd: 2 }, 2, '{\n    a   = 1\n    bcd = 2\n  }'],
    [
      { a: 1, long: { x: 1 }, b: 2, cd: 3, more: [{}], e: 4 },
      undefined,
      '{\n  a = 1\n  long = {\n    x = 1\n  }\n  b  = 2\n  cd = 3\n  more = [\n    {},\n  ]\n  e = 4\n}',
    ],
    [{ é: 1, ab: 2 }, undefined, '{\n  "é" = 1\n  ab  = 2\n}'],
    [
      { for: 1, if: 2, in: 3, null: 4, true: 5, false: 6, form: 7 },
      undefined,
      '{\n  "for"   = 1\n  "if"    = 2\n  "in"    = 3\n  "null"  = 4\n  "true"  = 5\n  "false" = 6\n  form    = 7\n}',
    ],
    [{ a_B9: 1, '9a': 2, 'a-b': 3, 'a.b': 4 }, undefined, '{\n  a_B9  = 1\n  "9a"  = 2\n  a-b   = 3\n  "a.b" = 4\n}'],
    // 16 words of 6 characters and one of 4 make 100 with brackets.
    [words(17, ''), undefined, `[${'"ab", '.repeat(16)}""]`],
    [words(17, 'a'), undefined, `[\n${'  "ab",\n'.repeat(16)}  "a",\n]`],
    [[long(200)], undefined, `["${long(200)}"]`],
    [[long(50), long(50)], undefined, `[\n  "${long(50)}",\n  "${long(50)}",\n]`],
  ],
  sh: [
    ['abc_@%+=:,./-XYZ09', undefined, 'abc_@%+=:,./-XYZ09'],
    ['', undefined, "''"],
    ['a b', undefined, "'a b'"],
    ["it's", undefined, "'it'\\''s'"],
    ['a;', undefined, "'a;'"],
    [';a', undefined, "';a'"],
    ['a \nb', undefined, "'a ''\nb'"],
    ['a\t\nb', undefined, "'a\t''\nb'"],
    [12, undefined, '12'],
    [true, undefined, 'true'],
    ...'case do done elif else esac fi for if in then until while function select time'
      .split(' ')
      .flatMap((word): [unknown, unknown, string][] => [
        [word, undefined, `'${word}'`],
        [`${word}1`, undefined, `${word}1`],
      ]),
  ],
  taskfile: [
    [{ cmd: 'a {{.X}} b' }, undefined, 'cmd: "a {{`{{`}}.X}} b"'],
    [['{{', { a: '{{{{' }], 2, '- "{{`{{`}}"\n  - a: "{{`{{`}}{{`{{`}}"'],
    [{ a: 1, b: null, c: true }, undefined, 'a: 1\nb: null\nc: true'],
    [{ a: new UnsafeText('x') }, undefined, 'a: !unsafe "x"'],
  ],
  ini: [
    ['a value', undefined, 'a value'],
    ['', undefined, ''],
    [5, undefined, '5'],
    ['a#b', undefined, 'a#b'],
    ['a;b', undefined, 'a;b'],
    ['a[b]', undefined, 'a[b]'],
    ['"a', undefined, '"a'],
    ['"a" b', undefined, '"a" b'],
    ['a "b"', undefined, 'a "b"'],
    [`"a'`, undefined, `"a'`],
  ],
  md: [
    ['\\`*_[]<>|~&$#!@', undefined, '\\\\\\`\\*\\_\\[\\]\\<\\>\\|\\~\\&\\$\\#\\!\\@'],
    ['  a \n b  ', undefined, 'a b'],
    ['-a', undefined, '\\-a'],
    ['+a', undefined, '\\+a'],
    ['=a', undefined, '\\=a'],
    ['a-b', undefined, 'a-b'],
    ['1. a', undefined, '1\\. a'],
    ['12) a', undefined, '12\\) a'],
    ['1.', undefined, '1\\.'],
    ['1.2', undefined, '1.2'],
    ['a 1. b', undefined, 'a 1. b'],
    [3, undefined, '3'],
  ],
  code: [
    ['a', undefined, '`a`'],
    [' a  b ', undefined, '`a b`'],
    ['a`b', undefined, '``a`b``'],
    ['a``b`c', undefined, '```a``b`c```'],
    ['`a', undefined, '`` `a ``'],
    ['a`', undefined, '`` a` ``'],
  ],
  mermaid: [
    ['a"#&<>`\\b', undefined, '"a#quot;#35;#amp;#lt;#gt;#96;#92;b"'],
    ['a\nb', undefined, '"a<br/>b"'],
    ['', undefined, '""'],
  ],
  comment: [
    [' a\t\n\u0001\u007f\ufeff b ', undefined, 'a b'],
    [1, undefined, '1'],
    ['a\u0085b', undefined, 'a b'],
  ],
  line: [
    ['a  b\tc', undefined, 'a  b\tc'],
    ['', undefined, ''],
  ],
};

/** Value, argument, words of the refusal. */
const REFUSED: Readonly<Partial<Record<TypedFilterName, readonly Row[]>>> = {
  yaml: [
    [undefined, undefined, 'undefined cannot be written as YAML'],
    [{ a: [1, { b: NaN }] }, undefined, 'a[1].b: NaN cannot be written as YAML'],
    [{ a: { c: 1n } }, undefined, 'a.c: a bigint cannot be written as YAML'],
    [[() => 1], undefined, '[0]: a function cannot be written as YAML'],
    [new Date(0), undefined, 'an instance of Date cannot be written as YAML'],
    [{ [long(1001)]: 1 }, undefined, 'a key longer than 1000 characters cannot be written as YAML'],
    ['\ud800', undefined, 'a string holds half a surrogate pair, which no file can hold'],
    ['a\n\ud800', 2, 'a string holds half a surrogate pair'],
    [1, 81, 'indents by a number of spaces, not by 81'],
    [1, -1, 'indents by a number of spaces, not by -1'],
    [1, 1.5, 'indents by a number of spaces, not by 1.5'],
    [1, '2', 'indents by a number of spaces, not by "2"'],
  ],
  documents: [
    [[{ a: 1 }], 2, "'documents' prints whole documents and takes no argument"],
    [{ a: 1 }, undefined, "'documents' prints a list of documents, not a mapping"],
    ['a', undefined, "'documents' prints a list of documents, not a string"],
    [null, undefined, 'not null'],
    [[], undefined, "'documents' got an empty list; leave the file out in the target's includes()"],
  ],
  hcl: [
    [undefined, undefined, 'undefined cannot be written as HCL'],
    [[1n], undefined, 'a bigint cannot be written as HCL'],
    [Infinity, undefined, 'a number cannot be written as HCL'],
    [{ a: new Map() }, undefined, 'an instance of Map cannot be written as HCL'],
    ['\udc00', undefined, 'half a surrogate pair'],
    [1, 'x', 'indents by a number of spaces, not by "x"'],
  ],
  taskfile: [
    [1, 99, 'indents by a number of spaces, not by 99'],
    [new Date(0), undefined, 'an instance of Date'],
  ],
  comment: [
    [null, undefined, 'null cannot be written as a comment'],
    ['a', 1, "'comment' takes no argument"],
  ],
};

/** Filters that print one text: name, what the text is for, where no control character may stand. */
const OF_TEXT: readonly (readonly [TypedFilterName, string, string])[] = [
  ['sh', 'one word of shell', 'shell text'],
  ['ini', 'an INI value', 'INI'],
  ['md', 'Markdown text', 'Markdown text'],
  ['code', 'a code span', 'a code span'],
  ['mermaid', 'a mermaid label', 'a mermaid label'],
  ['line', 'a line of text', 'a line of text'],
];

const refusedTexts = (name: TypedFilterName): Row[] =>
  OF_TEXT.filter(([filter]) => filter === name).flatMap(([, language, place]): Row[] => [
    [null, undefined, `null cannot be written as ${language}`],
    [['a'], undefined, `a list cannot be written as ${language}`],
    [{}, undefined, `a mapping cannot be written as ${language}`],
    [NaN, undefined, `a number cannot be written as ${language}`],
    ['a', 1, `'${name}' takes no argument`],
    ['a\u0000b', undefined, `${place} cannot hold the control character U+0000`],
    ['a\u001bb', undefined, 'U+001B'],
    ['a\u0008', undefined, 'U+0008'],
    ['a\u009fb', undefined, 'U+009F'],
    ['\ud800', undefined, 'half a surrogate pair'],
  ]);

const MORE_REFUSED: readonly (readonly [TypedFilterName, string, string])[] = [
  ['ini', 'a\nb', 'INI cannot hold "a\\nb": a value is one line'],
  ['ini', 'a\u2029b', 'a value is one line'],
  ['ini', ' a', 'spaces at the ends are lost'],
  ['ini', '#a', 'it would start a comment or a section'],
  ['ini', ';a', 'it would start a comment or a section'],
  ['ini', '[a', 'it would start a comment or a section'],
  ['ini', 'a #b', 'it would start a comment or a section'],
  ['ini', 'a\t;b', 'it would start a comment or a section'],
  ['ini', '"a b"', 'readers remove the quotes'],
  ['ini', "''", 'readers remove the quotes'],
  ['ini', '50%', 'readers interpolate %'],
  ['code', ' ', 'a code span cannot be empty'],
  ['code', 'a|b', "a code span in a table cannot hold '|'"],
  ['line', 'a\nb', '"a\\nb" is not one line of text without spaces at its ends'],
  ['line', 'a ', '"a " is not one line of text'],
  ['line', 'a\u2028b', 'is not one line'],
];

const print = (name: TypedFilterName, value: unknown, argument: unknown): string =>
  typedFilters[name](value, argument, { documents: null });

describe.each(Object.keys(typedFilters) as TypedFilterName[])('%s', (name) => {
  it.each(PRINTED[name])('prints %j with %j', (value, argument, text) => {
    expect(print(name, value, argument)).toBe(text);
  });

  const refused = [
    ...(REFUSED[name] ?? []),
    ...refusedTexts(name),
    ...MORE_REFUSED.filter(([filter]) => filter === name).map(([, value, says]) => [value, undefined, says] as const),
  ];
  it.each(refused.map((row, index) => [index, ...row] as const))('refuses, row %i', (_index, value, argument, says) => {
    expect(() => print(name, value, argument)).toThrow(FilterError);
    expect(() => print(name, value, argument)).toThrow(says);
  });
});

it('documents are recorded behind those that were printed before', () => {
  const state = { documents: [{ first: 1 }] as unknown[] };
  typedFilters.documents([{ second: 2 }], undefined, state);
  expect(state.documents).toEqual([{ first: 1 }, { second: 2 }]);
});

it('an error that is no refusal stays what it is', () => {
  const odd = new Proxy(
    {},
    {
      getPrototypeOf: () => {
        throw new RangeError('broken');
      },
    },
  );
  expect(() => print('yaml', { a: odd }, undefined)).toThrow(/^broken$/);
});

it.each([
  [{ a: [1, { b: NaN }] }, 'a[1].b: NaN cannot be written as YAML'],
  [[[() => 1]], '[0][0]: a function cannot be written as YAML'],
])('a refusal of YAML begins with the path, row %#', (value, message) => {
  expect(() => print('yaml', value, undefined)).toThrow(new FilterError(message));
});

/** Filter, arguments with the value first, result. */
const VALUES: readonly (readonly [string, readonly unknown[], unknown])[] = [
  ['abs', [-2], 2],
  ['capitalize', ['hELLO wORLD'], 'Hello world'],
  ['capitalize', [''], ''],
  ['default', [undefined, 1], 1],
  ['default', [null, 1], 1],
  ['default', [0, 1], 0],
  ['default', ['', 1], ''],
  ['default', [false, 1], false],
  ['first', [[1, 2]], 1],
  ['first', ['ab'], 'a'],
  ['last', [[1, 2, 3]], 3],
  ['last', ['abc'], 'c'],
  ['join', [['a', 1, true], ', '], 'a, 1, true'],
  ['join', [['a', 'b']], 'ab'],
  ['length', ['abc'], 3],
  ['length', [[1, 2]], 2],
  ['length', [{ a: 1 }], 1],
  ['lower', ['AbC'], 'abc'],
  ['upper', ['AbC'], 'ABC'],
  ['replace', ['a.b.c', '.', '$&'], 'a$&b$&c'],
  ['reverse', ['ab\u{1f600}'], '\u{1f600}ba'],
  ['reverse', [[1, 2, 3]], [3, 2, 1]],
  ['round', [2.5], 3],
  ['round', [2.345, 2], 2.35],
  ['round', [1234, -2], 1200],
  ['sort', [[10, 9, 1]], [1, 9, 10]],
  ['sort', [['b', 'B', 'a', 'a']], ['B', 'a', 'a', 'b']],
  ['sort', [[1, 2, 3], true], [3, 2, 1]],
  ['sort', [[2, 1], 'yes'], [1, 2]],
  ['sort', [[]], []],
  ['title', ['hello wORLD-ärger'], 'Hello World-Ärger'],
  ['trim', [' a b '], 'a b'],
  ['truncate', ['abcdef', 6], 'abcdef'],
  ['truncate', ['abcdefg', 6], 'abc...'],
  ['truncate', ['\u{1f600}\u{1f600}', 2], '\u{1f600}\u{1f600}'],
];

it.each(VALUES)('%s(%j) is %j', (name, [value, ...args], result) => {
  expect(valueFilters[name]?.(value, ...args)).toEqual(result);
});

it('every value filter has an example', () => {
  expect([...new Set(VALUES.map(([name]) => name))].sort()).toEqual(Object.keys(valueFilters).sort());
});

it.each([
  ['lower', [[]], 'expects text, not a list'],
  ['upper', [null], 'expects text, not null'],
  ['join', ['ab', ','], 'expects a list, not a string'],
  ['join', [[{}], ','], 'expects text, not a mapping'],
  ['abs', ['1'], 'expects a number, not a string'],
  ['first', [[]], 'an empty list has no item'],
  ['last', [''], 'an empty string has no item'],
  ['first', [1], 'expects a list, not a number'],
  ['length', [null], 'null has no length'],
  ['length', [1], 'a number has no length'],
  ['sort', [[1, 'a']], 'sorts a list of numbers or a list of strings'],
  ['sort', [[true, false]], 'sorts a list of numbers or a list of strings'],
  ['sort', ['ab'], 'expects a list, not a string'],
  ['reverse', [{}], 'expects a list, not a mapping'],
  ['truncate', ['a', undefined], 'expects a number, not undefined'],
] as const)('%s refuses %j', (name, [value, ...args], says) => {
  expect(() => valueFilters[name]?.(value, ...args)).toThrow(FilterError);
  expect(() => valueFilters[name]?.(value, ...args)).toThrow(says);
});

it('a list is sorted and reversed in a copy', () => {
  const list = [2, 1];
  valueFilters['sort']?.(list);
  valueFilters['reverse']?.(list);
  expect(list).toEqual([2, 1]);
});
