import { ExpressionError, RootlessFieldError } from './expression-error.js';
import { FUNCTION_NAMES } from '../values/names.js';
import { nearestName } from '../values/nearest-name.js';
import { slipInField } from './expression-slips.js';
import { pairsOf, type SyntaxNode } from './syntax-node.js';

/** Functions by the names that other languages give them. */
const OTHER_NAMES = new Map([
  ...['len', 'size', 'count'].map((name) => [name, '$count($list), or $length($text)'] as const),
  ...['str', 'toString', 'text'].map((name) => [name, '$string'] as const),
  ...['int', 'float', 'num', 'toNumber'].map((name) => [name, '$number'] as const),
  ...['avg', 'mean'].map((name) => [name, '$average'] as const),
  ...['upper', 'toUpperCase', 'toUpper'].map((name) => [name, '$uppercase'] as const),
  ...['lower', 'toLowerCase', 'toLower'].map((name) => [name, '$lowercase'] as const),
  ...['concat', 'format'].map((name) => [name, '&, as in $a & " " & $b'] as const),
  ...['includes', 'has'].map((name) => [name, '$contains, or the operator in'] as const),
  ...['if', 'iif'].map((name) => [name, 'condition ? a : b'] as const),
  ...['unique', 'uniq'].map((name) => [name, '$distinct'] as const),
  ...['today', 'date'].map((name) => [name, '$now'] as const),
]);

/**
 * Refuses what has no value wherever the expression stands: a field, `$` or `$$` without a value to take it from, and a
 * function that does not exist. Throws an ExpressionError.
 */
export function refuseRootless(source: string, tree: SyntaxNode): void {
  new RootCheck(source).visit(tree, false);
}

/** The message about a filter that every item passes. */
export const TEXT_FILTER = 'a filter takes a condition or an index, not a text';

/** What follows a value takes its fields from that value. */
const ADDITIONS: ReadonlySet<string> = new Set(['predicate', 'stages', 'group']);

/** `hasItem`: a filter, a sort or a later part of a path has a current item; everything else has none. */
class RootCheck {
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  visit(node: SyntaxNode, hasItem: boolean): void {
    switch (node.type) {
      case 'path':
        this.#visitPath(node, hasItem);
        return;
      case 'function':
      case 'partial':
        this.#visitCall(node, hasItem);
        return;
      case 'filter':
        this.#refuseTextFilter(node);
        this.#visitParts(Object.values(node), true);
        return;
      case 'transform':
      case 'sort':
        this.#visitParts(Object.values(node), true);
        return;
      case undefined:
      default: {
        if (node.value === '$' && node.type === 'variable') {
          this.#refuse('$$ has no value here: an expression has only the names of the plan', node, 1);
        }
        if (!hasItem) {
          this.#refuseBareKeys(node);
          this.#refuseWithoutItem(node);
        }
        for (const [key, part] of Object.entries(node)) this.#visitParts([part], hasItem || ADDITIONS.has(key));
      }
    }
  }

  /** `{ a: 1 }`, as other languages write it. */
  #refuseBareKeys(node: SyntaxNode): void {
    if (node.type !== 'unary' || node.value !== '{') return;
    for (const [key] of pairsOf(node)) {
      const [only, ...others] = key.type === 'path' ? (key.steps ?? []) : [];
      if (only?.type !== 'name' || others.length > 0) continue;
      const name = String(only.value);
      this.#refuse(`a key is a text: did you mean ${JSON.stringify(name)}?`, only, name.length - 1);
    }
  }

  /** `$x["name"]`, as other languages write a field: here every item passes such a filter. */
  #refuseTextFilter({ expr: text }: SyntaxNode): void {
    if (text?.type !== 'string') return;
    const name = String(text.value);
    const field = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) ? `.${name}` : `.\`${name}\``;
    this.#refuse(`${TEXT_FILTER}; did you mean ${field}?`, text, name.length + 1);
  }

  #refuseWithoutItem(node: SyntaxNode): void {
    if (node.type === 'name') {
      const name = String(node.value);
      const slip = slipInField(name);
      if (slip !== undefined) this.#refuse(slip, node, name.length - 1);
      throw new RootlessFieldError(name, this.#source, this.#start(node, name.length - 1));
    }
    if (node.type === 'variable' && node.value === '') {
      this.#refuse('$ has no value here: only a filter or a path has an item', node, 0);
    }
    if (node.type === 'wildcard' || node.type === 'descendant' || node.type === 'parent') {
      const sign = typeof node.value === 'string' ? node.value : '%';
      this.#refuse(`${sign} has nothing to look into here: begin with a name, as in $list.*`, node, 0);
    }
  }

  #visitPath(node: SyntaxNode, hasItem: boolean): void {
    const [first, ...others] = node.steps ?? [];
    if (first !== undefined) this.visit(first, hasItem);
    for (const step of others) this.visit(step, true);
    this.#visitParts([node['group']], true);
  }

  #visitCall(node: SyntaxNode, hasItem: boolean): void {
    const steps = node.procedure?.type === 'path' ? (node.procedure.steps ?? []) : [];
    const [only] = steps;
    if (steps.length === 1 && only?.type === 'name') {
      const name = String(only.value);
      this.#refuse(noSuchFunction(name), only, name.length - 1);
    }
    this.#visitParts([node.procedure, node.arguments], hasItem);
    this.#visitAdditions(node);
  }

  #visitAdditions(node: SyntaxNode): void {
    for (const key of ADDITIONS) this.#visitParts([node[key]], true);
  }

  #visitParts(parts: readonly unknown[], hasItem: boolean): void {
    for (const part of parts) {
      if (Array.isArray(part)) this.#visitParts(part, hasItem);
      else if (isNode(part)) this.visit(part, hasItem);
    }
  }

  #refuse(message: string, node: SyntaxNode, length: number): never {
    throw new ExpressionError(message, this.#source, this.#start(node, length));
  }

  /** Where a part begins whose position is that of its last character. */
  #start(node: SyntaxNode, length: number): number {
    return Math.max(1, (node.position ?? 1) - Math.max(0, length));
  }
}

function isNode(part: unknown): part is SyntaxNode {
  return typeof part === 'object' && part !== null && !(part instanceof RegExp);
}

/** `name` comes without `$`; `sign` is what stands before it. */
export function noSuchFunction(name: string, sign = ''): string {
  const other = FUNCTION_NAMES.has(name) ? `$${name}` : OTHER_NAMES.get(name);
  const near = other ?? withDollar(nearestName(name, FUNCTION_NAMES));
  return `there is no function ${sign}${name}${near === undefined ? '' : `; did you mean ${near}?`}`;
}

function withDollar(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `$${name}`;
}
