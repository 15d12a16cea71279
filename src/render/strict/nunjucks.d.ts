/**
 * The parts of nunjucks 3.2.4 that the strict layer builds on. nunjucks publishes no types for them;
 * its version is pinned exactly, and a test compiles every node type.
 */

declare module 'nunjucks/src/lexer.js' {
  export interface Token {
    readonly type: string;
    value: string;
    /** 0-based. */
    readonly lineno: number;
    /** 0-based. */
    readonly colno: number;
  }

  export interface Tags {
    readonly BLOCK_START: string;
    readonly BLOCK_END: string;
    readonly VARIABLE_START: string;
    readonly VARIABLE_END: string;
    readonly COMMENT_START: string;
    readonly COMMENT_END: string;
  }

  export interface Tokenizer {
    readonly str: string;
    readonly index: number;
    readonly lineno: number;
    readonly colno: number;
    readonly in_code: boolean;
    readonly tags: Tags;
    nextToken(): Token | null;
    current(): string;
    forward(): void;
    forwardN(count: number): void;
    isFinished(): boolean;
    _matches(text: string): boolean | null;
  }

  export interface LexerOptions {
    readonly trimBlocks: boolean;
    readonly lstripBlocks: boolean;
    readonly tags: {
      readonly blockStart: string;
      readonly blockEnd: string;
      readonly variableStart: string;
      readonly variableEnd: string;
      readonly commentStart: string;
      readonly commentEnd: string;
    };
  }

  const lexer: { lex(text: string, options: LexerOptions): Tokenizer };
  export default lexer;
}

declare module 'nunjucks/src/nodes.js' {
  interface Located {
    /** 0-based. */
    readonly lineno: number;
    /** 0-based. */
    readonly colno: number;
  }
  export interface NodeList extends Located {
    readonly typename: 'NodeList' | 'Root' | 'Output' | 'Group' | 'Array' | 'Dict' | 'KeywordArgs';
    readonly children: readonly Node[];
  }
  export interface SymbolNode extends Located {
    readonly typename: 'Symbol';
    readonly value: string;
  }
  export interface LiteralNode extends Located {
    readonly typename: 'Literal' | 'TemplateData';
    readonly value: string | number | boolean | RegExp | null;
  }
  export interface PairNode extends Located {
    readonly typename: 'Pair';
    readonly key: Node;
    readonly value: Node;
  }
  export interface LookupNode extends Located {
    readonly typename: 'LookupVal';
    readonly target: Node;
    readonly val: Node;
  }
  export interface IfNode extends Located {
    readonly typename: 'If' | 'InlineIf' | 'IfAsync';
    readonly cond: Node;
    readonly body: Node;
    readonly else_: Node | null;
  }
  export interface ForNode extends Located {
    readonly typename: 'For' | 'AsyncEach' | 'AsyncAll';
    readonly arr: Node;
    readonly name: Node;
    readonly body: Node;
    readonly else_: Node | null;
  }
  export interface CallNode extends Located {
    readonly typename: 'FunCall';
    readonly name: Node;
    readonly args: NodeList;
  }
  export interface FilterNode extends Located {
    readonly typename: 'Filter';
    readonly name: SymbolNode;
    readonly args: NodeList;
  }
  export interface ImportNode extends Located {
    readonly typename: 'Import';
    readonly template: Node;
    readonly target: SymbolNode;
    readonly withContext: boolean | null;
  }
  export interface FromImportNode extends Located {
    readonly typename: 'FromImport';
    readonly template: Node;
    readonly names: NodeList;
    readonly withContext: boolean | null;
  }
  export interface IncludeNode extends Located {
    readonly typename: 'Include';
    readonly template: Node;
    readonly ignoreMissing: boolean | null;
  }
  export interface SetNode extends Located {
    readonly typename: 'Set';
    readonly targets: readonly Node[];
    readonly value: Node | null;
  }
  export interface BinaryNode extends Located {
    readonly typename:
      'In' | 'Is' | 'Or' | 'And' | 'Add' | 'Concat' | 'Sub' | 'Mul' | 'Div' | 'FloorDiv' | 'Mod' | 'Pow';
    readonly left: Node;
    readonly right: Node;
  }
  export interface UnaryNode extends Located {
    readonly typename: 'Not' | 'Neg' | 'Pos';
    readonly target: Node;
  }
  export interface CompareNode extends Located {
    readonly typename: 'Compare';
    readonly expr: Node;
    readonly ops: readonly { readonly type: string; readonly expr: Node }[];
  }
  /** Nodes whose compilation the strict layer takes over from nunjucks as it is, or refuses. */
  export interface OtherNode extends Located {
    readonly typename: 'Macro' | 'Caller' | 'Block' | 'Super' | 'Extends' | 'Switch' | 'Case' | 'Capture';
  }
  export type Node =
    | NodeList
    | SymbolNode
    | LiteralNode
    | PairNode
    | LookupNode
    | IfNode
    | ForNode
    | CallNode
    | FilterNode
    | ImportNode
    | FromImportNode
    | IncludeNode
    | SetNode
    | BinaryNode
    | UnaryNode
    | CompareNode
    | OtherNode;

  export type NodeClass<T> = new (lineno: number, colno: number, ...fields: readonly unknown[]) => T;
  const nodes: { readonly Output: NodeClass<NodeList>; readonly TemplateData: NodeClass<LiteralNode> } & Readonly<
    Record<string, NodeClass<Node>>
  >;
  export default nodes;
}

declare module 'nunjucks/src/parser.js' {
  import type { Token, Tokenizer } from 'nunjucks/src/lexer.js';
  import type { Node, NodeList } from 'nunjucks/src/nodes.js';

  export interface ParserBase {
    readonly tokens: Tokenizer;
    parseAsRoot(): NodeList;
    parseStatement(): Node | null;
    parseRaw(tag?: string): NodeList;
    parsePostfix(node: Node): Node;
    peekToken(): Token | null;
    advanceAfterBlockEnd(name?: string): Token;
  }
  const parser: { readonly Parser: new (tokens: Tokenizer) => ParserBase };
  export default parser;
}

declare module 'nunjucks/src/compiler.js' {
  import type { Node, NodeList, ForNode, IfNode } from 'nunjucks/src/nodes.js';
  import type { Frame } from 'nunjucks/src/runtime.js';

  export interface CompilerBase {
    buffer: string | null;
    fail(message: string, lineno?: number, colno?: number): never;
    compile(node: Node, frame: Frame<string>): void;
    getCode(): string;
    _emit(code: string): void;
    _emitLine(code: string): void;
    _tmpid(): string;
    _withScopedSyntax(run: () => void): void;
    _compileExpression(node: Node, frame: Frame<string>): void;
    _compileChildren(node: NodeList, frame: Frame<string>): void;
    _compileAggregate(node: NodeList, frame: Frame<string>, open?: string, close?: string): void;
    compileSet(node: Node, frame: Frame<string>): void;
    compileMacro(node: Node, frame: Frame<string>): void;
    compileFor(node: ForNode, frame: Frame<string>): void;
    compileIf(node: IfNode, frame: Frame<string>): void;
  }
  const compiler: { readonly Compiler: new (templateName: string, throwOnUndefined: boolean) => CompilerBase };
  export default compiler;
}

declare module 'nunjucks/src/runtime.js' {
  /** Names in scope: JavaScript variables while compiling, values while rendering. */
  export interface Frame<T> {
    readonly variables: Record<string, T | undefined>;
    readonly parent: Frame<T> | undefined;
    topLevel: boolean;
    set(name: string, value: T, resolveUp?: boolean): void;
    lookup(name: string): T | undefined;
    push(isolateWrites?: boolean): Frame<T>;
    pop(): Frame<T>;
  }
  export interface SafeString {
    readonly val: string;
  }
  export type Macro = (...args: readonly unknown[]) => SafeString;
  const runtime: {
    readonly Frame: new <T>() => Frame<T>;
    readonly SafeString: new (text: string) => SafeString;
    makeMacro(positional: readonly string[], named: readonly string[], body: (...args: never[]) => SafeString): Macro;
    makeKeywordArgs(values: Record<string, unknown>): Record<string, unknown>;
  };
  export default runtime;
}
