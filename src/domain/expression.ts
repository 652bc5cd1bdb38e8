import jsonata from 'jsonata';

import { FUNCTION_NAMES } from './names.js';

/** Functions whose result would differ from run to run, or that would run text as code. */
const REFUSED_FUNCTIONS = new Set(['eval', 'random', 'shuffle']);

/** Functions that do not keep to JSONata's own limits of time and size: only safe where they can be ended. */
const UNBOUNDED_FUNCTIONS = new Set(['sort', 'distinct', 'split', 'replace', 'pad']);

/** Limits for one evaluation: milliseconds, depth of calls, length of a made list. */
export const EVALUATION_LIMITS = { timeout: 5_000, stack: 500, sequence: 1_000_000 };

const MAX_EXPRESSION_LENGTH = 100_000;

/** An expression that parses, with what it refers to. */
export interface Expression {
  source: string;
  /** Variables it uses, without `$`, each with the position of its first use (1-based character). */
  variables: ReadonlyMap<string, number>;
  /** Those it cannot do without: all but the ones that are only asked for with `$exists`. */
  needs: ReadonlySet<string>;
  /** Uses functions that ignore the limits, so it must be evaluated where it can be ended. */
  unbounded: boolean;
}

/** Why a text is no expression that portia evaluates, and where. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  readonly source: string;
  /** 1-based character. */
  readonly position: number;

  constructor(message: string, source: string, position: number) {
    super(message);
    this.source = source;
    this.position = position;
  }
}

const parsed = new Map<string, Expression>();

/** Parses JSONata. Throws an ExpressionError for a syntax error, a refused function or a regular expression. */
export function parseExpression(source: string): Expression {
  const known = parsed.get(source);
  if (known !== undefined) return known;
  if (source.length > MAX_EXPRESSION_LENGTH) {
    throw new ExpressionError(`is longer than ${MAX_EXPRESSION_LENGTH} characters`, source, MAX_EXPRESSION_LENGTH);
  }
  const expression = analyse(source, compile(source));
  parsed.set(source, expression);
  return expression;
}

const compiled = new Map<string, jsonata.Expression>();

function compile(source: string): jsonata.Expression {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  try {
    const expression = jsonata(source, EVALUATION_LIMITS);
    compiled.set(source, expression);
    return expression;
  } catch (error) {
    throw asExpressionError(error, source);
  }
}

/** JSONata throws plain objects and errors with a code and a position. */
export function asExpressionError(error: unknown, source: string): ExpressionError {
  if (error instanceof ExpressionError) return error;
  const raw = typeof error === 'object' && error !== null ? (error as { message?: unknown; position?: unknown }) : {};
  const message = typeof raw.message === 'string' ? raw.message : String(error);
  const position = typeof raw.position === 'number' ? raw.position : source.length;
  return new ExpressionError(message, source, Math.max(1, Math.min(position, source.length)));
}

/**
 * Evaluates here, within JSONata's own limits. Names in `variables` come without `$`.
 * Gives what JSONata gives: undefined and functions included. Throws an ExpressionError.
 */
export async function evaluateExpression(
  source: string,
  variables: Record<string, unknown>,
  startedAt: string,
): Promise<unknown> {
  const time = Date.parse(startedAt);
  try {
    // The run's recorded time, so that a repetition sees the same moment.
    return await compile(source).evaluate(undefined, {
      ...variables,
      now: () => new Date(time).toISOString(),
      millis: () => time,
    });
  } catch (error) {
    throw asExpressionError(error, source);
  }
}

// The syntax tree as JSONata really gives it; its published types leave out several node kinds.
interface Node {
  type?: string;
  value?: unknown;
  position?: number;
  focus?: string;
  index?: string;
  procedure?: Node;
  arguments?: Node[];
  [key: string]: unknown;
}

function analyse(source: string, expression: jsonata.Expression): Expression {
  const variables = new Map<string, number>();
  const needs = new Set<string>();
  let unbounded = false;

  function visit(node: Node, bound: Set<string>, optional: boolean): void {
    switch (node.type) {
      case 'variable':
        visitVariable(node, bound, optional);
        break;
      case 'regex':
        throw new ExpressionError('regular expressions are not allowed', source, node.position ?? 1);
      case 'sort':
        unbounded = true;
        break;
      case 'bind':
        visitChildren({ rhs: node['rhs'] }, bound, optional);
        bound.add(String((node['lhs'] as Node).value));
        return;
      case 'lambda': {
        const inner = new Set(bound);
        for (const argument of node.arguments ?? []) inner.add(String(argument.value));
        visitChildren({ body: node['body'] }, inner, optional);
        return;
      }
      case 'block':
        visitChildren(node, new Set(bound), optional);
        return;
      case 'function':
        if (node.procedure?.type === 'variable' && node.procedure.value === 'exists' && !bound.has('exists')) {
          for (const argument of node.arguments ?? []) visit(argument, bound, true);
          return;
        }
        break;
    }
    if (node.focus !== undefined) bound.add(node.focus);
    if (node.index !== undefined) bound.add(node.index);
    visitChildren(node, bound, optional);
  }

  function visitVariable(node: Node, bound: Set<string>, optional: boolean): void {
    const name = String(node.value);
    if (name === '' || name === '$' || bound.has(name)) return;
    if (REFUSED_FUNCTIONS.has(name)) {
      throw new ExpressionError(`$${name} is not allowed`, source, node.position ?? 1);
    }
    if (UNBOUNDED_FUNCTIONS.has(name)) unbounded = true;
    if (FUNCTION_NAMES.has(name)) return;
    if (!variables.has(name)) variables.set(name, node.position ?? 1);
    if (!optional) needs.add(name);
  }

  function visitChildren(node: object, bound: Set<string>, optional: boolean): void {
    for (const child of Object.values(node) as unknown[]) {
      if (Array.isArray(child)) visitChildren(child, bound, optional);
      else if (typeof child === 'object' && child !== null) visit(child as Node, bound, optional);
    }
  }

  visit(expression.ast() as Node, new Set(), false);
  return { source, variables, needs, unbounded };
}
