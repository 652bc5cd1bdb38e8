import type { Clarification, ClarificationRequest } from '../domain/run/clarification.js';
import { isJsonObject, type Json, type JsonObject, type JsonSchema } from '../domain/values/json.js';
import { isSecretSchema } from '../domain/values/secret-values.js';
import type { Elicitation, ElicitationResult, FormElicitation, FormField } from './elicitation.js';

/**
 * The questions that an elicitation of somebody else's puts to our person: an address is an action, a form without
 * fields a verification, and each field a question of the kind that suits its schema. The same elicitation always gives
 * the same questions, in the same order. `source` is who asks, for people.
 */
export function questionsOf(elicitation: Elicitation, source: string): ClarificationRequest[] {
  if (elicitation.mode === 'url') {
    return [{ category: 'Action', user_guidance: elicitation.message, action_url: elicitation.url, source }];
  }
  const fields = fieldsOf(elicitation);
  if (fields.length === 0) return [{ category: 'User Verification', user_guidance: elicitation.message, source }];
  return fields.map((field) => fieldQuestion(field, elicitation, source));
}

/**
 * What the answers to `questionsOf` say to whoever asked; `answered` are those questions, in their order. Undefined while
 * one is open. `null` leaves an optional field out, and declines the form when the field is required; so does "no" to a value.
 */
export function elicitationResultOf(
  elicitation: Elicitation,
  answered: readonly Clarification[],
): ElicitationResult | undefined {
  if (answered.some(({ resolved }) => !resolved)) return undefined;
  if (elicitation.mode === 'url') return answered[0] === undefined ? undefined : { action: 'accept' };
  const fields = fieldsOf(elicitation);
  if (answered.length < Math.max(fields.length, 1)) return undefined;
  if (fields.length === 0) return answered[0]?.response === true ? { action: 'accept', content: {} } : DECLINED;
  const content: JsonObject = {};
  for (const [index, { name, isRequired }] of fields.entries()) {
    const question = answered[index];
    const value = question === undefined ? null : valueIn(question);
    const isEmpty = value === '' && question?.category === 'Input' && !isRequired;
    if (value !== null && !isEmpty) content[name] = value;
    else if (isRequired) return DECLINED;
  }
  return { action: 'accept', content };
}

const DECLINED: ElicitationResult = { action: 'decline' };

interface NamedField {
  name: string;
  schema: FormField;
  isRequired: boolean;
}

function fieldsOf({ requestedSchema: { properties, required = [] } }: FormElicitation): NamedField[] {
  return Object.entries(properties).map(([name, schema]) => ({ name, schema, isRequired: required.includes(name) }));
}

function fieldQuestion(field: NamedField, { message }: FormElicitation, source: string): ClarificationRequest {
  const { schema } = field;
  const asked = { argument_name: field.name, source };
  const user_guidance = [message, ...fieldText(field)].join('\n');
  const { default: preset } = schema;
  const options = optionsOf(schema);
  if (preset !== undefined) {
    return { category: 'Value Confirmation', user_guidance, ...asked, value: preset, schema: orNull(schema) };
  }
  if (options !== undefined) {
    return { category: 'Multiple Choice', user_guidance, ...asked, options: [...options, null] };
  }
  return { category: 'Input', user_guidance, ...asked, schema: orNull(schema) };
}

/** What the form says of a field: its title, its description, what its options mean, and what `null` does. */
function fieldText({ name, schema, isRequired }: NamedField): string[] {
  const { title, description } = schema;
  const heading = [title ?? name, description].filter((part) => typeof part === 'string').join(': ');
  const meanings = titledOptions(schema).map(({ value, meaning }) => `  ${JSON.stringify(value)}: ${meaning}`);
  return [heading, ...meanings, isRequired ? 'null declines to answer.' : 'null leaves it out.'];
}

function optionsOf(schema: FormField): Json[] | undefined {
  if (Array.isArray(schema['enum'])) return schema['enum'];
  const titled = titledOptions(schema);
  if (titled.length > 0 && schema['type'] !== 'array') return titled.map(({ value }) => value);
  return schema['type'] === 'boolean' ? [true, false] : undefined;
}

/** The options of a list that gives each a title, and those of `enum` with `enumNames`, an older form. */
function titledOptions(schema: FormField): { value: Json; meaning: string }[] {
  const { items, enumNames, enum: values } = schema;
  const holder = isJsonObject(items) ? items : schema;
  const titled = [holder['oneOf'], holder['anyOf']].find(Array.isArray) ?? [];
  if (Array.isArray(values) && Array.isArray(enumNames)) {
    return values.flatMap((value, index) => meaningOf(value, enumNames[index]));
  }
  return titled.flatMap((option) => (isJsonObject(option) ? meaningOf(option['const'], option['title']) : []));
}

function meaningOf(value: Json | undefined, title: Json | undefined): { value: Json; meaning: string }[] {
  return value !== undefined && typeof title === 'string' ? [{ value, meaning: title }] : [];
}

function orNull(schema: FormField): JsonSchema {
  // Only where the schema itself says so is an answer kept out of the record.
  if (isSecretSchema(schema)) return schema;
  const { title: _title, default: _default, enumNames: _names, ...rules } = schema;
  return { anyOf: [rules, { type: 'null' }] };
}

/** The value that an answer gives: of a confirmed value that value, of a rejected one none. */
function valueIn(question: Clarification): Json {
  if (question.category !== 'Value Confirmation' || typeof question.response !== 'boolean') return question.response;
  return question.response ? (question.value ?? null) : null;
}
