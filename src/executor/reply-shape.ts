import { fitValue } from '../domain/values/fit-value.js';
import type { Json, JsonSchema } from '../domain/values/json.js';
import type { Marks } from '../domain/values/marks.js';
import type { Effects } from './effects.js';
import type { ModelCall } from './model-call.js';
import { stepShapePrompt } from './prompts/step-shape-prompt.js';
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

/** The value in the shape that the step promises; the model converts it only when it does not fit as it is. */
export async function convertToShape(
  effects: Effects,
  value: Json,
  { shape, model }: { shape: Shape; model: string | undefined },
): Promise<Json> {
  const fitted = fitValue(value, shape.schema);
  if (shape.validate(fitted).length === 0) return fitted;
  const request = (marks: Marks) => ({ messages: [{ role: 'user' as const, text: stepShapePrompt(value, marks) }] });
  const reply = await effects.callModel({ role: 'execution', model, request, shape });
  return reply.value ?? reply.text;
}
