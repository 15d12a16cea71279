/** Template text -> nunjucks' syntax tree, with talmox's delimiters and a position for every fault. */

import lexer, { type LexerOptions, type Token, type Tokenizer } from 'nunjucks/src/lexer.js';
import nodes, { type Node, type NodeList } from 'nunjucks/src/nodes.js';
import parser from 'nunjucks/src/parser.js';
import { RenderError } from '../../model/errors.ts';

/** Outputs are full of `{{ }}`, `{% %}` and `${ }`; these marks are in none of their languages. */
const OPTIONS: LexerOptions = {
  trimBlocks: true,
  lstripBlocks: true,
  tags: {
    blockStart: '#%',
    blockEnd: '%#',
    variableStart: '#{',
    variableEnd: '}#',
    commentStart: '#|',
    commentEnd: '#|',
  },
};

/**
 * Parses a template.
 * @param name under `templates/`, for messages
 * @throws RenderError at the place of the first fault
 */
export function parseTemplate(name: string, text: string): NodeList {
  const tokens = trimComments(lexer.lex(text, OPTIONS));
  try {
    return new TemplateParser(tokens).parseAsRoot();
  } catch (error) {
    throw located(error, name, tokens);
  }
}

/** Comments take their indentation and their line break with them, as blocks do. */
function trimComments(tokens: Tokenizer): Tokenizer {
  const next = tokens.nextToken.bind(tokens);
  tokens.nextToken = () => {
    const token = next();
    if (token?.type === 'comment' && tokens.current() === '\n') tokens.forward();
    if (token?.type === 'data' && tokens._matches(tokens.tags.COMMENT_START) === true) {
      const start = token.value.lastIndexOf('\n') + 1;
      const atLineStart = start > 0 || token.colno === 0;
      if (atLineStart && /^[ \t]+$/.test(token.value.slice(start))) token.value = token.value.slice(0, start);
    }
    return token;
  };
  return tokens;
}

/** A fault that the parser noticed at the end of the file, though its cause is a tag far above. */
class UnclosedTag extends Error {
  readonly tag: Token;
  constructor(tag: Token) {
    super(`'${tag.value}' is not closed before the end of the template`);
    this.tag = tag;
  }
}

class TemplateParser extends parser.Parser {
  /** A statement, or `null` at a tag that ends the block around it. */
  override parseStatement(): Node | null {
    const tag = this.peekToken();
    try {
      return super.parseStatement();
    } catch (error) {
      if (tag !== null && !(error instanceof UnclosedTag) && isAtEnd(error, this.tokens)) throw new UnclosedTag(tag);
      throw error;
    }
  }

  /** nunjucks looks for `{% endraw %}` whatever the delimiters are. */
  override parseRaw(tag = 'raw'): NodeList {
    const { tags } = this.tokens;
    const begin = this.advanceAfterBlockEnd();
    const rest = this.tokens.str.slice(this.tokens.index);
    const end = new RegExp(`(?:(?<=^|\\n)[ \\t]+)?${tags.BLOCK_START}-?\\s*end${tag}\\s*-?${tags.BLOCK_END}\\n?`).exec(
      rest,
    );
    if (end === null) throw new UnclosedTag({ ...begin, value: tag });
    this.tokens.forwardN(end.index + end[0].length);
    const data = new nodes.TemplateData(begin.lineno, begin.colno, rest.slice(0, end.index));
    return new nodes.Output(begin.lineno, begin.colno, [data]);
  }
}

/** nunjucks fails without a position, or in a null token, when it runs out of text. */
function isAtEnd(error: unknown, tokens: Tokenizer): boolean {
  return tokens.isFinished() && (positionOf(error) === null || error instanceof TypeError);
}

function positionOf(error: unknown): { readonly line: number; readonly column: number } | null {
  const { lineno, colno } = error as { readonly lineno?: number; readonly colno?: number };
  return typeof lineno === 'number' && typeof colno === 'number' ? { line: lineno, column: colno } : null;
}

function located(error: unknown, name: string, tokens: Tokenizer): RenderError {
  if (error instanceof UnclosedTag) {
    return new RenderError(name, error.tag.lineno + 1, error.tag.colno + 1, error.message);
  }
  const message =
    tokens.isFinished() && error instanceof TypeError ? 'the template ends within a tag' : messageOf(error);
  const { line, column } = positionOf(error) ?? { line: tokens.lineno + 1, column: tokens.colno + 1 };
  return new RenderError(name, line, column, message, { cause: error });
}

function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^parse[A-Z]\w*: /, '');
}
