import { assertNever } from '../../domain/errors.js';
import { isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import type { RequestSettings } from '../providers/request-settings.js';
import { toFormatName } from './chat-protocol.js';
import type { GoingBack } from './given-with-turn.js';
import { inOrder } from './message-order.js';
import type { GivenWithTurn, ModelImage, ModelMessage, ModelReply, ModelRequest, ResponseFormat } from '../model.js';

// The wire shapes of OpenAI's Responses API: only what portia sends and reads. Nothing is stored at the server: the
// reasoning comes encrypted with each reply, and goes back with it.

/** The request as the Responses API spells it, without the model's name. */
export function toResponsesRequest(request: ModelRequest, back: GoingBack): JsonObject {
  const { messages, tools = [], responseFormat } = request;
  return {
    input: inOrder(messages).flatMap((message) => toItems(message, back)),
    ...(tools.length > 0 && {
      // Strict functions take fewer schemas, and are the default.
      tools: tools.map((tool) => ({ type: 'function', ...tool, strict: false })),
    }),
    ...(responseFormat !== undefined && { text: { format: toTextFormat(responseFormat) } }),
    store: false,
    ...(!back.refused.has(INCLUDE) && { include: ['reasoning.encrypted_content'] }),
  };
}

/** The fields of a request of the Responses API that are set for the model. */
export function responsesFields({ temperature, maxTokens, reasoningEffort }: RequestSettings): JsonObject {
  return {
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { max_output_tokens: maxTokens }),
    ...(reasoningEffort !== undefined && { reasoning: { effort: reasoningEffort } }),
  };
}

/** Refused for models that do not reason. */
export const INCLUDE = 'include';

function toTextFormat(format: ResponseFormat): JsonObject {
  if (format.kind === 'json_object') return { type: 'json_object' };
  return {
    type: 'json_schema',
    name: toFormatName(format.name),
    schema: format.schema,
    strict: format.strict === true,
  };
}

function toItems(message: ModelMessage, back: GoingBack): JsonObject[] {
  switch (message.role) {
    case 'system':
      return [{ role: 'system', content: message.text }];
    case 'user':
      return [{ role: 'user', content: contentOf(message.text, message.images) }];
    case 'tool':
      return [{ type: 'function_call_output', call_id: message.toolCallId, output: message.text }];
    case 'assistant': {
      const { text, toolCalls = [], given } = message;
      const own = given?.from === back.from ? ownItems(given, toolCalls) : undefined;
      if (own !== undefined) return own;
      return [
        ...(text === '' && toolCalls.length > 0 ? [] : [{ role: 'assistant', content: text }]),
        ...toolCalls.map((call) => toCall(call)),
      ];
    }
    default:
      return assertNever(message);
  }
}

function contentOf(text: string, images: readonly ModelImage[] = []): Json {
  if (images.length === 0) return text;
  return [{ type: 'input_text', text }, ...images.map((url) => ({ type: 'input_image', image_url: url }))];
}

type Call = ModelReply['toolCalls'][number];

function toCall({ id, name, arguments: text }: Call): JsonObject {
  return { type: 'function_call', call_id: id, name, arguments: text };
}

/** The items of a turn as they came, with the ids under which its calls are answered; undefined when they do not fit. */
function ownItems({ fields }: GivenWithTurn, calls: Call[]): JsonObject[] | undefined {
  const { output } = fields;
  const items = Array.isArray(output) ? output.filter((item) => isJsonObject(item)) : [];
  const open = [...calls];
  const own = items.map((item) => {
    const call = item['type'] === 'function_call' ? open.shift() : undefined;
    return call === undefined ? item : { ...item, call_id: call.id };
  });
  return own.filter(isCall).length === calls.length && own.length > 0 ? own : undefined;
}

const isCall = (item: JsonObject) => item['type'] === 'function_call';

/** What a reply of the Responses API says, as a chat completion. */
export function asChatCompletion(response: JsonObject): JsonObject {
  const output = itemsOf(response);
  const parts = output.filter(({ type }) => type === 'message').flatMap(({ content }) => partsOf(content));
  const thoughts = output.filter(({ type }) => type === 'reasoning');
  const calls = output.filter(isCall);
  const message = {
    role: 'assistant',
    content: textsOf(parts, 'output_text', 'text').join(''),
    refusal: textsOf(parts, 'refusal', 'refusal').join(''),
    reasoning: thoughts
      .flatMap(({ summary, content }) => [...partsOf(summary), ...partsOf(content)])
      .flatMap((part) => textsOf([part], part['type'], 'text'))
      .join('\n\n'),
    ...(calls.length > 0 && { tool_calls: calls.map(asChatCall) }),
  };
  const { usage, model } = response;
  const { input_tokens: input, output_tokens: out } = isJsonObject(usage) ? usage : {};
  return {
    choices: [{ finish_reason: endOf(response), message }],
    ...(model !== undefined && { model }),
    usage: {
      ...(input !== undefined && { prompt_tokens: input }),
      ...(out !== undefined && { completion_tokens: out }),
    },
  };
}

function asChatCall({ call_id: id = null, name = '', arguments: text = '' }: JsonObject): JsonObject {
  return { id, function: { name, arguments: text } };
}

function textsOf(parts: JsonObject[], type: Json | undefined, key: string): string[] {
  return parts.flatMap((part) => {
    const text = part['type'] === type ? part[key] : undefined;
    return typeof text === 'string' ? [text] : [];
  });
}

/** What goes back with the turn: all of it, as it came. */
export function itemsOf({ output }: JsonObject): JsonObject[] {
  return partsOf(output);
}

function partsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((part) => isJsonObject(part)) : [];
}

function endOf({ status = null, incomplete_details: details }: JsonObject): Json {
  if (status !== 'incomplete') return status;
  return isJsonObject(details) && typeof details['reason'] === 'string' ? details['reason'] : status;
}
