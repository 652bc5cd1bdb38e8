import {
  describeFailure,
  ExpressionError,
  namesInScope,
  resultAsJson,
} from '../domain/expressions/expression-error.js';
import { cutText } from '../domain/values/cut-text.js';
import { wantsList } from '../domain/values/fit-value.js';
import { lostKeys } from '../domain/expressions/expression-keys.js';
import { parseExpression, type Expression } from '../domain/expressions/expression.js';
import { missingField } from '../domain/expressions/missing-field.js';
import { asText, isJsonObject, type Json, type JsonObject, type JsonSchema } from '../domain/values/json.js';
import { shownSecret } from '../domain/values/secret-values.js';
import {
  parseBareOrTemplate,
  parseTemplate,
  variableOnly,
  wholeExpression,
  type TemplatePart,
} from '../domain/expressions/template.js';
import type { StepContext } from './run-context.js';
import { failed, type Got, type StepStop } from './outcomes.js';
import { sourcesOfTemplates, type ArgumentSources } from './value-sources.js';
import { secretPlace, type SecretPlace, type SecretUse } from './secret-places.js';

type ValueContext = Pick<StepContext, 'path' | 'recorder' | 'scope' | 'services'>;

/** The value of an expression of the plan. A name whose step was skipped skips this step; anything else wrong fails it. */
export async function evaluateValue(context: ValueContext, source: string): Promise<Got<Json>> {
  return asOutcome(context, source, () => evaluateParsed(context, parseExpression(source)));
}

/** A list: JSONata gives one match as itself and none as nothing, so the expression is made a list of what it gives. */
export async function evaluateList(context: ValueContext, source: string): Promise<Got<Json[]>> {
  const evaluated = await asOutcome(context, source, () => evaluateParsed(context, parseBareOrTemplate(source), LIST));
  if (!evaluated.ok) return evaluated;
  return { ok: true, value: Array.isArray(evaluated.value) ? evaluated.value : [evaluated.value] };
}

/** Whether a `when` holds: only a boolean does. */
export async function evaluateCondition(context: ValueContext, source: string): Promise<Got<boolean>> {
  const evaluated = await asOutcome(context, source, () => evaluateParsed(context, parseBareOrTemplate(source)));
  if (!evaluated.ok) return evaluated;
  if (typeof evaluated.value === 'boolean') return { ok: true, value: evaluated.value };
  const got = cutText(JSON.stringify(evaluated.value), 80);
  return {
    ok: false,
    stop: expressionFailed(context, source, new ExpressionError(`is ${got}, not true or false`, source, 1)),
  };
}

/** The text of a task or message with its templates filled in. */
export async function fillText(context: ValueContext, text: string): Promise<Got<string>> {
  const filled = await fillTemplate(context, text, {});
  return filled.ok ? { ok: true, value: asText(filled.value) } : filled;
}

/** The arguments of a call with their templates filled in. */
export interface FilledArguments {
  args: JsonObject;
  /** Where secrets are in them; `args` has the placeholder of each. */
  secrets: SecretPlace[];
  /** Where each of them came from. */
  sources?: ArgumentSources | undefined;
}

/** Arguments of the plan with their templates filled in; only the plan's own text is scanned. */
export async function fillArguments(
  context: ValueContext,
  args: JsonObject,
  schema: JsonSchema,
): Promise<Got<FilledArguments>> {
  const secrets: SecretPlace[] = [];
  const properties = (schema['properties'] ?? {}) as Record<string, JsonSchema>;
  const filled: JsonObject = Object.create(null);
  for (const [name, value] of Object.entries(args)) {
    const own = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const result = await fillValue(context, value, { schema: own, place: { path: [name], secrets } });
    if (!result.ok) return result;
    filled[name] = result.value;
  }
  return { ok: true, value: { args: { ...filled }, secrets, sources: sourcesOfTemplates(args, context.scope) } };
}

/** A list that is written out, with the templates of its items filled in. */
export async function fillList(context: ValueContext, list: Json[]): Promise<Got<Json[]>> {
  return (await fillValue(context, list, {})) as Got<Json[]>;
}

/** What is known of the place of a value: its schema, and where secrets that may be used there are noted. */
interface Place {
  schema?: JsonSchema | undefined;
  place?: { path: string[]; secrets: SecretPlace[] } | undefined;
}

async function fillValue(context: ValueContext, value: Json, { schema, place }: Place): Promise<Got<Json>> {
  if (typeof value === 'string') return fillTemplate(context, value, { schema, place });
  if (typeof value !== 'object' || value === null) return { ok: true, value };
  const entries: [string, Json][] = [];
  for (const [key, child] of Object.entries(value)) {
    const inner = place && { ...place, path: [...place.path, key] };
    const result = await fillValue(context, child, { schema: childSchema(schema, key), place: inner });
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

async function fillTemplate(context: ValueContext, text: string, { schema, place }: Place): Promise<Got<Json>> {
  if (!text.includes('{{')) return { ok: true, value: text };
  return asOutcome(context, text, async () => {
    const parts = parseTemplate(text);
    if (place !== undefined && parts.some((part) => secretIn(context, part) !== undefined)) {
      return fillSecret(context, parts, place);
    }
    const whole = wholeExpression(parts);
    if (whole === undefined) return fillParts(context, parts);
    // JSONata gives one match as itself and none as nothing; where a list is wanted they are a list of one and of none.
    return evaluateParsed(context, whole, wantsList(schema) ? LIST : {});
  });
}

const LIST = { asList: true };

/** The secret whose name a template is exactly: in a longer expression a name has the placeholder of the secret. */
function secretIn({ scope }: ValueContext, part: TemplatePart): SecretUse | undefined {
  const name = part.kind === 'expression' ? variableOnly(part.expression.source) : undefined;
  return name === undefined ? undefined : scope.secret(name);
}

/** Notes where the secrets are, and gives what is shown there. */
async function fillSecret(
  context: ValueContext,
  parts: TemplatePart[],
  { path, secrets }: NonNullable<Place['place']>,
): Promise<Got<Json>> {
  const filled: SecretPlace['parts'] = [];
  for (const part of parts) {
    const secret = secretIn(context, part);
    const text = secret === undefined ? await fillParts(context, [part]) : undefined;
    if (text?.ok === false) return text;
    filled.push(secret ?? asText(text?.value ?? ''));
  }
  const place = secretPlace(path, filled);
  secrets.push(place);
  return { ok: true, value: place.shown };
}

async function fillParts(context: ValueContext, parts: TemplatePart[]): Promise<Got<Json>> {
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
): Promise<Got<Json>> {
  // Without a prototype, so that a name like __proto__ is a name like any other.
  const variables: Record<string, Json> = Object.create(null);
  for (const name of expression.variables.keys()) {
    const value = await context.scope.value(name);
    if (context.scope.secret(name) !== undefined) warnOfSecret(context, name);
    if (value !== undefined) variables[name] = value;
    else if (expression.needs.has(name)) {
      const reason = context.scope.whyMissing(name) ?? `$${name} has no value`;
      return { ok: false, stop: { kind: 'skipped', reason } };
    }
  }
  const { services, recorder } = context;
  const lost = new Set<string>();
  const { startedAt } = recorder.index;
  const result = await services.evaluate(expression.source, variables, { startedAt, lost, ...form });
  const value = resultAsJson(result, expression.source);
  for (const key of expression.keys === undefined ? [] : lostKeys(expression.keys, value)) lost.add(key);
  for (const key of lost) {
    warnOnce(context, `The key ${JSON.stringify(key)} was left out: its value is nothing.`);
  }
  const missing = form.asList === true && isEmptyList(value) ? missingField(expression.result, variables) : undefined;
  if (missing !== undefined) {
    const shown = cutText(expression.source.trim(), 80);
    warnOnce(context, `The list ${shown} is empty, because there is no field ${missing}.`);
  }
  return { ok: true, value };
}

function isEmptyList(value: Json): boolean {
  return Array.isArray(value) && value.length === 0;
}

/** Never silent: what comes out of it is most likely not what was meant. */
function warnOfSecret(context: ValueContext, name: string): void {
  const instead = `an expression has the text ${shownSecret(name)} in its place, not its value`;
  warnOnce(context, `$${name} is a secret: ${instead}.`);
}

/** A loop would repeat it in every round. */
export function warnOnce({ recorder, path }: ValueContext, message: string): void {
  if (!recorder.index.hasWarned(path, message)) recorder.append({ type: 'warning', path, message });
}

/** An error in an expression fails the step. */
async function asOutcome(
  context: ValueContext,
  source: string,
  evaluate: () => Promise<Got<Json>>,
): Promise<Got<Json>> {
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
