/**
 * Templates as JavaScript: statements and printing. The code is synchronous and knows neither
 * autoescape nor inheritance.
 */

import type {
  FilterNode,
  ForNode,
  FromImportNode,
  IfNode,
  ImportNode,
  IncludeNode,
  Node,
  NodeList,
  SetNode,
} from 'nunjucks/src/nodes.js';
import nunjucksRuntime from 'nunjucks/src/runtime.js';
import type { Format } from '../../model/artifact.ts';
import { typedFilters } from '../filters/index.ts';
import { formats } from '../format.ts';
import { ExpressionCompiler, type Scope } from './expression-compiler.ts';
import { loopNames, pathOf, positionOf, rightmost } from './syntax.ts';

/** Tags of nunjucks that need a callback or a parent template. */
const REFUSED = ['AsyncEach', 'AsyncAll', 'IfAsync', 'Block', 'Extends', 'Super', 'CallExtension'] as const;

const TAGS: Readonly<Record<(typeof REFUSED)[number], string>> = {
  AsyncEach: 'asyncEach',
  AsyncAll: 'asyncAll',
  IfAsync: 'ifAsync',
  Block: 'block',
  Extends: 'extends',
  Super: 'super',
  CallExtension: 'extension',
};

export class StrictCompiler extends ExpressionCompiler {
  readonly #format: Format;
  readonly #loops: Scope[] = [];

  constructor(template: string, format: Format) {
    super(template);
    this.#format = format;
  }

  override compile(node: Node, frame: Scope): void {
    const refused = REFUSED.find((typename) => typename === (node.typename as string));
    if (refused !== undefined) {
      this.fail(`'${TAGS[refused]}' is not part of talmox templates; use include or a macro`, node.lineno, node.colno);
    }
    super.compile(node, frame);
  }

  compileRoot(node: NodeList): void {
    this.buffer = 'output';
    this._emitLine('return function root(env, context, frame, runtime) {');
    this._emitLine(`var T = ${JSON.stringify(this.template)}, output = "";`);
    this._compileChildren(node, new nunjucksRuntime.Frame<string>());
    this._emitLine('return output;\n};');
  }

  // Printing.

  compileOutput(node: NodeList, frame: Scope): void {
    for (const child of node.children) {
      if (child.typename === 'TemplateData') {
        if (child.value !== '') this._emitLine(`${this.#target} += ${JSON.stringify(child.value)};`);
      } else {
        this._emit(`${this.#target} += `);
        this.#compilePrinted(child, frame);
        this._emitLine(';');
      }
    }
  }

  get #target(): string {
    return this.buffer ?? 'output';
  }

  /** An expression that ends in a typed filter, a choice between such, or the text of a macro. */
  #compilePrinted(node: Node, frame: Scope): void {
    const only = node.typename === 'Group' && node.children.length === 1 ? node.children[0] : undefined;
    if (only !== undefined) {
      this.#compilePrinted(only, frame);
    } else if (node.typename === 'Filter') {
      this.#checkTyped(node);
      this.compile(node, frame);
    } else if (node.typename === 'InlineIf') {
      this.compileChoice(node, frame, (branch) => {
        this.#compilePrinted(branch, frame);
      });
    } else if (node.typename === 'FunCall') {
      this._emit('runtime.macroText(');
      this.compile(node, frame);
      this._emit(
        `,${JSON.stringify(pathOf(node))},${JSON.stringify(this.#filterHint())},${this.at(positionOf(node))})`,
      );
    } else {
      const inner = rightmost(node);
      const what = pathOf(node) ?? 'this expression';
      const hint =
        inner?.typename === 'Filter'
          ? `; '|' binds tighter than what stands before it: write (...) | ${inner.name.value}`
          : '';
      const at = positionOf(node);
      this.fail(
        `${what} is printed without a typed filter; end it in ${this.#filterHint()}${hint}`,
        at.lineno,
        at.colno,
      );
    }
  }

  #filterHint(): string {
    const { filters } = formats[this.#format];
    return `${filters.slice(0, -1).join(', ')} or ${filters.at(-1) ?? ''}`;
  }

  #checkTyped({ name }: FilterNode): void {
    this.checkFilterName(name);
    if (!Object.hasOwn(typedFilters, name.value)) {
      this.fail(
        `'${name.value}' is no typed filter; end the expression in ${this.#filterHint()}`,
        name.lineno,
        name.colno,
      );
    }
    const allowed: readonly string[] = formats[this.#format].filters;
    if (!allowed.includes(name.value)) {
      this.fail(
        `'${name.value}' does not write ${this.#format} output; end the expression in ${this.#filterHint()}`,
        name.lineno,
        name.colno,
      );
    }
  }

  // Conditions, loops, variables.

  override compileIf(node: IfNode, frame: Scope): void {
    this._emit('if (');
    this.compileTruth(node.cond, frame);
    this._emitLine(') {');
    this.compile(node.body, frame);
    if (node.else_ !== null) {
      this._emitLine('} else {');
      this.compile(node.else_, frame);
    }
    this._emitLine('}');
  }

  override compileFor(node: ForNode, outer: Scope): void {
    const names = loopNames(node);
    if (names === null) return this.fail('a loop binds names', node.lineno, node.colno);
    const [items, length, index, item, loop] = [
      this._tmpid(),
      this._tmpid(),
      this._tmpid(),
      this._tmpid(),
      this._tmpid(),
    ];
    // `for x in list if condition`: nunjucks reads the rest as a choice without an else.
    const condition = node.arr.typename === 'InlineIf' && node.arr.else_ === null ? node.arr.cond : null;
    const source = condition !== null && node.arr.typename === 'InlineIf' ? node.arr.body : node.arr;
    this._emit(`var ${items} = runtime.items(`);
    this.compile(source, outer);
    this._emitLine(`,${names.length},${JSON.stringify(pathOf(source))},${this.at(positionOf(source))});`);
    this._emitLine('frame = frame.push();');
    const frame = outer.push();
    if (condition !== null) this.#compileLoopCondition(items, names, condition, outer);
    this._emitLine(`var ${length} = ${items}.length, ${loop} = runtime.loop(${length});`);
    this._emitLine(`frame.variables.loop = ${loop};`);
    this._emitLine(`for (var ${index} = 0; ${index} < ${length}; ${index}++) {`);
    this._emitLine(`${loop}.step(${index});`);
    this._emitLine(`var ${item} = ${items}[${index}];`);
    this.#bindNames(names, item, frame);
    this.#loops.push(frame);
    this.compile(node.body, frame);
    this.#loops.pop();
    this._emitLine('}');
    this._emitLine('frame = frame.pop();');
    if (node.else_ !== null) {
      this._emitLine(`if (${length} === 0) {`);
      this.compile(node.else_, outer);
      this._emitLine('}');
    }
  }

  #compileLoopCondition(items: string, names: readonly string[], condition: Node, outer: Scope): void {
    const item = this._tmpid();
    const frame = outer.push();
    this._emitLine(`${items} = ${items}.filter(function (${item}) {`);
    this.#bindNames(names, item, frame);
    this._emit('return ');
    this.compileTruth(condition, frame);
    this._emitLine(';\n});');
  }

  /** Gives each name its JavaScript variable, and its value to included templates. */
  #bindNames(names: readonly string[], item: string, frame: Scope): void {
    names.forEach((name, place) => {
      const variable = names.length === 1 ? item : this._tmpid();
      if (names.length > 1) this._emitLine(`var ${variable} = ${item}[${place}];`);
      this._emitLine(`frame.variables[${JSON.stringify(name)}] = ${variable};`);
      frame.set(name, variable);
    });
  }

  override compileSet(node: SetNode, frame: Scope): void {
    for (const target of node.targets) {
      if (target.typename !== 'Symbol') return this.fail("'set' takes a name", target.lineno, target.colno);
      const loop = this.#loops.at(-1);
      if (loop !== undefined && frame.lookup(target.value) !== undefined && !isSetWithin(target.value, frame, loop)) {
        this.fail(
          `'${target.value}' belongs to the template around this loop, which cannot change it; compute it in the target's view`,
          target.lineno,
          target.colno,
        );
      }
    }
    super.compileSet(node, frame);
  }

  // Other templates.

  compileInclude(node: IncludeNode, frame: Scope): void {
    this._emit(`${this.#target} += runtime.include(env,context,frame,`);
    this.compile(node.template, frame);
    this._emitLine(`,${node.ignoreMissing === true},${this.at(node.template)});`);
  }

  compileImport(node: ImportNode, frame: Scope): void {
    const id = this.#importedInto(node, frame);
    this.#bindImport(node.target.value, id, frame);
  }

  compileFromImport(node: FromImportNode, frame: Scope): void {
    const module = this.#importedInto(node, frame);
    for (const name of node.names.children) {
      const [from, to] = name.typename === 'Pair' ? [name.key, name.value] : [name, name];
      if (from.typename !== 'Symbol' || to.typename !== 'Symbol')
        return this.fail('import takes names', name.lineno, name.colno);
      const id = this._tmpid();
      this._emitLine(`var ${id} = runtime.member(${module},${JSON.stringify(from.value)},null,${this.at(from)});`);
      this.#bindImport(to.value, id, frame);
    }
  }

  #importedInto(node: ImportNode | FromImportNode, frame: Scope): string {
    const id = this._tmpid();
    this._emit(`var ${id} = runtime.importFrom(env,${node.withContext === true ? 'context' : 'null'},`);
    this.compile(node.template, frame);
    this._emitLine(`,${this.at(node.template)});`);
    return id;
  }

  #bindImport(name: string, id: string, frame: Scope): void {
    frame.set(name, id);
    this._emitLine(`frame.variables[${JSON.stringify(name)}] = ${id};`);
    // Macros start from an empty scope and see the context alone.
    if (frame.parent === undefined) this._emitLine(`context.setVariable(${JSON.stringify(name)}, ${id});`);
  }
}

/** Is the name bound in the loop's own scope or below it? */
function isSetWithin(name: string, frame: Scope, loop: Scope): boolean {
  for (let scope: Scope | undefined = frame; scope !== undefined; scope = scope.parent) {
    if (scope.variables[name] !== undefined) return true;
    if (scope === loop) return false;
  }
  return false;
}
