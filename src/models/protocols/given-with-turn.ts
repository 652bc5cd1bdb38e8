import { isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import type { GivenWithTurn, ModelMessage } from '../model.js';

// Fields of the protocol itself; all others of a turn go back with it as they came.
const OF_MESSAGE = new Set(['role', 'content', 'refusal', 'tool_calls', 'function_call', 'audio']);
const OF_CALL = new Set(['id', 'type', 'index', 'function']);
const OF_FUNCTION = new Set(['name', 'arguments']);

type Fields = Record<string, unknown>;

/** A call as the server wrote it, with the id under which it is answered. */
interface AnsweredCall {
  id: string;
  call: Fields & { function: Fields };
}

/**
 * The fields of a turn that only its server understands, such as signatures of thoughts; undefined when there are none.
 * `content` is what the server wrote, where that holds more than the answer.
 */
export function givenWithTurn(
  message: Fields,
  { from, content, calls }: { from: string; content: unknown; calls: AnsweredCall[] },
): GivenWithTurn | undefined {
  const ofMessage = { ...others(message, OF_MESSAGE), ...(content !== undefined && { content }) };
  const ofCalls = calls.flatMap(({ id, call }) => {
    const inside = others(call.function, OF_FUNCTION);
    const kept = { ...others(call, OF_CALL), ...(hasFields(inside) && { function: inside }) };
    return hasFields(kept) ? [[id, kept] as const] : [];
  });
  const fields = {
    ...(hasFields(ofMessage) && { message: ofMessage }),
    ...(ofCalls.length > 0 && { calls: Object.fromEntries(ofCalls) }),
  };
  return hasFields(fields) ? { from, fields: fields as JsonObject } : undefined;
}

/** What goes back with turns to the endpoint and model `from`, but for the fields that it has `refused`. */
export interface GoingBack {
  from: string;
  refused: ReadonlySet<string>;
}

interface SentMessage {
  content: unknown;
  tool_calls?: { id: string; function: object }[];
}

/** The message of a turn with the fields that its server gave with it. */
export function withGiven<Message extends SentMessage>(
  message: Message,
  given: GivenWithTurn | undefined,
  back: GoingBack,
): Message {
  if (given?.from !== back.from) return message;
  const { content, ...fields } = taken(given.fields['message'], back);
  const calls = taken(given.fields['calls'], back);
  return {
    ...fields,
    ...message,
    ...(content !== undefined && { content }),
    ...(message.tool_calls && {
      tool_calls: message.tool_calls.map((call) => {
        const { function: inside, ...ofCall } = taken(calls[call.id], back);
        return { ...ofCall, ...call, function: { ...taken(inside, back), ...call.function } };
      }),
    }),
  };
}

/** The names of the fields that go back in a request. */
export function namesGoingBack(messages: readonly ModelMessage[], back: GoingBack): string[] {
  const names = messages.flatMap((message) => {
    if (message.role !== 'assistant' || message.given?.from !== back.from) return [];
    const { message: ofMessage, calls } = message.given.fields;
    const ofCalls = isJsonObject(calls) ? Object.values(calls) : [];
    return [ofMessage, ...ofCalls].flatMap((fields) => Object.keys(taken(fields, back)));
  });
  return [...new Set(names)].filter((name) => name !== 'content' && name !== 'function');
}

function taken(fields: Json | undefined, { refused }: GoingBack): JsonObject {
  if (!isJsonObject(fields)) return {};
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !refused.has(name)));
}

function others(fields: Fields, known: ReadonlySet<string>): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => !known.has(name) && !isEmpty(value)));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

function hasFields(fields: object): boolean {
  return Object.keys(fields).length > 0;
}
