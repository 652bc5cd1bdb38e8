import { PortiaError } from '../../domain/errors.js';
import { bareName } from '../../domain/values/names.js';
import type { Json, JsonSchema } from '../../domain/values/json.js';
import type { PlanInput } from '../../domain/plan/plan.js';
import { askForm } from '../../ui/prompts.js';
import { isSecretSchema } from '../../domain/values/secret-values.js';
import type { Session } from '../session/session.js';
import { signalOfPrompt } from '../session/stopping.js';
import { readTyped } from '../../domain/values/typed-text.js';

/** Asks at the terminal for plan inputs that no flag gave. */
export async function askInputs(
  session: Session,
  missing: PlanInput[],
  validate: (schema: JsonSchema, value: Json) => string[],
): Promise<Record<string, Json>> {
  const fields = missing.map(({ name, description, schema }) => ({
    name: bareName(name),
    message: description ? `${bareName(name)}: ${description}` : bareName(name),
    isSecret: isSecretSchema(schema),
    problemOf: (text: string) => (schema === undefined ? undefined : validate(schema, readValue(text, schema))[0]),
  }));
  const asked = await askForm({ streams: session.io.streams, look: session.look }, fields);
  if (asked.kind !== 'answered') {
    const flags = fields.map(({ name }) => `-i ${name}=…`).join(' ');
    const isInterrupted = asked.kind === 'interrupted';
    throw new PortiaError(isInterrupted ? 'interrupted' : 'missing-input', 'The inputs of the plan were not given.', {
      fix: flags,
      signal: isInterrupted ? signalOfPrompt(session.io) : undefined,
    });
  }
  const values: Record<string, Json> = {};
  for (const { name, schema } of missing) {
    const text = asked.value.get(bareName(name)) ?? '';
    values[bareName(name)] = schema === undefined ? text : readValue(text, schema);
  }
  return values;
}

function readValue(text: string, schema: JsonSchema): Json {
  const value = readTyped(text, schema);
  // The schema says what is wrong with the text itself.
  return value === undefined ? text : value;
}
