import { sidesOf, type SyntaxNode } from './syntax-node.js';

// JSONata gives one match as itself and none as nothing. Where a list is meant, the syntax tree is changed so that the
// parts that give the value give lists. In the value itself, a list of one list could not be told from a list.

/** An expression that ends in a filter by a condition gives a list: the tree, changed in place where it does. */
export function listFilters(tree: SyntaxNode): SyntaxNode {
  return mapEnds(tree, (end) => (endsInFilter(end) ? listOf(end) : end));
}

/** The tree, changed in place, that always gives a list: one value is a list of one, nothing is the empty list. */
export function listAll(tree: SyntaxNode): SyntaxNode {
  return mapEnds(tree, listOf, { isComplete: true });
}

/** Whether every value of the expression is a list because it ends in a filter. */
export function givesFiltered(tree: SyntaxNode): boolean {
  let isFiltered = true;
  mapEnds(tree, (end) => {
    isFiltered &&= endsInFilter(end);
    return end;
  });
  return isFiltered;
}

/** Changes the parts whose value is that of the whole. `isComplete`: a missing else gives the empty list. */
function mapEnds(
  node: SyntaxNode,
  change: (end: SyntaxNode) => SyntaxNode,
  options: { isComplete?: boolean } = {},
): SyntaxNode {
  if (isAltered(node)) return change(node);
  if (node.type === 'block') {
    const parts = node.expressions ?? [];
    const last = parts.at(-1);
    if (last === undefined) return change(node);
    parts[parts.length - 1] = mapEnds(last, change, options);
    return node;
  }
  if (node.type === 'condition') {
    if (node['else'] === undefined && options.isComplete) node['else'] = { type: 'unary', value: '[', expressions: [] };
    for (const branch of ['then', 'else'] as const) {
      const part = node[branch];
      if (part !== undefined) node[branch] = mapEnds(part, change, options);
    }
    return node;
  }
  return change(node);
}

function listOf(end: SyntaxNode): SyntaxNode {
  const isListAlready = end.type === 'unary' && end.value === '[' && !isAltered(end);
  if (isListAlready) return end;
  // One match is not taken out of its list of matches.
  end['keepArray'] = true;
  if (end.type === 'path' && isMadeList(end.steps?.at(-1))) end['keepSingletonArray'] = true;
  const position = end.position ?? 1;
  // JSONata puts a list that is written out into the list around it as one item, and the items of any other.
  const isWrittenOut = end.type === 'unary' && end.value === '[';
  const inside = isWrittenOut ? { type: 'block', position, keepArray: true, expressions: [end] } : end;
  return { type: 'unary', value: '[', position, expressions: [inside] };
}

/** `$rows.[a, b]`: each match is a list of its own. */
function isMadeList(step: SyntaxNode | undefined): boolean {
  return step?.type === 'unary' && step.value === '[';
}

function isAltered(node: SyntaxNode): boolean {
  return ['predicate', 'stages', 'group'].some((key) => node[key] !== undefined);
}

function endsInFilter(end: SyntaxNode): boolean {
  if (end['group'] !== undefined) return false;
  if (isCallOfFilter(end)) return true;
  // An order changes no item.
  const last = end.type === 'path' ? end.steps?.findLast(({ type }) => type !== 'sort') : end;
  const filters = last?.stages ?? last?.predicate ?? [];
  const filter = filters.at(-1);
  return filter?.type === 'filter' && filter.expr !== undefined && isCondition(filter.expr);
}

/** `$filter($list, …)`, and `$list ~> $filter(…)`. */
function isCallOfFilter(end: SyntaxNode): boolean {
  const { procedure } = end.type === 'apply' ? sidesOf(end).right : end;
  return !isAltered(end) && procedure?.type === 'variable' && procedure.value === 'filter';
}

const CONDITIONS = new Set<unknown>(['=', '!=', '<', '<=', '>', '>=', 'and', 'or', 'in']);
const CONDITION_FUNCTIONS = new Set<unknown>(['boolean', 'contains', 'exists', 'match', 'not']);

/** Whether a filter's expression gives yes or no for each item; a number or a variable may be an index. */
function isCondition(node: SyntaxNode): boolean {
  switch (node.type) {
    case 'binary':
      return CONDITIONS.has(node.value);
    case 'function':
      return CONDITION_FUNCTIONS.has(node.procedure?.value);
    case 'apply':
      return sidesOf(node).right.type === 'regex' || isCondition(sidesOf(node).right);
    case 'value':
      return typeof node.value === 'boolean';
    case 'condition':
      return node.then !== undefined && isCondition(node.then);
    case 'block':
      return isCondition(node.expressions?.at(-1) ?? {});
    case undefined:
    default:
      // A field of each item, as in `$orders[open]`.
      return node.type === 'path' && node.steps?.[0]?.type === 'name';
  }
}
