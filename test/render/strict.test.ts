import { describe, expect, it } from 'vitest';
import { RenderError } from '../../src/model/errors.ts';
import type { RenderedFile } from '../../src/model/artifact.ts';
import { createRenderer } from '../../src/render/render.ts';

const VIEW = {
  node: { name: 'cp-1', tags: ['a', 'b'], nothing: null, labels: { zone: 'a' } },
  zero: 0,
  empty: [] as string[],
};

function render(text: string, extra: Readonly<Record<string, string>> = {}): RenderedFile {
  const templates = new Map(
    Object.entries({ 'a.yaml.j2': text, ...extra }).map(([name, source]) => [name, { text: source }]),
  );
  return createRenderer(templates).render({
    path: 'a.yaml',
    template: 'a.yaml.j2',
    format: 'yaml',
    mode: 0o644,
    view: VIEW,
  });
}

function failure(text: string, extra: Readonly<Record<string, string>> = {}): string {
  try {
    render(text, extra);
  } catch (error) {
    if (error instanceof RenderError) return error.message;
    throw error;
  }
  return 'no error';
}

const body = (text: string): string => render(text).content.split('---\n')[1] ?? '';

describe('a template that is wrong says where', () => {
  it.each([
    ['an unknown name', 'a: 1\nb: #{ nod.name | yaml }#\n', /^templates\/a\.yaml\.j2:2:7 .*nod.*did you mean.*node/],
    ['an unknown field', 'a: #{ node.nam | yaml }#\n', /:1:\d+ .*node\.nam.*did you mean.*name/],
    ['an unknown field in an if', '#% if node.role %#a: 1#% endif %#\n', /:1:\d+ .*node\.role/],
    ['an unknown list in a for', '#% for x in node.disks %#- 1#% endfor %#\n', /:1:\d+ .*node\.disks/],
    ['an unknown filter', 'a: #{ node.name | uper | yaml }#\n', /:1:\d+ .*uper.*did you mean.*upper/],
    ['a bare value', 'a: #{ node.name }#\n', /:1:\d+ .*filter/],
    ['a filter of another language', 'a: #{ node.name | hcl }#\n', /:1:\d+ .*hcl/],
    [
      'a name in set',
      '#% set x = node.nam %#a: #{ x | yaml }#\n',
      /:1:17 'node\.nam' is undefined; did you mean 'name'/,
    ],
    ['a name in a set block', '#% set x %##{ node.nam | yaml }##% endset %#a: #{ x | yaml }#\n', /:1:20 'node\.nam'/],
    ['the name of an include', '#% include node.nam %#\n', /:1:17 'node\.nam'/],
    ['an include that is not there', '#% include "nope.j2" %#\n', /:1:12 no template 'nope\.j2'/],
    [
      'an argument of a macro',
      '#% macro m(a) %#a: #{ a | yaml }##% endmacro %##{ m(node.nam) }#\n',
      /:1:58 'node\.nam'/,
    ],
    [
      'an argument that a macro misses',
      '#% macro m(a) %#a: #{ a | yaml }##% endmacro %##{ m() }#\n',
      /:1:51 m: argument 'a' is missing/,
    ],
    [
      'the body of a macro',
      '#% macro m(a) %#a: #{ a.x | yaml }##% endmacro %##{ m(node) }#\n',
      /:1:25 'a\.x' is undefined/,
    ],
    ['an argument of a filter', 'a: #{ "x" | replace("x", node.nam) | yaml }#\n', /:1:31 'node\.nam'/],
    ['a chain over null', 'a: #{ node.nothing.x | yaml }#\n', /:1:20 'node\.nothing' is null and has no 'x'/],
    ['a chain over text', 'a: #{ node.name.x.y | yaml }#\n', /:1:17 'node\.name' is a string and has no 'x'/],
    ['an index past the end', 'a: #{ node.tags[5] | yaml }#\n', /:1:17 'node\.tags' has 2 items, and none at 5/],
    ['the filter of a loop', '#% for x in node.tags if x == nope %#- #{ x | yaml }##% endfor %#\n', /:1:31 'nope'/],
    [
      'a variable after its loop',
      '#% for x in node.tags %#- #{ x | yaml }#\n#% endfor %##{ x | yaml }#\n',
      /:2:16 'x' is undefined/,
    ],
    [
      'a field of loop',
      '#% for x in node.tags %#- #{ loop.indx | yaml }##% endfor %#\n',
      /:1:\d+ 'loop\.indx'.*did you mean 'index'/,
    ],
    ['one side of and', '#% if node.tags and nope %#a: 1#% endif %#\n', /:1:21 'nope'/],
    ['a call', 'a: #{ nope() | yaml }#\n', /:1:7 'nope'/],
    ['a test', '#% if node.tags is strng %#a: 1#% endif %#\n', /:1:\d+ .*strng/],
    [
      'a path with a typo before its end, also with a default',
      'a: #{ nod.name | default("x") | yaml }#\n',
      /:1:7 'nod' is undefined; did you mean 'node'/,
    ],
    [
      'a path with a typo before its end, also in is defined',
      '#% if node.tag.x is defined %#a: 1#% endif %#\n',
      /:1:12 'node\.tag' is undefined; did you mean 'tags'/,
    ],
    ['an unknown tag', '#% iff x %#\n', /:1:4 unknown block tag: iff/],
    ['a tag that is not closed', 'a: 1\nb: #{ node.name | yaml\n', /:3:1 the template ends within a tag/],
    ['a block that is not closed', '#% if node %#\na: 1\n', /:1:4 'if' is not closed/],
    ['an expression that is none', 'a: #{ node. | yaml }#\n', /:1:13 /],
    ['a property of every object', 'a: #{ node.constructor | yaml }#\n', /:1:\d+ .*constructor/],
  ])('%s', (_name, text, message) => {
    expect(failure(text)).toMatch(message);
  });

  it('also in the file it includes', () => {
    expect(failure('a: 1\n#% include "_p.yaml.j2" %#\n', { '_p.yaml.j2': 'x: 1\ny: #{ nope | yaml }#\n' })).toMatch(
      /^templates\/_p\.yaml\.j2:2:7 /,
    );
  });
});

describe('what templates may rely on', () => {
  it.each([
    [
      'empty lists, zero and null are false',
      '#% if empty or zero or node.nothing %#a: 1#% else %#a: 2#% endif %#\n',
      'a: 2\n',
    ],
    ['loops over lists', '#% for x in node.tags %#\n- #{ x | yaml }#\n#% endfor %#\n', '- a\n- b\n'],
    ['loops over maps', '#% for k, v in node.labels %#\n#{ k | yaml }#: #{ v | yaml }#\n#% endfor %#\n', 'zone: a\n'],
    ['comments leave no line behind', '#| note #|\na: 1\n', 'a: 1\n'],
    ['other languages’ marks pass through', 'a: "{{ x }} ${y} {% z %}"\n', 'a: "{{ x }} ${y} {% z %}"\n'],
    [
      'the end of a path may be missing where that is asked',
      'a: #{ node.nam | default("z") | yaml }#\n#% if node.nam is defined %#b: 1#% endif %#\n',
      'a: z\n',
    ],
    ['curated helpers', 'a: #{ "vm cores" | camelcase | yaml }#\n', 'a: vmCores\n'],
  ])('%s', (_name, text, expected) => {
    expect(body(text)).toBe(expected);
  });

  it('puts the header in front', () => {
    expect(render('a: 1\n').content).toBe(
      '# Generated by talmox from cluster.yaml and nodes.yaml with templates/a.yaml.j2.\n' +
        '# Do not edit: change the input, then run `task configure`.\n---\na: 1\n',
    );
  });
});
