import type { Comparison, ExpressionResult } from '../expressions/expression-result.js';
import type { JsonSchema } from '../values/json.js';
import type { PlanScope } from './plan-scope.js';
import type { ProblemList } from './problem-list.js';
import { clashOf, propertyOf, jsonTypesOf } from '../values/value-types.js';

const EQUALITY = new Set(['=', '!=']);

/** Values that can never be compared: ordering them fails the run, and they are never equal. */
export function checkComparison(
  { operator, left, right, position }: Comparison,
  at: { pointer: string; scope: PlanScope; problems: ProblemList },
): void {
  const [one, other] = [typeOf(left, at.scope), typeOf(right, at.scope)];
  if (one === undefined || other === undefined) return;
  const clash = clashOf(withoutValues(one), withoutValues(other));
  if (clash === undefined) return;
  const { pointer } = at;
  if (EQUALITY.has(operator)) {
    const message = `Character ${position}: the left side of ${operator} ${clash}, so they are never equal.`;
    at.problems.warn('type-clash', {
      message,
      pointer,
      fix: 'Compare values of one type: $number($text), $string($n).',
    });
  } else {
    const message = `Character ${position}: the left side of ${operator} ${clash}.`;
    at.problems.error('type-clash', {
      message,
      pointer,
      fix: 'Compare numbers with numbers, texts with texts: $number($text).',
    });
  }
}

function typeOf({ schema, variable, path = [] }: ExpressionResult, scope: PlanScope): JsonSchema | undefined {
  if (schema !== undefined || variable === undefined) return schema;
  return path.reduce<JsonSchema | undefined>(propertyOf, scope.typeOf(variable));
}

/** Two values of one type may be compared, whichever they are. */
function withoutValues(schema: JsonSchema): JsonSchema {
  const types = jsonTypesOf(schema);
  return types === undefined ? {} : { type: [...types] };
}
