import { fitValue, readingsOf, wantsPlainValue } from '../domain/values/fit-value.js';
import type { Json, JsonSchema } from '../domain/values/json.js';
import { withoutNulls } from '../domain/values/left-out.js';
import { unwrapRoot, type ObjectRoot } from '../domain/values/object-root.js';
import type { KeptDigits } from '../domain/values/whole-numbers.js';
import { extractJson } from './reply/extract-json.js';
import { withoutThoughts } from './reply/thoughts.js';

export type CheckedReply = ({ ok: true } & KeptDigits) | { ok: false; problems: string[] };

interface Wanted {
  schema: JsonSchema;
  root: ObjectRoot;
  /** Whether the object root was asked for, or the value as it is. */
  inRoot: boolean;
  validate(value: Json): string[];
}

/** The value in the text of a reply, if it fits; a model may give it as it is, or in the object that was asked for. */
export async function checkStructured(text: string, wanted: Wanted): Promise<CheckedReply> {
  if (text.trim() === '') return { ok: false, problems: ['it calls a function instead of giving JSON'] };
  const ways = wanted.inRoot ? [readInside, readBare] : [readBare, readInside];
  const readings: CheckedReply[] = [];
  for (const read of ways) {
    const checked = await read(text, wanted);
    if (checked?.ok === true) return checked;
    if (checked !== undefined) readings.push(checked);
  }
  return readings[0] ?? { ok: false, problems: ['the reply holds no JSON'] };
}

/** Undefined when the reply is not such an object. */
async function readInside(text: string, wanted: Wanted): Promise<CheckedReply | undefined> {
  if (wanted.root.key === undefined) return undefined;
  const found = await extractJson(text, 'object');
  const value = found.ok ? unwrapRoot(found.value, wanted.root) : undefined;
  return found.ok && value !== undefined ? checkValue({ ...found, value }, wanted) : undefined;
}

async function readBare(text: string, wanted: Wanted): Promise<CheckedReply> {
  const { schema, validate } = wanted;
  const plain = wantsPlainValue(schema) ? readingsOf(withoutThoughts(text)) : [];
  const meant = plain.find(({ value }) => validate(value).length === 0);
  if (meant !== undefined) return { ok: true, ...meant };
  const found = await extractJson(text, schema['type'] === 'array' ? 'array' : 'object');
  if (found.ok) return checkValue(found, wanted);
  const last = plain.at(-1);
  // A bare text has the form of a plain value: what is wrong is the value.
  return { ok: false, problems: last === undefined ? [found.problem] : validate(last.value) };
}

function checkValue({ value: given, first }: KeptDigits, { schema, validate }: Wanted): CheckedReply {
  const value = fitValue(given, schema);
  const problems = validate(value);
  if (problems.length === 0) return { ok: true, value, first };
  const stripped = withoutNulls(value, schema);
  return validate(stripped).length === 0 ? { ok: true, value: stripped, first } : { ok: false, problems };
}
