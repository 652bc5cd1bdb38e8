import { assertNever, PortiaError } from '../domain/errors.js';
import { fitValue, readingsOf, wantsPlainValue } from '../domain/values/fit-value.js';
import type { Json, JsonSchema } from '../domain/values/json.js';
import type { Usage } from '../domain/plan/plan.js';
import { sumUsage } from '../domain/plan/usage.js';
import type { KeptDigits } from '../domain/values/whole-numbers.js';
import { shorten, unusable } from './chat-protocol.js';
import { extractJson, type Extraction } from './extract-json.js';
import {
  BrokenReply,
  FormatRejected,
  type Model,
  type ModelMessage,
  type ModelReply,
  type ModelRequest,
} from './model.js';
import { withoutThoughts } from './thoughts.js';

export interface StructuredOptions {
  /** What is asked for, e.g. `plan`: letters, digits, `_` and `-`. */
  name: string;
  schema: JsonSchema;
  /** What is wrong with the value, one sentence each; empty when it is good. */
  validate(value: Json): string[];
  signal: AbortSignal;
  /** Called before the reply is asked for again, with what the first one cost; what it throws ends the call. */
  beforeRepair?: ((spent: Usage) => void) | undefined;
}

export interface StructuredReply {
  value: Json;
  /** The last reply, with the usage of all calls that were made for it. */
  reply: ModelReply;
  /** The first number of the value that became a text, because no number can keep its digits. */
  keptDigits?: string | undefined;
}

/** Ways to ask for JSON, the strictest first. */
const RUNGS = ['json_schema', 'json_object', 'text'] as const;
type Rung = (typeof RUNGS)[number];

interface Ladder {
  /** The strictest rung that the endpoint has not rejected. */
  rung: number;
  /** The endpoint takes the schema and does not keep to it: the model must be told in words. */
  ignoresSchema: boolean;
}

// What was learned of an endpoint lasts as long as the object that stands for it.
const ladders = new WeakMap<Model, Ladder>();

const MAX_PROBLEMS = 20;
const MAX_REPEATED_CHARACTERS = 50_000;

/**
 * A JSON value that is valid, by the strictest way that the endpoint takes, with one chance to correct it.
 * Rejects with a PortiaError `model-reply-unusable` that names the problems, and with all that `complete` rejects with
 * but FormatRejected; `usage` in it is that of all calls.
 */
export async function completeStructured(
  model: Model,
  request: ModelRequest,
  options: StructuredOptions,
): Promise<StructuredReply> {
  const ladder = ladders.get(model) ?? { rung: 0, ignoresSchema: false };
  ladders.set(model, ladder);
  const ask = (messages: ModelMessage[]) => askDownwards(model, { ...request, messages }, { ...options, ladder });

  const first = await ask(request.messages);
  const checked = await checkReply(first, options);
  if (checked.ok) return { value: checked.value, reply: first, keptDigits: checked.first };
  if (RUNGS[ladder.rung] === 'json_schema') ladder.ignoresSchema = true;

  options.beforeRepair?.(first.usage);
  const second = await ask([...request.messages, ...repairTurn(first, checked.problems)]).catch((error: unknown) => {
    throw withUsage(error, first.usage);
  });
  const reply = { ...second, usage: sumUsage(first.usage, second.usage) };
  const rechecked = await checkReply(second, options);
  if (rechecked.ok) return { value: rechecked.value, reply, keptDigits: rechecked.first };
  const told = rechecked.problems.map((problem) => shorten(problem)).join('; ');
  const problems = told.replace(/\.$/, '');
  throw unusable(model.id, `It is not a valid ${options.name}, even after it was told what is wrong: ${problems}.`, {
    usage: reply.usage,
  });
}

/** The same error, with what the calls before it cost. */
function withUsage(error: unknown, usage: Usage): unknown {
  if (!(error instanceof PortiaError)) return error;
  const { code, message, details } = error;
  const all = { ...details, usage: sumUsage(usage, details.usage) };
  return error instanceof BrokenReply ? new BrokenReply(message, all) : new PortiaError(code, message, all);
}

async function askDownwards(
  model: Model,
  request: ModelRequest,
  { ladder, name, schema, signal }: StructuredOptions & { ladder: Ladder },
): Promise<ModelReply> {
  for (;;) {
    const rung = RUNGS[ladder.rung] ?? 'text';
    const inWords = rung !== 'json_schema' || ladder.ignoresSchema;
    const messages = inWords ? tellSchema(request.messages, schema) : request.messages;
    try {
      return await model.complete({ ...request, messages, responseFormat: formatOf(rung, name, schema) }, { signal });
    } catch (error) {
      if (!(error instanceof FormatRejected)) throw error;
      // A request without a format cannot be refused for it.
      if (rung === 'text') throw unusable(model.id, error.message, { cause: error });
      // Another call may have climbed down in the meantime.
      ladder.rung = Math.max(ladder.rung, RUNGS.indexOf(rung) + 1);
    }
  }
}

function formatOf(rung: Rung, name: string, schema: JsonSchema): ModelRequest['responseFormat'] {
  switch (rung) {
    case 'json_schema':
      return { kind: 'json_schema', name, schema };
    case 'json_object':
      return { kind: 'json_object' };
    case 'text':
      return undefined;
    default:
      return assertNever(rung);
  }
}

// In the first system message: many local models accept a system message only at the beginning, and only one.
function tellSchema(messages: ModelMessage[], schema: JsonSchema): ModelMessage[] {
  const told =
    'Reply with one JSON value and nothing else: no explanation, no code fence. ' +
    `It must be valid against this JSON Schema:\n${JSON.stringify(schema)}`;
  const [first, ...rest] = messages;
  if (first?.role !== 'system') return [{ role: 'system', text: told }, ...messages];
  return [{ role: 'system', text: `${first.text}\n\n${told}` }, ...rest];
}

function repairTurn(reply: ModelReply, problems: string[]): ModelMessage[] {
  const listed = problems.slice(0, MAX_PROBLEMS).map((problem) => `- ${shorten(problem)}`);
  if (problems.length > MAX_PROBLEMS) listed.push(`- and ${problems.length - MAX_PROBLEMS} more`);
  return [
    { role: 'assistant', text: reply.text.slice(0, MAX_REPEATED_CHARACTERS) || '(no text)' },
    {
      role: 'user',
      text: `Your reply cannot be used:\n${listed.join('\n')}\nReply again, with the whole corrected JSON and nothing else.`,
    },
  ];
}

type CheckedReply = ({ ok: true } & KeptDigits) | { ok: false; problems: string[] };

async function checkReply(reply: ModelReply, { schema, validate }: StructuredOptions): Promise<CheckedReply> {
  const plain = wantsPlainValue(schema) ? readingsOf(withoutThoughts(reply.text)) : [];
  const meant = plain.find(({ value }) => validate(value).length === 0);
  if (meant !== undefined && reply.text.trim() !== '') return { ok: true, ...meant };
  const found: Extraction =
    reply.text.trim() === ''
      ? { ok: false, problem: 'it calls a function instead of giving JSON' }
      : await extractJson(reply.text, schema['type'] === 'array' ? 'array' : 'object');
  const bare = plain.at(-1);
  // A bare text has the form of a plain value: what is wrong is the value.
  if (!found.ok && bare !== undefined && reply.text.trim() !== '') return { ok: false, problems: validate(bare.value) };
  if (!found.ok) return { ok: false, problems: [found.problem] };
  const value = fitValue(found.value, schema);
  const problems = validate(value);
  return problems.length === 0 ? { ok: true, value, first: found.first } : { ok: false, problems };
}
