import { ExpressionError, describeFailure, resultAsJson } from '../domain/expressions/expression-error.js';
import type { Expression } from '../domain/expressions/expression.js';
import { parseTemplate, templatesIn, wholeExpression } from '../domain/expressions/template.js';
import type { Problem } from '../domain/errors.js';
import { asText, type Json, type JsonObject } from '../domain/values/json.js';
import { nearestName } from '../domain/values/nearest-name.js';

/** Evaluates an expression with variables that are named without `$`. Rejects with an ExpressionError. */
export type Evaluate = (source: string, variables: JsonObject) => Promise<unknown>;

/** What fills a text of settings in. */
export interface Filling {
  /** By name: see `templateValues`. */
  values: JsonObject;
  evaluate: Evaluate;
  /** What is written between templates. Default: as it is. */
  plain?: (text: string) => string;
  /** A value inside of a longer text. Default: as in plans. */
  write?: (value: Json, before: string) => string;
}

/** What templates can name: each argument of the call, and all of them as `$args`. */
export function templateValues(args: JsonObject): JsonObject {
  return { args, ...args };
}

/**
 * A text of settings with its templates filled in. A text that is exactly one template has the value with its type, and
 * is undefined when that is nothing, or needs an argument that is not given. Rejects with a NotFilled.
 */
export async function fillSetting(text: string, filling: Filling): Promise<Json | undefined> {
  const { plain = (part) => part, write = asText } = filling;
  if (!text.includes('{{')) return plain(text);
  try {
    const parts = parseTemplate(text);
    const whole = wholeExpression(parts);
    if (whole !== undefined) return await valueOf(whole, filling);
    let filled = '';
    for (const part of parts) {
      if (part.kind === 'text') filled += plain(part.text);
      else filled += write(await someValueOf(part.expression, filling), filled);
    }
    return filled;
  } catch (error) {
    if (error instanceof ExpressionError) throw new NotFilled(describeFailure(error, text));
    throw error;
  }
}

/** A value of settings, at any depth. What is left without a value is left out of its list or object. */
export async function fillSettings(value: Json, filling: Filling): Promise<Json | undefined> {
  if (typeof value === 'string') return fillSetting(value, filling);
  if (typeof value !== 'object' || value === null) return value;
  const entries: [string, Json][] = [];
  for (const [key, child] of Object.entries(value)) {
    const filled = await fillSettings(child, filling);
    if (filled !== undefined) entries.push([key, filled]);
  }
  return Array.isArray(value) ? entries.map(([, child]) => child) : Object.fromEntries(entries);
}

/** Why a text cannot be filled in with these arguments, as a sentence. */
export class NotFilled extends Error {
  override readonly name = 'NotFilled';
}

async function valueOf(expression: Expression, { values, evaluate }: Filling): Promise<Json | undefined> {
  if (missingName(expression, values) !== undefined) return undefined;
  const result = await evaluate(expression.source, variablesOf(expression, values));
  return result === undefined ? undefined : resultAsJson(result, expression.source);
}

async function someValueOf(expression: Expression, { values, evaluate }: Filling): Promise<Json> {
  const missing = missingName(expression, values);
  if (missing !== undefined) throw new NotFilled(`The argument ${missing} is not given, and a longer text needs it.`);
  return resultAsJson(await evaluate(expression.source, variablesOf(expression, values)), expression.source);
}

function missingName({ needs }: Expression, values: JsonObject): string | undefined {
  return [...needs].find((name) => !Object.hasOwn(values, name));
}

function variablesOf({ variables }: Expression, values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([name]) => variables.has(name)));
}

/** What is wrong with the templates in a value of settings, where these arguments are known. */
export function templateProblems(value: Json, pointer: string, args: readonly string[]): Problem[] {
  return templatesIn(value, pointer).flatMap(({ pointer: at, text }) =>
    textProblems(text, [...args, 'args']).map((message) => settingProblem('bad-template', at, message)),
  );
}

/** A problem of a settings file, whose message names the setting. */
export function settingProblem(rule: string, pointer: string, message: string): Problem {
  return { severity: 'error', rule, message: `${pointer.slice(1)}: ${message}`, pointer };
}

function textProblems(text: string, names: readonly string[]): string[] {
  try {
    return unknownNames(expressionsIn(text), names);
  } catch (error) {
    if (error instanceof ExpressionError) return [describeFailure(error, text)];
    throw error;
  }
}

/** A sentence about each name in the expressions that is not one of these. */
export function unknownNames(expressions: readonly Expression[], names: readonly string[]): string[] {
  return [...namesOf(expressions)]
    .filter((name) => !names.includes(name))
    .map((name) => {
      const nearest = nearestName(name, names);
      const known = `there are ${names.map((each) => `$${each}`).join(', ')}`;
      return `there is no $${name}; ${nearest === undefined ? known : `did you mean $${nearest}?`}`;
    });
}

/** The arguments that no template in the value uses. */
export function unusedArguments(value: Json, args: readonly string[]): string[] {
  const used = namesOf(templatesIn(value).flatMap(({ text }) => expressionsIn(text)));
  return used.has('args') ? [] : args.filter((name) => !used.has(name));
}

function expressionsIn(text: string): Expression[] {
  return parseTemplate(text).flatMap((part) => (part.kind === 'expression' ? [part.expression] : []));
}

function namesOf(expressions: readonly Expression[]): Set<string> {
  return new Set(expressions.flatMap(({ variables }) => [...variables.keys()]));
}
