/** Every rendered file is read as its consumer reads it, before anything is written. */

import { isMap, isScalar, LineCounter, parseAllDocuments, Scalar, visit, type Document, type ScalarTag } from 'yaml';
import type { RenderedFile } from '../model/artifact.ts';
import { readingName, readingOf } from '../model/yaml-reading.ts';
import { UnsafeText } from '../model/yaml-value.ts';

/** Parses HCL; rejects with the parser's message. The parser is WebAssembly, so it is handed in. */
export type ParseHcl = (name: string, text: string) => Promise<void>;

/**
 * Verifies rendered files.
 * @returns one line per problem, `out/<path>:<line> what (templates/<template>)`, in the order of the files
 */
export async function verify(files: readonly RenderedFile[], parseHcl: ParseHcl): Promise<string[]> {
  const problems: string[] = [];
  for (const file of files) {
    const found = [...textProblems(file.content), ...(await languageProblems(file, parseHcl))];
    problems.push(
      ...found.map(({ line, message }) => `out/${file.path}:${line} ${message} (templates/${file.template})`),
    );
  }
  return problems;
}

interface Problem {
  readonly line: number;
  readonly message: string;
}

async function languageProblems(file: RenderedFile, parseHcl: ParseHcl): Promise<readonly Problem[]> {
  switch (file.format) {
    case 'yaml':
    case 'taskfile':
      return yamlProblems(file);
    case 'hcl':
      return hclProblems(file, parseHcl);
    case 'shell':
      return file.content.startsWith('#!') ? [] : [{ line: 1, message: 'a script starts with #!' }];
    default:
      return [];
  }
}

/** What no generated file may hold, whatever its language. */
function textProblems(content: string): readonly Problem[] {
  const problems: Problem[] = [];
  const find = (pattern: RegExp, message: string): void => {
    const match = pattern.exec(content);
    if (match !== null) problems.push({ line: content.slice(0, match.index).split('\n').length, message });
  };
  find(/\r/, 'carriage return');
  find(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff]|\p{Surrogate}/u, 'control character');
  find(/[ \t]+$/m, 'spaces at the end of the line');
  find(/(?<!\n)$(?![\s\S])|\n\n$(?![\s\S])/, 'must end in exactly one line break');
  return problems;
}

async function hclProblems({ path, content }: RenderedFile, parseHcl: ParseHcl): Promise<readonly Problem[]> {
  try {
    await parseHcl(path, content);
    return [];
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim();
    const line = Number(/:(\d+),\d+/.exec(message)?.[1] ?? 1);
    return [{ line, message }];
  }
}

/** Ansible's mark for text that is no template. */
const UNSAFE_TAG: ScalarTag = { tag: '!unsafe', resolve: (text) => new UnsafeText(text) };

function yamlProblems({ content, documents }: RenderedFile): readonly Problem[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(content, {
    lineCounter: lines,
    prettyErrors: false,
    customTags: [UNSAFE_TAG],
    // Quadratic in the parser; the walk below finds them in passing.
    uniqueKeys: false,
  });
  const at = (offset: number): number => lines.linePos(offset).line;
  const found = Array.isArray(parsed) ? parsed : [];
  const problems = found.flatMap((document) => documentProblems(document, at));
  if (problems.length > 0 || documents === null) return problems;
  return differences(found, documents, at);
}

function documentProblems(document: Document.Parsed, at: (offset: number) => number): readonly Problem[] {
  const problems: Problem[] = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    line: at(pos[0]),
    message,
  }));
  visit(document, {
    Alias: (_, { range }) => {
      problems.push({ line: at(range?.[0] ?? 0), message: 'an alias; generated YAML repeats values instead' });
    },
    Map: (_, { items }) => {
      const seen = new Set<unknown>();
      for (const { key } of items) {
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name))
          problems.push({
            line: at(isScalar(key) ? (key.range?.[0] ?? 0) : 0),
            message: `the key ${String(name)} stands twice`,
          });
        seen.add(name);
      }
    },
    Scalar: (_, node) => {
      if (node.type !== Scalar.PLAIN) return;
      const message = ambiguity(node);
      if (message !== null) problems.push({ line: at(node.range?.[0] ?? 0), message });
    },
  });
  return problems;
}

/** How a plain scalar reads otherwise in YAML 1.1, or `null`. */
function ambiguity({ source = '', value }: Scalar): string | null {
  const { yaml11 } = readingOf(source);
  if (yaml11 === undefined) return `${source} needs quotes: YAML 1.1 gives it a meaning`;
  if (Object.is(yaml11, value)) return null;
  return `${source} is ${readingName(value)} in YAML 1.2 and ${readingName(yaml11)} in YAML 1.1; quote it`;
}

/** The text must hold exactly the documents that the template printed. */
function differences(
  parsed: readonly Document.Parsed[],
  documents: readonly unknown[],
  at: (offset: number) => number,
): readonly Problem[] {
  if (parsed.length !== documents.length) {
    return [{ line: 1, message: `holds ${parsed.length} YAML document(s) where ${documents.length} were printed` }];
  }
  return parsed.flatMap((document, index) => {
    const difference = differingPath(document.toJS(), documents[index], '');
    if (difference === null) return [];
    const start = isMap(document.contents) ? document.contents.range[0] : document.range[0];
    return [{ line: at(start), message: `document ${index + 1} reads back differently at ${difference}` }];
  });
}

/** Path of the first difference, or `null`; the order of keys does not count. */
function differingPath(read: unknown, printed: unknown, path: string): string | null {
  const here = path === '' ? 'its root' : path;
  if (read instanceof UnsafeText || printed instanceof UnsafeText) {
    const same = read instanceof UnsafeText && printed instanceof UnsafeText && read.text === printed.text;
    return same ? null : here;
  }
  if (typeof read !== 'object' || typeof printed !== 'object' || read === null || printed === null) {
    return read === printed ? null : here;
  }
  if (Array.isArray(read) !== Array.isArray(printed)) return here;
  const keys = Object.keys(read);
  if (keys.length !== Object.keys(printed).length) return here;
  for (const key of keys) {
    const below = path === '' ? key : `${path}.${key}`;
    if (!Object.hasOwn(printed, key)) return below;
    const found = differingPath((read as Fields)[key], (printed as Fields)[key], below);
    if (found !== null) return found;
  }
  return null;
}

type Fields = Readonly<Record<string, unknown>>;
