/** A field that is added to the model of a VM and to nothing else does not compile: in no backend, and not where VMs are judged. */

import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { backends } from '../../src/targets/index.ts';
import { compilerOptions, VM_FILE } from '../support/model-type.ts';
import { ROOT } from '../support/validation.ts';

const declared = ts.createSourceFile('vm.ts', ts.sys.readFile(VM_FILE) ?? '', ts.ScriptTarget.Latest);

/** Every type of the file that has fields. */
const types = declared.statements.filter((statement) => ts.isInterfaceDeclaration(statement));

/** The field that a type of that name gets. */
const fieldOf = (type: string): string => `newFactOf${type}`;

/** The model with one more field in each of its types. */
const changed = types.reduceRight((text, { name, members }) => {
  const at = members.end;
  return `${text.slice(0, at)}\n  readonly ${fieldOf(name.text)}: string;${text.slice(at)}`;
}, declared.text);

const places = [
  ...Object.keys(backends).map((name) => `src/targets/${name}/index.ts`),
  'src/simulator/compare/expected.ts',
];

describe('one more field in each type of a VM', () => {
  // Without the types of Node, which take long to read: what they would find missing is not looked for here.
  const options = { ...compilerOptions(), types: [] };
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  const parsed = new Map<string, ts.SourceFile | undefined>();
  host.getSourceFile = (file, ...rest) => {
    if (!parsed.has(file)) parsed.set(file, file === VM_FILE ? more() : getSourceFile.call(host, file, ...rest));
    return parsed.get(file);
  };
  const more = (): ts.SourceFile => ts.createSourceFile(VM_FILE, changed, ts.ScriptTarget.ES2023, true);

  it('is known to be missing: the model itself is whole', () => {
    expect(types.length).toBeGreaterThan(10);
    for (const { name } of types) expect(changed).toContain(fieldOf(name.text));
  });

  it.each(places)(
    'is missed by %s, each field by its name',
    (place) => {
      const looked = [dirname(join(ROOT, place)), join(ROOT, 'src/model')];
      const program = ts.createProgram([join(ROOT, place)], options, host);
      const said = program
        .getSourceFiles()
        .filter(({ fileName }) => looked.some((folder) => fileName.startsWith(folder)))
        .flatMap((file) => program.getSemanticDiagnostics(file))
        .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))
        .join('\n');
      expect(types.map(({ name }) => fieldOf(name.text)).filter((field) => !said.includes(`'${field}'`))).toEqual([]);
    },
    180_000,
  );
});
