import type { NameFilter } from '../expressions/expression-filters.js';
import type { ExpressionResult, Operation } from '../expressions/expression-result.js';
import { TEXT_FILTER } from '../expressions/expression-roots.js';
import type { JsonSchema } from '../values/json.js';
import type { PlanScope } from './plan-scope.js';
import type { ProblemList } from './problem-list.js';
import { clashOfTypes, jsonTypesOf, propertyOf } from '../values/value-types.js';

const EQUALITY = new Set(['=', '!=']);
const ARITHMETIC = new Set(['+', '-', '*', '/', '%']);
const NUMBER: JsonSchema = { type: 'number' };

interface Place {
  pointer: string;
  scope: PlanScope;
  problems: ProblemList;
}

/**
 * Values that an operator can never take: calculating with texts and ordering different types fail the run, and
 * different types are never equal.
 */
export function checkOperation(operation: Operation, place: Place): void {
  if (ARITHMETIC.has(operation.operator)) checkArithmetic(operation, place);
  else checkComparison(operation, place);
}

function checkArithmetic({ operator, left, right, position }: Operation, { pointer, scope, problems }: Place): void {
  for (const [side, operand] of Object.entries({ left, right })) {
    const type = typeOf(operand, scope);
    const clash = type && clashOfTypes(type, NUMBER);
    if (clash === undefined) continue;
    const message = `Character ${position}: the ${side} side of ${operator} ${clash}.`;
    const fix = operator === '+' ? 'Join texts with &: $a & " " & $b.' : 'Calculate with numbers: $number($text).';
    problems.error('type-clash', { message, pointer, fix });
    return;
  }
}

function checkComparison({ operator, left, right, position }: Operation, { pointer, scope, problems }: Place): void {
  const [one, other] = [typeOf(left, scope), typeOf(right, scope)];
  if (one === undefined || other === undefined) return;
  // Two values of one type may be compared, whichever they are.
  const clash = clashOfTypes(one, other);
  if (clash === undefined) return;
  if (EQUALITY.has(operator)) {
    const message = `Character ${position}: the left side of ${operator} ${clash}, so they are never equal.`;
    problems.warn('type-clash', { message, pointer, fix: 'Compare values of one type: $number($text), $string($n).' });
  } else {
    const message = `Character ${position}: the left side of ${operator} ${clash}.`;
    const fix = 'Compare numbers with numbers, texts with texts: $number($text).';
    problems.error('type-clash', { message, pointer, fix });
  }
}

/** A filter that is a text lets everything through. */
export function checkFilter({ name, position }: NameFilter, { pointer, scope, problems }: Place): void {
  const types = jsonTypesOf(scope.typeOf(name)) ?? new Set();
  if (types.size !== 1 || !types.has('string')) return;
  problems.error('type-clash', {
    message: `Character ${position}: ${TEXT_FILTER}, and $${name} is one.`,
    pointer,
    fix: `For the field of that name write $lookup($object, $${name}).`,
  });
}

function typeOf({ schema, variable, path = [] }: ExpressionResult, scope: PlanScope): JsonSchema | undefined {
  if (schema !== undefined || variable === undefined) return schema;
  return path.reduce<JsonSchema | undefined>(propertyOf, scope.typeOf(variable));
}
