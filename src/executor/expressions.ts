import { describeFailure, ExpressionError, namesInScope, resultAsJson } from '../domain/expression-error.js';
import { wantsList } from '../domain/fit-value.js';
import { lostKeys } from '../domain/expression-keys.js';
import { parseExpression, type Expression } from '../domain/expression.js';
import { asText, isJsonObject, type Json, type JsonObject, type JsonSchema } from '../domain/json.js';
import { parseBareOrTemplate, parseTemplate, wholeExpression, type TemplatePart } from '../domain/template.js';
import { failed, type StepContext, type StepStop } from './run-context.js';

export type Evaluated<Value = Json> = { ok: true; value: Value } | { ok: false; stop: StepStop };

type ValueContext = Pick<StepContext, 'path' | 'recorder' | 'scope' | 'services'>;

/** The value of an expression of the plan. A name whose step was skipped skips this step; anything else wrong fails it. */
export async function evaluateValue(context: ValueContext, source: string): Promise<Evaluated> {
  return guard(context, source, () => evaluateParsed(context, parseExpression(source)));
}

/** A list: JSONata gives one match as itself and none as nothing, so the expression is made a list of what it gives. */
export async function evaluateList(context: ValueContext, source: string): Promise<Evaluated<Json[]>> {
  const evaluated = await guard(context, source, () => evaluateParsed(context, parseBareOrTemplate(source), LIST));
  if (!evaluated.ok) return evaluated;
  return { ok: true, value: Array.isArray(evaluated.value) ? evaluated.value : [evaluated.value] };
}

/** Whether a `when` holds: only a boolean does. */
export async function evaluateCondition(context: ValueContext, source: string): Promise<Evaluated<boolean>> {
  const evaluated = await guard(context, source, () => evaluateParsed(context, parseBareOrTemplate(source)));
  if (!evaluated.ok) return evaluated;
  if (typeof evaluated.value === 'boolean') return { ok: true, value: evaluated.value };
  const got = JSON.stringify(evaluated.value).slice(0, 80);
  return {
    ok: false,
    stop: expressionFailed(context, source, new ExpressionError(`is ${got}, not true or false`, source, 1)),
  };
}

/** The text of a task or message with its templates filled in. */
export async function fillText(context: ValueContext, text: string): Promise<Evaluated<string>> {
  const filled = await fillTemplate(context, text, undefined);
  return filled.ok ? { ok: true, value: asText(filled.value) } : filled;
}

/** Arguments of the plan with their templates filled in; only the plan's own text is scanned. */
export async function fillArguments(
  context: ValueContext,
  args: JsonObject,
  schema: JsonSchema,
): Promise<Evaluated<JsonObject>> {
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  const filled: JsonObject = Object.create(null) as JsonObject;
  for (const [name, value] of Object.entries(args)) {
    const result = await fillValue(context, value, Object.hasOwn(properties, name) ? properties[name] : undefined);
    if (!result.ok) return result;
    filled[name] = result.value;
  }
  return { ok: true, value: { ...filled } };
}

/** A list that is written out, with the templates of its items filled in. */
export async function fillList(context: ValueContext, list: Json[]): Promise<Evaluated<Json[]>> {
  return (await fillValue(context, list, undefined)) as Evaluated<Json[]>;
}

async function fillValue(context: ValueContext, value: Json, schema: JsonSchema | undefined): Promise<Evaluated> {
  if (typeof value === 'string') return fillTemplate(context, value, schema);
  if (typeof value !== 'object' || value === null) return { ok: true, value };
  const entries: [string, Json][] = [];
  for (const [key, child] of Object.entries(value)) {
    const result = await fillValue(context, child, childSchema(schema, key));
    if (!result.ok) return result;
    entries.push([key, result.value]);
  }
  return { ok: true, value: Array.isArray(value) ? entries.map(([, child]) => child) : Object.fromEntries(entries) };
}

function childSchema(schema: JsonSchema | undefined, key: string): JsonSchema | undefined {
  const { items, properties } = schema ?? {};
  if (isJsonObject(properties) && Object.hasOwn(properties, key)) return asSchema(properties[key]);
  return /^\d+$/.test(key) ? asSchema(items) : undefined;
}

function asSchema(value: Json | undefined): JsonSchema | undefined {
  return isJsonObject(value) ? value : undefined;
}

async function fillTemplate(context: ValueContext, text: string, schema: JsonSchema | undefined): Promise<Evaluated> {
  if (!text.includes('{{')) return { ok: true, value: text };
  return guard(context, text, async () => {
    const parts = parseTemplate(text);
    const whole = wholeExpression(parts);
    if (whole === undefined) return fillParts(context, parts);
    // JSONata gives one match as itself and none as nothing; where a list is wanted they are a list of one and of none.
    return evaluateParsed(context, whole, wantsList(schema) ? LIST : {});
  });
}

const LIST = { asList: true };

async function fillParts(context: ValueContext, parts: TemplatePart[]): Promise<Evaluated> {
  let text = '';
  for (const part of parts) {
    if (part.kind === 'text') {
      text += part.text;
      continue;
    }
    const result = await evaluateParsed(context, part.expression);
    if (!result.ok) return result;
    text += asText(result.value);
  }
  return { ok: true, value: text };
}

async function evaluateParsed(
  context: ValueContext,
  expression: Expression,
  form: { asList?: boolean } = {},
): Promise<Evaluated> {
  // Without a prototype, so that a name like __proto__ is a name like any other.
  const variables = Object.create(null) as Record<string, Json>;
  for (const name of expression.variables.keys()) {
    const value = await context.scope.value(name);
    if (value !== undefined) variables[name] = value;
    else if (expression.needs.has(name)) {
      const reason = context.scope.whyMissing(name) ?? `$${name} has no value`;
      return { ok: false, stop: { kind: 'skipped', reason } };
    }
  }
  const { services, recorder } = context;
  const result = await services.evaluate(expression.source, variables, { startedAt: recorder.startedAt, ...form });
  const value = resultAsJson(result, expression.source);
  for (const key of expression.keys === undefined ? [] : lostKeys(expression.keys, value)) {
    const message = `The key ${JSON.stringify(key)} was left out: its value is nothing.`;
    recorder.append({ type: 'warning', path: context.path, message });
  }
  return { ok: true, value };
}

async function guard(context: ValueContext, source: string, evaluate: () => Promise<Evaluated>): Promise<Evaluated> {
  try {
    return await evaluate();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { ok: false, stop: expressionFailed(context, source, error) };
  }
}

function expressionFailed(context: ValueContext, source: string, error: ExpressionError): StepStop {
  return failed(context, {
    code: error.endless ? 'expression-endless' : 'expression-failed',
    message: `${describeFailure(error, source)} ${namesInScope(context.scope.outputs().keys())}`,
    retryable: false,
  });
}
