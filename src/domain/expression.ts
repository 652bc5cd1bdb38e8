import jsonata from 'jsonata';

import { analyseExpression, type ExpressionUse, type SyntaxNode } from './expression-analysis.js';
import { asExpressionError, ExpressionError, MAX_MADE_LIST } from './expression-error.js';
import { resultOf, type ExpressionResult } from './expression-result.js';
import { padWithinLimits, splitWithinLimits } from './expression-texts.js';

/** Limits for one evaluation: depth of calls, length of a made list. */
const LIMITS = { stack: 500, sequence: MAX_MADE_LIST };

/** Milliseconds that an evaluation over small values may take: what takes longer most likely never ends. */
export const SHORT_TIMEOUT_MS = 450;

const MAX_EXPRESSION_LENGTH = 100_000;

/** What is known of expressions is kept until their texts have this many characters together; the oldest go first. */
const MAX_KEPT_CHARACTERS = 1_000_000;

/** Compiled expressions that are kept: each holds the tables of JSONata's parser, which are 70 kB. */
const MAX_KEPT_PROGRAMS = 200;

/** An expression that parses, with what it refers to. */
export interface Expression extends ExpressionUse {
  source: string;
  result: ExpressionResult;
}

const expressions = new Map<string, Expression>();
const programs = new Map<string, jsonata.Expression>();
let keptCharacters = 0;

/** Parses JSONata. Throws an ExpressionError for a syntax error, a refused function or a regular expression. */
export function parseExpression(source: string): Expression {
  const known = expressions.get(source);
  if (known !== undefined) return known;
  try {
    const tree = compile(source).ast() as SyntaxNode;
    return keepExpression({ source, ...analyseExpression(source, tree), result: resultOf(source, tree) });
  } catch (error) {
    throw asExpressionError(error, source);
  }
}

function compile(source: string, timeout = SHORT_TIMEOUT_MS): jsonata.Expression {
  const key = timeout === SHORT_TIMEOUT_MS ? source : `${timeout} ${source}`;
  const known = programs.get(key);
  if (known !== undefined) return known;
  if (source.length > MAX_EXPRESSION_LENGTH) {
    throw new ExpressionError(`is longer than ${MAX_EXPRESSION_LENGTH} characters`, source, MAX_EXPRESSION_LENGTH);
  }
  const program = jsonata(source, { ...LIMITS, timeout });
  program.registerFunction('pad', padWithinLimits, '<s-ns?:s>');
  program.registerFunction('split', splitWithinLimits, '<s-(sf)n?:a<s>>');
  programs.set(key, program);
  if (programs.size > MAX_KEPT_PROGRAMS) forgetOldest(programs);
  return program;
}

function keepExpression(expression: Expression): Expression {
  expressions.set(expression.source, expression);
  keptCharacters += expression.source.length + 1;
  while (keptCharacters > MAX_KEPT_CHARACTERS) keptCharacters -= forgetOldest(expressions).length + 1;
  return expression;
}

function forgetOldest(kept: Map<string, unknown>): string {
  const [oldest = ''] = kept.keys();
  kept.delete(oldest);
  return oldest;
}

/**
 * Evaluates here, within JSONata's own limits. Names in `variables` come without `$`; `startedAt` is the moment that
 * `$now` and `$millis` give, ISO 8601; `timeoutMs` is how long it may take. Gives what JSONata gives: undefined and functions included. Rejects with an
 * ExpressionError.
 */
export async function evaluateExpression(
  source: string,
  variables: Record<string, unknown>,
  { startedAt, timeoutMs }: { startedAt: string; timeoutMs?: number | undefined },
): Promise<unknown> {
  const time = Date.parse(startedAt);
  try {
    // Refuses what must not be evaluated.
    parseExpression(source);
    const program = compile(source, timeoutMs);
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
