/**
 * Expressions of templates: nunjucks' compiler, with an error where that would print nothing. The code it
 * emits calls `runtime` (runtime.ts) with the position of what it evaluates.
 */

import compiler from 'nunjucks/src/compiler.js';
import type {
  BinaryNode,
  CallNode,
  CompareNode,
  FilterNode,
  IfNode,
  LiteralNode,
  LookupNode,
  Node,
  NodeList,
  PairNode,
  SymbolNode,
  UnaryNode,
} from 'nunjucks/src/nodes.js';
import type { Frame } from 'nunjucks/src/runtime.js';
import { RenderError } from '../../model/errors.ts';
import { didYouMean } from '../../model/suggest.ts';
import { filterNames, testNames } from './names.ts';
import { pathOf, positionOf, type Place } from './syntax.ts';

/** Names bound by the template, with the JavaScript variables that hold them. */
export type Scope = Frame<string>;

export class ExpressionCompiler extends compiler.Compiler {
  protected readonly template: string;
  /** Inside `is defined` and before `default`: a name that is not there is no fault. */
  #lenient = false;

  constructor(template: string) {
    super(template, false);
    this.template = template;
  }

  override fail(message: string, lineno = 0, colno = 0): never {
    throw new RenderError(this.template, lineno + 1, colno + 1, message);
  }

  /** Position arguments of a runtime call. */
  protected at({ lineno, colno }: Place): string {
    return `T,${lineno + 1},${colno + 1}`;
  }

  // Names and members.

  compileSymbol(node: SymbolNode, frame: Scope): void {
    const name = JSON.stringify(node.value);
    const find = this.#lenient
      ? `runtime.find(context,frame,${name})`
      : `runtime.symbol(context,frame,${name},${this.at(node)})`;
    const local = frame.lookup(node.value);
    // A variable of the template that no branch has set yet may still be a value of the view.
    this._emit(local === undefined ? find : `(${local} !== undefined ? ${local} : ${find})`);
  }

  compileLookupVal(node: LookupNode, frame: Scope): void {
    const lenient = this.#lenient;
    this._emit(lenient ? 'runtime.maybeMember(' : 'runtime.member(');
    // Only the end of a path may be missing, as in Jinja: a typo before it is a fault also there.
    this.#compileWith(false, node.target, frame);
    this._emit(',');
    this.#compileWith(false, node.val, frame);
    this._emit(lenient ? ')' : `,${JSON.stringify(pathOf(node.target))},${this.at(node.val)})`);
  }

  compileLiteral({ value, lineno, colno }: LiteralNode): void {
    if (value instanceof RegExp) this.fail('regular expressions are not part of talmox templates', lineno, colno);
    this._emit(JSON.stringify(value));
  }

  compileGroup(node: NodeList, frame: Scope): void {
    if (node.children.length !== 1) this.fail('a tuple is not a value; write a list: [a, b]', node.lineno, node.colno);
    this._compileAggregate(node, frame, '(', ')');
  }

  compilePair({ key, value }: PairNode, frame: Scope): void {
    const name = key.typename === 'Symbol' || key.typename === 'Literal' ? key.value : null;
    if (typeof name !== 'string') return this.fail('a key is a name or a string', key.lineno, key.colno);
    this._emit(`[${JSON.stringify(name)}]: `);
    this.compile(value, frame);
  }

  // Filters, tests, calls.

  protected checkFilterName(name: SymbolNode): void {
    if (!filterNames.includes(name.value)) {
      this.fail(`unknown filter '${name.value}'${didYouMean(name.value, filterNames)}`, name.lineno, name.colno);
    }
  }

  compileFilter(node: FilterNode, frame: Scope): void {
    const { name, args } = node;
    this.checkFilterName(name);
    const [value, ...rest] = args.children;
    const keyword = rest.find(({ typename }) => typename === 'KeywordArgs');
    if (keyword !== undefined) this.fail(`'${name.value}' takes no keyword arguments`, name.lineno, name.colno);
    this._emit(`runtime.filter(env,${JSON.stringify(name.value)},[`);
    if (value !== undefined) this.#compileWith(name.value === 'default' || this.#lenient, value, frame);
    for (const argument of rest) {
      this._emit(',');
      this.compile(argument, frame);
    }
    this._emit(`],${this.at(name)})`);
  }

  #compileWith(lenient: boolean, node: Node, frame: Scope): void {
    const before = this.#lenient;
    this.#lenient = lenient;
    this.compile(node, frame);
    this.#lenient = before;
  }

  compileIs({ left, right }: BinaryNode, frame: Scope): void {
    const name = testName(right);
    if (name === null) return this.fail("a test's name stands after 'is'", right.lineno, right.colno);
    if (name === 'defined' || name === 'undefined') {
      this._emit('((');
      this.#compileWith(true, left, frame);
      this._emit(name === 'defined' ? ') !== undefined)' : ') === undefined)');
      return;
    }
    if (!testNames.includes(name)) {
      this.fail(
        `unknown test '${name}'${didYouMean(name, [...testNames, 'defined', 'undefined'])}`,
        right.lineno,
        right.colno,
      );
    }
    this._emit(`runtime.test(${JSON.stringify(name)},`);
    this.compile(left, frame);
    this._emit(',[');
    if (right.typename === 'FunCall') this._compileAggregate(right.args, frame);
    this._emit(`],${this.at(right)})`);
  }

  compileFunCall(node: CallNode, frame: Scope): void {
    this._emit('runtime.call(');
    this.compile(node.name, frame);
    this._emit(`,${JSON.stringify(pathOf(node.name))},`);
    this._compileAggregate(node.args, frame, '[', ']');
    this._emit(`,${this.at(positionOf(node))})`);
  }

  // Conditions: an empty list or mapping is false, as in Python.

  protected compileTruth(node: Node, frame: Scope): void {
    this._emit('runtime.truthy(');
    this.compile(node, frame);
    this._emit(')');
  }

  compileInlineIf(node: IfNode, frame: Scope): void {
    if (node.else_ === null) this.fail("a choice that is a value needs an 'else'", node.lineno, node.colno);
    this.compileChoice(node, frame, (branch) => {
      this.compile(branch, frame);
    });
  }

  protected compileChoice(node: IfNode, frame: Scope, compileBranch: (branch: Node) => void): void {
    this._emit('(');
    this.compileTruth(node.cond, frame);
    this._emit(' ? ');
    compileBranch(node.body);
    this._emit(' : ');
    if (node.else_ === null) this._emit('""');
    else compileBranch(node.else_);
    this._emit(')');
  }

  compileNot({ target }: UnaryNode, frame: Scope): void {
    this._emit('!');
    this.compileTruth(target, frame);
  }

  compileOr(node: BinaryNode, frame: Scope): void {
    this.#compileLazy('or', node, frame);
  }

  compileAnd(node: BinaryNode, frame: Scope): void {
    this.#compileLazy('and', node, frame);
  }

  #compileLazy(name: string, { left, right }: BinaryNode, frame: Scope): void {
    this._emit(`runtime.${name}(`);
    this.compile(left, frame);
    this._emit(',() => (');
    this.compile(right, frame);
    this._emit('))');
  }

  // Operators.

  compileCompare({ expr, ops, lineno, colno }: CompareNode, frame: Scope): void {
    const [op, ...more] = ops;
    if (op === undefined || more.length > 0) return this.fail('compare two values at a time', lineno, colno);
    this.#compileOperation('compare', op.type.slice(0, 2), expr, op.expr, { lineno, colno }, frame);
  }

  compileIn({ left, right }: BinaryNode, frame: Scope): void {
    this.#compileOperation('contains', 'in', left, right, positionOf(right), frame);
  }

  compileConcat(node: BinaryNode, frame: Scope): void {
    this.#compileOperation('arithmetic', '~', node.left, node.right, positionOf(node.right), frame);
  }

  compileAdd(node: BinaryNode, frame: Scope): void {
    this.#compileArithmetic('+', node, frame);
  }

  compileSub(node: BinaryNode, frame: Scope): void {
    this.#compileArithmetic('-', node, frame);
  }

  compileMul(node: BinaryNode, frame: Scope): void {
    this.#compileArithmetic('*', node, frame);
  }

  compileDiv(node: BinaryNode, frame: Scope): void {
    this.#compileArithmetic('/', node, frame);
  }

  compileFloorDiv(node: BinaryNode, frame: Scope): void {
    this.#compileArithmetic('//', node, frame);
  }

  compileMod(node: BinaryNode, frame: Scope): void {
    this.#compileArithmetic('%', node, frame);
  }

  compilePow(node: BinaryNode, frame: Scope): void {
    this.#compileArithmetic('**', node, frame);
  }

  compileNeg({ target }: UnaryNode, frame: Scope): void {
    this.#compileSign('-', target, frame);
  }

  compilePos({ target }: UnaryNode, frame: Scope): void {
    this.#compileSign('+', target, frame);
  }

  #compileSign(sign: string, target: Node, frame: Scope): void {
    this._emit(`runtime.arithmetic(${JSON.stringify(sign)},0,`);
    this.compile(target, frame);
    this._emit(`,${this.at(positionOf(target))})`);
  }

  #compileArithmetic(operator: string, { left, right }: BinaryNode, frame: Scope): void {
    this.#compileOperation('arithmetic', operator, left, right, positionOf(right), frame);
  }

  #compileOperation(name: string, operator: string, left: Node, right: Node, place: Place, frame: Scope): void {
    this._emit(`runtime.${name}(${JSON.stringify(operator)},`);
    this.compile(left, frame);
    this._emit(',');
    this.compile(right, frame);
    this._emit(`,${this.at(place)})`);
  }
}

function testName(node: Node): string | null {
  if (node.typename === 'Symbol') return node.value;
  if (node.typename === 'Literal' && node.value === null) return 'none';
  return node.typename === 'FunCall' ? testName(node.name) : null;
}
