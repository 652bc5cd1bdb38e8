import jsonata from 'jsonata';

import { analyseExpression, type ExpressionUse } from './expression-analysis.js';
import type { SyntaxNode } from './syntax-node.js';
import { asExpressionError, ExpressionError, MAX_MADE_LIST } from './expression-error.js';
import { filtersByName, type NameFilter } from './expression-filters.js';
import { writtenKeys, type WrittenKeys } from './expression-keys.js';
import { givesFiltered, listAll, listFilters } from './expression-lists.js';
import { bindsNames, operationsIn, resultOf, type ExpressionResult, type Operation } from './expression-result.js';
import { refuseRootless } from './expression-roots.js';
import {
  integerKeepingDigits,
  lengthOfText,
  numberKeepingDigits,
  padWithinLimits,
  splitWithinLimits,
} from './expression-texts.js';
import { LOST, watchEvaluation } from './expression-watch.js';
import { isUnsafeWholeNumber, WRITE_IN_QUOTES } from '../values/whole-numbers.js';
import { LinearRegExp, loadRegExpEngine } from './linear-regexp.js';

/** Limits for one evaluation: depth of calls, length of a made list. */
const LIMITS = { stack: 500, sequence: MAX_MADE_LIST };

/** Milliseconds that an evaluation over small values may take: what takes longer most likely never ends. */
export const SHORT_TIMEOUT_MS = 450;

const MAX_EXPRESSION_LENGTH = 100_000;

/**
 * Results of parsing are kept until the texts of their expressions have this many characters together; the oldest go
 * first.
 */
const MAX_KEPT_CHARACTERS = 1_000_000;

/** Compiled expressions that are kept: each holds the tables of JSONata's parser, which are 70 kB. */
const MAX_KEPT_PROGRAMS = 200;

/** An expression that parses, with what it refers to. */
export interface Expression extends ExpressionUse {
  source: string;
  result: ExpressionResult;
  /** The keys that it writes out: one of them may get lost. */
  keys: WrittenKeys | undefined;
  operations: Operation[];
  /** Filters that are a name of the plan alone. */
  nameFilters: NameFilter[];
}

const expressions = new Map<string, Expression>();
const programs = new Map<string, jsonata.Expression>();
let keptCharacters = 0;

/** Parses JSONata. Throws an ExpressionError for a syntax error, and for what is refused or can never have a value. */
export function parseExpression(source: string): Expression {
  const known = expressions.get(source);
  if (known !== undefined) return known;
  try {
    // Its own functions are only needed to evaluate it, and cost more than the parsing.
    const tree = compile(source, {}).ast() as SyntaxNode;
    refuseUnsafeNumber(source);
    refuseRootless(source, tree);
    const use = analyseExpression(source, tree);
    const result = givesFiltered(tree) ? FILTERED : resultOf(source, tree);
    const nameFilters = bindsNames(source) ? [] : filtersByName(tree);
    const facts = { result, keys: writtenKeys(tree), operations: operationsIn(source, tree), nameFilters };
    return keepExpression({ source, ...use, ...facts });
  } catch (error) {
    throw asExpressionError(error, source);
  }
}

/** The digits of texts, names and regular expressions are passed over. */
const NUMBER_OR_OTHER =
  /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[\p{L}_$][\p{L}\p{N}_]*|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gu;

function refuseUnsafeNumber(source: string): void {
  if (!/\d{16}/.test(source)) return;
  for (const part of source.matchAll(NUMBER_OR_OTHER)) {
    if (isUnsafeWholeNumber(part[0])) throw new ExpressionError(WRITE_IN_QUOTES, source, part.index + 1);
  }
}

const FILTERED: ExpressionResult = { schema: { type: 'array' }, variable: undefined };

interface ProgramOptions {
  /** Milliseconds that an evaluation may take. */
  timeoutMs?: number | undefined;
  /** Whether whatever it gives becomes a list. */
  asList?: boolean | undefined;
}

function programOf(source: string, options: ProgramOptions): jsonata.Expression {
  const known = programs.get(programKey(source, options));
  return known ?? keepProgram(createProgram(source, options), { source, options });
}

function createProgram(source: string, options: ProgramOptions): jsonata.Expression {
  const program = compile(source, options);
  program.registerFunction('pad', padWithinLimits, '<s-ns?:s>');
  program.registerFunction('length', lengthOfText, '<s-:n>');
  program.registerFunction('number', numberKeepingDigits, '<(nsb)-:n>');
  program.registerFunction('parseInteger', integerKeepingDigits, '<s-s:n>');
  program.registerFunction('split', splitWithinLimits, '<s-(sf)n?:a<s>>');
  return program;
}

function compile(source: string, { timeoutMs = SHORT_TIMEOUT_MS }: ProgramOptions): jsonata.Expression {
  if (source.length > MAX_EXPRESSION_LENGTH) {
    throw new ExpressionError(`is longer than ${MAX_EXPRESSION_LENGTH} characters`, source, MAX_EXPRESSION_LENGTH);
  }
  return jsonata(source, {
    ...LIMITS,
    timeout: timeoutMs,
    RegexEngine: LinearRegExp as unknown as RegExpConstructor,
  });
}

/** From here on the program makes lists where lists are meant. */
function keepProgram(
  program: jsonata.Expression,
  { source, options }: { source: string; options: ProgramOptions },
): jsonata.Expression {
  watchEvaluation(program, source);
  setRoot(program, options.asList ? listAll : listFilters);
  programs.set(programKey(source, options), program);
  if (programs.size > MAX_KEPT_PROGRAMS) forgetOldest(programs);
  return program;
}

function programKey(source: string, { timeoutMs = SHORT_TIMEOUT_MS, asList = false }: ProgramOptions): string {
  return `${timeoutMs} ${asList ? 'list' : 'value'} ${source}`;
}

/** Changes the tree that JSONata evaluates, its root included. */
function setRoot(program: jsonata.Expression, change: (tree: SyntaxNode) => SyntaxNode): void {
  const root = program.ast() as SyntaxNode;
  const changed = change({ ...root });
  for (const key of Object.keys(root)) delete root[key];
  Object.assign(root, changed);
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
 * `$now` and `$millis` give, ISO 8601. Gives what JSONata gives, undefined and functions included, but a list where
 * the expression ends in a filter, and always with `asList`. Keys that are left out inside of it, because their value is
 * nothing, are added to `lost`. Rejects with an ExpressionError.
 */
export async function evaluateExpression(
  source: string,
  variables: Record<string, unknown>,
  options: ProgramOptions & { startedAt: string; lost?: Set<string> | undefined },
): Promise<unknown> {
  const time = Date.parse(options.startedAt);
  try {
    // Refuses what must not be evaluated.
    const { usesRegExp } = parseExpression(source);
    if (usesRegExp) await loadRegExpEngine();
    const program = programOf(source, options);
    // The run's recorded time, so that a repetition sees the same moment.
    const own = {
      now: (picture?: unknown, zone?: unknown) => formatTime.evaluate(undefined, { time, picture, zone }),
      millis: () => time,
      [LOST]: options.lost,
    };
    // Not a copy with more keys: that is slow, and this is done for every expression.
    return await program.evaluate(undefined, Object.assign(Object.create(null), variables, own));
  } catch (error) {
    throw asExpressionError(error, source);
  }
}

const formatTime = jsonata('$fromMillis($time, $picture, $zone)');
