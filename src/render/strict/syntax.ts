/** Questions about nodes of nunjucks' syntax tree. */

import type { ForNode, Node } from 'nunjucks/src/nodes.js';

/** 0-based, as nunjucks counts. */
export interface Place {
  readonly lineno: number;
  readonly colno: number;
}

/** `node.vm.cores`, as written; `null` for what is no path. */
export function pathOf(node: Node): string | null {
  switch (node.typename) {
    case 'Symbol':
      return node.value;
    case 'LookupVal': {
      const target = pathOf(node.target);
      if (target === null) return null;
      if (node.val.typename !== 'Literal') return `${target}[...]`;
      return typeof node.val.value === 'number'
        ? `${target}[${node.val.value}]`
        : `${target}.${String(node.val.value)}`;
    }
    case 'FunCall': {
      const name = pathOf(node.name);
      return name === null ? null : `${name}()`;
    }
    default:
      return null;
  }
}

/** Where an expression starts; nunjucks places a member at its dot and a call at its parenthesis. */
export function positionOf(node: Node): Place {
  if (node.typename === 'LookupVal') return positionOf(node.target);
  if (node.typename === 'FunCall') return positionOf(node.name);
  if (node.typename === 'Filter') return node.args.children[0] === undefined ? node : positionOf(node.args.children[0]);
  if (node.typename === 'Compare') return positionOf(node.expr);
  return node;
}

/** The operand at the end of an expression. */
export function rightmost(node: Node): Node | null {
  if ('right' in node) return rightmost(node.right) ?? node.right;
  if (node.typename === 'Compare') return node.ops.at(-1)?.expr ?? null;
  if (node.typename === 'Not' || node.typename === 'Neg' || node.typename === 'Pos') return node.target;
  return null;
}

/** The names a loop binds, `null` when something else stands there. */
export function loopNames({ name }: ForNode): readonly string[] | null {
  const nodes = name.typename === 'Array' ? name.children : [name];
  const names = nodes.flatMap((node) => (node.typename === 'Symbol' ? [node.value] : []));
  return names.length === nodes.length ? names : null;
}
