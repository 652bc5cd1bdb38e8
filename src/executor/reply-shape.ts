import type { Json, JsonSchema } from '../domain/json.js';
import type { ModelCall } from './effects.js';
import type { ExecutorServices } from './run-context.js';

/** A reply's shape from a JSON Schema that somebody else wrote. */
export async function schemaShape(
  services: ExecutorServices,
  name: string,
  schema: JsonSchema,
): Promise<NonNullable<ModelCall['shape']>> {
  const check = await services.compileSchema(schema);
  const validate = (value: Json) =>
    check(value).map(({ pointer, message }) => `${pointer === '' ? 'the value' : pointer.slice(1)}: ${message}`);
  return { name, schema, validate };
}
