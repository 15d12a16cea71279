/** The types of the model as the compiler sees them: what tests that must know of every field ask. */

import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './validation.ts';

/** The file that says what a VM is. */
export const VM_FILE = join(ROOT, 'src/model/vm.ts');

/** A value that has no parts, or a part that may be `null` as a whole. */
export interface Leaf {
  readonly kind: 'string' | 'number' | 'boolean' | 'part';
  /** The words that the type allows; empty where it allows any. */
  readonly words: readonly string[];
  readonly nullable: boolean;
}

/**
 * Every leaf of a type by its path: `cores`, `disks.sizeGiB` for each disk, `boot.iso.drive` for a variant that
 * `source` tells apart.
 */
export function leavesOf(name: string, file: string): ReadonlyMap<string, Leaf> {
  const program = ts.createProgram([file], compilerOptions());
  const source = program.getSourceFile(file);
  const checker = program.getTypeChecker();
  const declaration = source?.statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) && statement.name.text === name,
  );
  if (declaration === undefined) throw new Error(`${file} declares no interface ${name}`);
  return new Map(leaves(checker.getTypeAtLocation(declaration), '', checker, declaration));
}

export function compilerOptions(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: unknown;
  };
  return ts.parseJsonConfigFileContent(config, { ...ts.sys, readDirectory: () => [] }, ROOT).options;
}

function leaves(type: ts.Type, path: string, checker: ts.TypeChecker, at: ts.Node): (readonly [string, Leaf])[] {
  const variants = type.isUnion() ? type.types : [type];
  const values = variants.filter(({ flags }) => (flags & ts.TypeFlags.Null) === 0);
  const parts = values.filter((value) => (value.flags & ts.TypeFlags.Object) !== 0);
  const nullable = values.length < variants.length;
  if (parts.length === 0) return [[path, leaf(values, nullable)]];
  const itself = nullable ? [[path, { kind: 'part', words: [], nullable }] as const] : [];
  const inner = parts.flatMap((part) => {
    const item = checker.getIndexTypeOfType(part, ts.IndexKind.Number);
    if (item !== undefined) return leaves(item, path, checker, at);
    const here = parts.length === 1 ? path : `${path}.${wordOf(part, 'source', checker, at)}`;
    const properties = part.getProperties().filter((property) => parts.length === 1 || property.name !== 'source');
    return properties.flatMap((property) => {
      const below = here === '' ? property.name : `${here}.${property.name}`;
      return leaves(checker.getTypeOfSymbolAtLocation(property, at), below, checker, at);
    });
  });
  return [...itself, ...inner];
}

function leaf(values: readonly ts.Type[], nullable: boolean): Leaf {
  const words = values.flatMap((value) => (value.isStringLiteral() ? [value.value] : []));
  const has = (flag: ts.TypeFlags): boolean => values.some(({ flags }) => (flags & flag) !== 0);
  const kind = has(ts.TypeFlags.StringLike) ? 'string' : has(ts.TypeFlags.NumberLike) ? 'number' : 'boolean';
  return { kind, words, nullable };
}

function wordOf(part: ts.Type, field: string, checker: ts.TypeChecker, at: ts.Node): string {
  const symbol = part.getProperty(field);
  const type = symbol === undefined ? undefined : checker.getTypeOfSymbolAtLocation(symbol, at);
  if (type?.isStringLiteral() !== true) throw new Error(`a variant that no ${field} tells apart`);
  return type.value;
}
