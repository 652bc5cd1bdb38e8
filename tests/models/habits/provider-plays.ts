import { isJsonObject, jsonOf, type Json, type JsonObject, type JsonSchema } from '../../../src/domain/values/json.js';
import { partAt } from '../../../src/domain/values/schema-parts.js';
import type { ChatBody } from './habit.js';
import * as rules from './schema-rules.js';

type Message = ChatBody['messages'][number];

/** A provider as its documentation describes it: what it refuses, and in which form it answers. */
export interface ProviderPlay {
  /** Of a model as a user names it. */
  id: string;
  /** Why it does not take a request; undefined when it does. */
  refuses: (body: ChatBody) => string | undefined;
  /** Refusals that are a part of the play: portia cannot know them beforehand. */
  expected?: RegExp;
  /** What it makes of a plain message. */
  says?: (message: JsonObject, count: number) => JsonObject;
  /** What it says of a reply that is finished. Default: `stop` and `tool_calls`. */
  ends?: { text: string | null; calls: string | null };
}

const callsOf = ({ tool_calls: calls }: JsonObject): JsonObject[] =>
  Array.isArray(calls) ? calls.filter(isJsonObject) : [];
const callsIn = (message: Message): JsonObject[] =>
  Array.isArray(message.tool_calls) ? message.tool_calls.filter(isJsonObject) : [];
const withCalls =
  (change: (call: JsonObject, index: number) => JsonObject) =>
  (message: JsonObject): JsonObject =>
    message['tool_calls'] === undefined ? message : { ...message, tool_calls: callsOf(message).map(change) };

type Check = ProviderPlay['refuses'];

const all =
  (...checks: Check[]): Check =>
  (body) => {
    for (const check of checks) {
      const reason = check(body);
      if (reason !== undefined) return reason;
    }
    return undefined;
  };

const each =
  (check: (message: Message, index: number, messages: Message[]) => string | undefined): Check =>
  ({ messages }) =>
    messages.map((message, index) => check(message, index, messages)).find((reason) => reason !== undefined);

const onlyFields = (...more: string[]): Check =>
  each((message) => {
    const known = ['role', 'content', 'tool_calls', 'tool_call_id', ...more];
    const other = Object.keys(message).find((key) => !known.includes(key));
    return other === undefined ? undefined : `property '${other}' is unsupported`;
  });

const answered: Check = each((message, index, messages) => {
  const ids = callsIn(message).map(({ id }) => id);
  const following = messages.slice(index + 1, index + 1 + ids.length);
  const answers = following.filter(({ role }) => role === 'tool').map(({ tool_call_id: id }) => id);
  return ids.every((id) => answers.includes(String(id))) ? undefined : 'every tool_call_id must be answered';
});

const readableArguments: Check = each((message) => {
  const texts = callsIn(message).map(({ function: called }) =>
    isJsonObject(called) ? called['arguments'] : undefined,
  );
  return texts.every((text) => typeof text === 'string' && isJsonObject(jsonOf(text)))
    ? undefined
    : 'arguments are not JSON';
});

const systemFirst: Check = each(({ role }, index) =>
  role === 'system' && index > 0 ? 'System message must be at the beginning' : undefined,
);

const alternating: Check = each(({ role }, index, messages) =>
  role !== 'tool' && role === messages[index - 1]?.role ? 'Conversation roles must alternate' : undefined,
);

const noBlankText: Check = each((message) =>
  callsIn(message).length === 0 && typeof message.content === 'string' && message.content.trim() === ''
    ? 'text content blocks must contain non-whitespace text'
    : undefined,
);

const wordJson: Check = ({ response_format: format, messages }) =>
  format?.type === 'json_object' && !/json/i.test(JSON.stringify(messages))
    ? "'messages' must contain the word 'json'"
    : undefined;

const formats =
  (loose: rules.SchemaRule, strict?: rules.SchemaRule): Check =>
  ({ response_format: format }) => {
    const sent = format?.json_schema;
    if (sent === undefined) return undefined;
    const rule = sent.strict === true ? strict : loose;
    return rule === undefined ? 'strict is not supported' : rules.refusalOf(sent.schema, rule);
  };

const functions =
  (rule: rules.SchemaRule): Check =>
  ({ tools = [] }) =>
    tools.map((tool) => rules.refusalOf(tool.function.parameters, rule)).find((reason) => reason !== undefined);

const noFormat =
  (type: string, reason: string): Check =>
  ({ response_format: format }) =>
    format?.type === type ? reason : undefined;

const common = all(answered, readableArguments, systemFirst, wordJson, functions(rules.OPENAI_LOOSE));
const openai = all(common, onlyFields(), formats(rules.OPENAI_LOOSE, rules.OPENAI_STRICT));
const loose = all(common, onlyFields(), formats(rules.OPENAI_LOOSE));

const SIGNATURE = { google: { thought_signature: 'c2lnbmF0dXJl' } };
const signed: Check = each((message) => {
  const [first] = callsIn(message);
  const isSigned = first === undefined || JSON.stringify(first['extra_content']) === JSON.stringify(SIGNATURE);
  return isSigned ? undefined : 'Function call is missing a thought_signature in functionCall parts';
});

const THOUGHT = 'First I think about {"result":"no"}.';
const DETAILS = [{ type: 'reasoning.encrypted', data: 'c2ln', index: 0 }];

const thoughtBack = (field: string, value: Json): Check =>
  each((message) =>
    callsIn(message).length > 0 && JSON.stringify(Reflect.get(message, field)) !== JSON.stringify(value)
      ? `${field} must be passed back`
      : undefined,
  );

const mistralOrder: Check = each(({ role }, index, messages) => {
  if (role === 'user' && messages[index - 1]?.role === 'tool') return "Unexpected role 'user' after role 'tool'";
  const isLast = index === messages.length - 1;
  return isLast && role !== 'user' && role !== 'tool' ? 'Expected last role User or Tool' : undefined;
});

const nineLetters: Check = each((message) =>
  callsIn(message).every(({ id }) => /^[a-zA-Z0-9]{9}$/.test(String(id)))
    ? undefined
    : 'Tool call id must be 9 letters',
);

const gemini: Omit<ProviderPlay, 'id'> = {
  refuses: all(common, signed, functions(rules.GEMINI), formats(rules.GEMINI), noBlankText),
  says: withCalls((call, index) => (index === 0 ? { ...call, extra_content: SIGNATURE } : call)),
};

export const PROVIDER_PLAYS: ProviderPlay[] = [
  { id: 'openai/gpt-4.1', refuses: openai },
  { id: 'azure/my-deployment', refuses: openai, says: (message) => ({ ...message, refusal: null, annotations: [] }) },
  { id: 'github/openai/gpt-4.1', refuses: openai },
  {
    id: 'anthropic/claude-sonnet-4-5',
    refuses: all(common, onlyFields(), noBlankText, formats(rules.ANTHROPIC)),
    says: (message) => (message['tool_calls'] === undefined ? message : { ...message, content: 'I will look. ' }),
  },
  {
    id: 'bedrock/anthropic.claude-sonnet-4',
    refuses: all(common, onlyFields(), noBlankText, formats(rules.ANTHROPIC)),
    ends: { text: 'end_turn', calls: 'tool_use' },
  },
  { id: 'google/gemini-3-pro', ...gemini },
  { id: 'vertex/google/gemini-3-pro', ...gemini },
  {
    id: 'mistral/magistral-medium',
    refuses: all(common, onlyFields(), mistralOrder, nineLetters, formats(rules.OPENAI_LOOSE)),
    says: (message, count) => {
      const calling = withCalls((call, index) => ({ ...call, id: `a${count}${index}`.padEnd(9, '0') }))(message);
      const { content } = calling;
      if (typeof content !== 'string') return { ...calling, content: '' };
      return {
        ...calling,
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: THOUGHT }] },
          { type: 'text', text: content },
        ],
      };
    },
  },
  { id: 'groq/llama-3.3-70b-versatile', refuses: loose },
  { id: 'groq/openai/gpt-oss-120b', refuses: openai },
  {
    id: 'xai/grok-4',
    refuses: all(common, onlyFields(), formats(rules.XAI)),
    says: (message) => ({ ...message, refusal: null }),
  },
  {
    id: 'deepseek/deepseek-reasoner',
    refuses: all(
      common,
      noFormat('json_schema', 'This response_format type is unavailable now'),
      thoughtBack('reasoning_content', THOUGHT),
    ),
    expected: /unavailable now/,
    says: (message) => ({ ...message, reasoning_content: THOUGHT }),
  },
  { id: 'together/meta-llama/Llama-3.3-70B', refuses: loose, ends: { text: 'eos', calls: 'tool_calls' } },
  { id: 'fireworks/llama-v3', refuses: all(common, onlyFields(), formats(rules.FIREWORKS)) },
  { id: 'cerebras/gpt-oss-120b', refuses: all(common, onlyFields(), formats(rules.OPENAI_LOOSE, rules.CEREBRAS)) },
  {
    id: 'openrouter/anthropic/claude-sonnet-4.5',
    refuses: all(common, formats(rules.ANTHROPIC), thoughtBack('reasoning_details', DETAILS)),
    says: (message) => ({ ...message, reasoning: THOUGHT, reasoning_details: DETAILS }),
  },
  { id: 'openrouter/google/gemini-2.5-pro', refuses: all(common, functions(rules.GEMINI), formats(rules.GEMINI)) },
  { id: 'vercel/openai/gpt-4.1', refuses: openai },
  { id: 'litellm/anthropic/claude-sonnet-4-5', refuses: all(common, formats(rules.ANTHROPIC)) },
  { id: 'cloudflare/openai/gpt-4.1', refuses: openai },
  {
    id: 'ollama/qwen3:4b',
    refuses: all(common, onlyFields('reasoning'), formats(rules.OPENAI_LOOSE)),
    says: (message) => ({ ...withCalls(({ id: _id, type: _type, ...call }) => call)(message), reasoning: THOUGHT }),
    ends: { text: 'stop', calls: 'stop' },
  },
  {
    id: 'lmstudio/qwen3',
    refuses: all(
      common,
      alternating,
      noFormat('json_object', "'response_format.type' must be 'json_schema' or 'text'"),
    ),
    says: (message) =>
      typeof message['content'] === 'string'
        ? { ...message, content: `<think>\n${THOUGHT}\n</think>\n\n${message['content']}` }
        : message,
  },
  {
    id: 'llamacpp/qwen3',
    refuses: all(common, alternating),
    says: withCalls((call) => {
      const { function: called } = call;
      if (!isJsonObject(called) || typeof called['arguments'] !== 'string') return call;
      return { ...call, function: { ...called, arguments: jsonOf(called['arguments']) ?? null } };
    }),
  },
  {
    id: 'vllm/deepseek-r1',
    refuses: all(common, alternating),
    says: (message) => ({
      tool_calls: [],
      reasoning_content: null,
      ...message,
      ...(typeof message['content'] === 'string' && { content: `${THOUGHT}\n</think>\n\n${message['content']}` }),
    }),
    ends: { text: null, calls: '' },
  },
  {
    id: 'custom/gemma',
    refuses: all(common, alternating),
    says: (message) => ({ ...message, function_call: null, audio: null }),
  },
];

/** The smallest value of a schema, as a model would write it that keeps to the schema. */
export function valueOf(schema: JsonSchema, root: JsonSchema = schema): Json {
  const { $ref: reference, anyOf, properties } = schema;
  const [first] = Array.isArray(anyOf) ? anyOf : [];
  if (typeof reference === 'string') return valueOf(partAt(root, reference) ?? {}, root);
  if (isJsonObject(first)) return valueOf(first, root);
  if (Array.isArray(schema['enum'])) return schema['enum'][0] ?? null;
  const [type] = [schema['type']].flat();
  if (type === 'object' || isJsonObject(properties)) {
    const parts = Object.entries(isJsonObject(properties) ? properties : {});
    return Object.fromEntries(parts.map(([name, part]) => [name, isJsonObject(part) ? valueOf(part, root) : null]));
  }
  if (type === 'array') return isJsonObject(schema['items']) ? [valueOf(schema['items'], root)] : [];
  if (type === 'boolean') return true;
  return type === 'number' || type === 'integer' ? 1 : type === 'null' ? null : 'text';
}
