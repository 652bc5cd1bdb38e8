import type jsonata from 'jsonata';

import { ExpressionError } from './expression-error.js';
import { filtersByName } from './expression-filters.js';
import { hiddenKeys } from './expression-keys.js';
import { TEXT_FILTER } from './expression-roots.js';
import type { SyntaxNode } from './syntax-node.js';

/** Under this name an evaluation finds where it notes lost keys; no expression can spell it. */
export const LOST = 'lost keys';

/** JSONata calls what it finds here with each part that it has evaluated. */
const EVALUATED = Symbol.for('jsonata.__evaluate_exit') as unknown as string;

type Evaluated = [node: unknown, input: unknown, environment: jsonata.Environment, value: unknown];

/** Notes keys that get lost inside the value, and throws an ExpressionError where a filter is a text. */
export function watchEvaluation(program: jsonata.Expression, source: string): void {
  const tree = program.ast() as SyntaxNode;
  const hidden = hiddenKeys(tree);
  const filters = new Map<unknown, number>(filtersByName(tree).map(({ node, position }) => [node, position]));
  // Watching costs time with every part.
  if (hidden.size === 0 && filters.size === 0) return;
  program.assign(EVALUATED, (...[node, , environment, value]: Evaluated) => {
    const position = filters.get(node);
    if (position !== undefined && typeof value === 'string') throw new ExpressionError(byText(value), source, position);
    const key = hidden.get(node);
    if (key === undefined || !isNothing(value)) return;
    const lost: unknown = environment.lookup(LOST);
    if (lost instanceof Set) lost.add(key);
  });
}

function byText(value: string): string {
  return `${TEXT_FILTER}; the field of that name is $lookup($object, ${JSON.stringify(value)})`;
}

/** JSONata has nothing as undefined and, while it evaluates, as an empty list of its own. */
function isNothing(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0 && 'sequence' in value);
}
