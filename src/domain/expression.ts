import jsonata from 'jsonata';

import { analyseExpression, type ExpressionUse, type SyntaxNode } from './expression-analysis.js';
import { asExpressionError, ExpressionError } from './expression-error.js';

/** Limits for one evaluation: milliseconds, depth of calls, length of a made list. */
export const EVALUATION_LIMITS = { timeout: 5_000, stack: 500, sequence: 1_000_000 };

const MAX_EXPRESSION_LENGTH = 100_000;

/** Compiled expressions are kept until their texts have this many characters together; the oldest go first. */
const MAX_KEPT_CHARACTERS = 1_000_000;

/** An expression that parses, with what it refers to. */
export interface Expression extends ExpressionUse {
  source: string;
}

interface Compiled {
  expression: Expression;
  program: jsonata.Expression;
}

const kept = new Map<string, Compiled>();
let keptCharacters = 0;

/** Parses JSONata. Throws an ExpressionError for a syntax error, a refused function or a regular expression. */
export function parseExpression(source: string): Expression {
  return compile(source).expression;
}

function compile(source: string): Compiled {
  const known = kept.get(source);
  if (known !== undefined) return known;
  if (source.length > MAX_EXPRESSION_LENGTH) {
    throw new ExpressionError(`is longer than ${MAX_EXPRESSION_LENGTH} characters`, source, MAX_EXPRESSION_LENGTH);
  }
  try {
    const program = jsonata(source, EVALUATION_LIMITS);
    const use = analyseExpression(source, program.ast() as SyntaxNode);
    return keep({ expression: { source, ...use }, program });
  } catch (error) {
    throw asExpressionError(error, source);
  }
}

function keep(compiled: Compiled): Compiled {
  const { source } = compiled.expression;
  kept.set(source, compiled);
  keptCharacters += source.length + 1;
  for (const oldest of kept.keys()) {
    if (keptCharacters <= MAX_KEPT_CHARACTERS) break;
    kept.delete(oldest);
    keptCharacters -= oldest.length + 1;
  }
  return compiled;
}

/**
 * Evaluates here, within JSONata's own limits. Names in `variables` come without `$`; `startedAt` is the moment that
 * `$now` and `$millis` give, ISO 8601. Gives what JSONata gives: undefined and functions included. Rejects with an
 * ExpressionError.
 */
export async function evaluateExpression(
  source: string,
  variables: Record<string, unknown>,
  startedAt: string,
): Promise<unknown> {
  const time = Date.parse(startedAt);
  try {
    const { program } = compile(source);
    // The run's recorded time, so that a repetition sees the same moment.
    return await program.evaluate(undefined, {
      ...variables,
      now: (picture?: unknown, zone?: unknown) => formatTime.evaluate(undefined, { time, picture, zone }),
      millis: () => time,
    });
  } catch (error) {
    throw asExpressionError(error, source);
  }
}

const formatTime = jsonata('$fromMillis($time, $picture, $zone)');
