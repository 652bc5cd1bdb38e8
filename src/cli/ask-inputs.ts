import { PortiaError } from '../domain/errors.js';
import { bareName } from '../domain/names.js';
import type { Json, JsonSchema } from '../domain/json.js';
import type { PlanInput } from '../domain/plan.js';
import { askText } from '../ui/prompts.js';
import type { Session } from './session.js';

/** Asks at the terminal for plan inputs that no flag gave. */
export async function askInputs(
  session: Session,
  missing: PlanInput[],
  validate: (schema: JsonSchema, value: Json) => string[],
): Promise<Record<string, Json>> {
  const values: Record<string, Json> = {};
  for (const { name, description, schema } of missing) {
    const problemOf = (text: string) =>
      schema === undefined ? undefined : validate(schema, readValue(text, schema))[0];
    const message = description ? `${bareName(name)}: ${description}` : bareName(name);
    const asked = await askText({ streams: session.io.streams, look: session.look }, { message, problemOf });
    if (asked.kind !== 'answered')
      throw new PortiaError('missing-input', `${name} was not given.`, { fix: `-i ${bareName(name)}=…` });
    values[bareName(name)] = schema === undefined ? asked.value : readValue(asked.value, schema);
  }
  return values;
}

/** Typed text is JSON where the schema wants something else than text. */
function readValue(text: string, schema: JsonSchema): Json {
  if (schema['type'] === 'string' || schema['type'] === undefined) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    // The schema says what is wrong with the text itself.
    return text;
  }
}
