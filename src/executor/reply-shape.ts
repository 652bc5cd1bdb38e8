import { fitValue } from '../domain/values/fit-value.js';
import { imagesIn } from '../domain/values/images.js';
import { depthOf, MAX_DEPTH, type Json, type JsonSchema } from '../domain/values/json.js';
import type { Marks } from '../domain/values/marks.js';
import { digitsKept, keptDigitsOf, type KeptDigits } from '../domain/values/whole-numbers.js';
import type { Effects } from './effects.js';
import type { ModelCall } from './model-question.js';
import { stepShapePrompt } from './prompts/step-shape-prompt.js';
import type { StepContext } from './run-context.js';
import type { ExecutorServices } from './services.js';

/** The shape that a model's reply must have. */
export type Shape = NonNullable<ModelCall['shape']>;

/** A reply's shape from a JSON Schema that somebody else wrote. */
export async function schemaShape(services: ExecutorServices, name: string, schema: JsonSchema): Promise<Shape> {
  const check = await services.compileSchema(schema);
  const validate = (value: Json) =>
    check(value).map(({ pointer, message }) => `${pointer === '' ? 'the value' : pointer.slice(1)}: ${message}`);
  return { name, schema, validate };
}

/**
 * The value in the shape that the step promises: as it is, as the JSON that a text writes out, or, when neither fits, as a
 * model gives it.
 */
export async function convertToShape(
  effects: Effects,
  value: Json,
  { shape, model }: { shape: Shape; model: string | undefined },
): Promise<Json> {
  const fitting = fittingValue(value, shape);
  if (fitting !== undefined) return keptIn(effects.context, fitting);
  const request = (marks: Marks) => ({ messages: [{ role: 'user' as const, text: stepShapePrompt(value, marks) }] });
  const about = () => ({ inputs: imagesIn(value).shown });
  const reply = await effects.callModel({ role: 'execution', model, request, about, shape });
  return reply.value ?? reply.text;
}

/** The value as it fits without a model, or as a text writes it out as JSON; undefined when neither fits. */
export function fittingValue(value: Json, shape: Shape): KeptDigits | undefined {
  const fitted = fittedValue(value, shape);
  if (fitted !== undefined || typeof value !== 'string') return fitted;
  const written = keptDigitsOf(value);
  if (written === undefined || depthOf(written.value) > MAX_DEPTH) return undefined;
  const read = fittedValue(written.value, shape);
  return read && { ...written, ...read };
}

/** The same, but that a text is only a text. */
export function fittedValue(value: Json, { schema, validate }: Shape): { value: Json } | undefined {
  const fitted = fitValue(value, schema);
  return validate(fitted).length === 0 ? { value: fitted } : undefined;
}

/** The value, with a warning when digits of it were kept as text. */
export function keptIn({ recorder, path }: StepContext, { value, first }: KeptDigits): Json {
  if (first !== undefined) recorder.append({ type: 'warning', path, message: digitsKept('The result', first) });
  return value;
}
