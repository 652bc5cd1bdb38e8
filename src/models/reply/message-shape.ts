import * as z from 'zod';

import { isJsonObject } from '../../domain/values/json.js';
import { withoutTemplateMarks } from './template-marks.js';

// The messages of chat completions, in all the forms in which servers write them.

/** A call without the object around its name and arguments. */
function asNested(call: unknown): unknown {
  if (!isJsonObject(call) || call['function'] !== undefined || typeof call['name'] !== 'string') return call;
  const { name, arguments: args, parameters, input, ...rest } = call;
  return { ...rest, function: { name, arguments: args ?? parameters ?? input } };
}

const functionShape = z.looseObject({ name: z.string(), arguments: z.unknown(), parameters: z.unknown() }).partial();

const callShape = z.preprocess(
  asNested,
  z.looseObject({ id: z.union([z.string(), z.number().transform(String)]).nullish(), function: functionShape }),
);

const partShape = z.preprocess(
  (part) => (typeof part === 'string' ? { type: 'text', text: part } : part),
  z.looseObject({ type: z.string().default('text'), text: z.unknown().optional() }),
);

/** One where a list is wanted. */
const asList = (value: unknown): unknown =>
  isJsonObject(value) ? (Object.keys(value).length > 0 ? [value] : []) : value;

const shape = z.looseObject({
  content: z.union([z.string(), z.preprocess(asList, z.array(partShape))]).nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.preprocess(asList, z.array(callShape).nullish()),
  /** The call in the words of the old protocol. */
  function_call: functionShape.nullish(),
});

type Shaped = z.infer<typeof shape>;

/** A call as a server wrote it. */
export type WireCall = NonNullable<Shaped['tool_calls']>[number];

/** A message, whatever a server made of it. */
export interface WireMessage {
  /** All its fields as they came. */
  fields: Record<string, unknown>;
  /** Its text, without its other parts. */
  text: string;
  /** Parts of its content that are not text. */
  others: (Record<string, unknown> & { type: string })[];
  refusal: string;
  calls: WireCall[];
}

export const messageShape = shape.transform(toMessage);

const TEXTS = new Set(['text', 'output_text']);
const CALLS = new Set(['tool_use', 'tool_call', 'function_call']);

type Part = z.infer<typeof partShape>;

/** Google marks texts that are thoughts. */
const isText = ({ type, thought }: Part) => TEXTS.has(type) && thought !== true;

function toMessage(message: Shaped): WireMessage {
  const { content, refusal, tool_calls: listed, function_call: old } = message;
  const parts = Array.isArray(content) ? content : [];
  const texts = parts.filter(isText).map(({ text }) => (typeof text === 'string' ? text : ''));
  const inParts = parts.filter(({ type }) => CALLS.has(type)).flatMap((part) => callShape.safeParse(part).data ?? []);
  const calls = [listed ?? [], old ? [{ function: old }] : [], inParts].find((found) => found.length > 0) ?? [];
  return {
    fields: message,
    text: withoutTemplateMarks(typeof content === 'string' ? content : texts.join('')),
    others: parts.filter((part) => !isText(part) && !CALLS.has(part.type)),
    refusal: refusal ?? '',
    // Some servers send an empty one beside a text.
    calls: calls.filter((call) => nameOf(call) !== ''),
  };
}

export function nameOf({ function: { name = '' } }: WireCall): string {
  return name.trim() === '' ? '' : name;
}

/** Some servers send the arguments as an object or leave them out for functions without parameters. */
export function argumentsOf({ function: { arguments: args, parameters } }: WireCall): string {
  const value = args ?? parameters;
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '{}' : JSON.stringify(value);
}
