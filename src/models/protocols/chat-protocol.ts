import { assertNever } from '../../domain/errors.js';
import { jsonOf, type JsonObject, type JsonSchema } from '../../domain/values/json.js';
import type { RequestSettings } from '../providers/request-settings.js';
import { withGiven, type GoingBack } from './given-with-turn.js';
import { inOrder } from './message-order.js';
import type { ModelImage, ModelMessage, ModelRequest, ResponseFormat } from '../model.js';

// The wire shapes of OpenAI's chat completions: only what portia sends. What it reads is in chat-reply.ts.

type ChatMessage =
  | { role: 'system' | 'user'; content: string | ChatPart[] }
  | { role: 'assistant'; content: string | null; tool_calls?: ChatToolCall[] }
  | { role: 'tool'; tool_call_id: string; content: string };

type ChatPart = { type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } };

interface ChatToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

type ChatResponseFormat =
  | { type: 'json_schema'; json_schema: { name: string; schema: JsonSchema; strict?: true } }
  | { type: 'json_object' };

interface ChatRequest {
  messages: ChatMessage[];
  tools?: { type: 'function'; function: { name: string; description: string; parameters: JsonSchema } }[];
  response_format?: ChatResponseFormat;
}

/** The request as chat completions spell it, without the model's name. */
export function toChatRequest(request: ModelRequest, back: GoingBack): ChatRequest {
  const { messages, tools = [], responseFormat } = request;
  return {
    messages: inOrder(messages).map((message) => toChatMessage(message, back)),
    // An empty list is refused by some endpoints.
    ...(tools.length > 0 && { tools: tools.map((tool) => ({ type: 'function' as const, function: { ...tool } })) }),
    ...(responseFormat !== undefined && { response_format: toChatFormat(responseFormat) }),
  };
}

/**
 * The JSON text of a request with U+FFFD in place of each half of a character, which servers refuse. A text that was
 * cut may hold one, and so may any file.
 */
export function withWholeCharacters(json: string): string {
  // JSON.stringify writes halves, and nothing else of that range, as escapes.
  return json.replace(/\\(?:u[dD][89a-fA-F][\da-fA-F]{2}|[^])/g, (escape) => (escape.length > 2 ? '\uFFFD' : escape));
}

function toChatMessage(message: ModelMessage, back: GoingBack): ChatMessage {
  switch (message.role) {
    case 'system':
      return { role: 'system', content: message.text };
    case 'user':
      return { role: 'user', content: contentOf(message.text, message.images) };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.text };
    case 'assistant': {
      const calls = (message.toolCalls ?? []).map(({ id, name, arguments: text }) => ({
        id,
        type: 'function' as const,
        function: { name, arguments: sendableArguments(text) },
      }));
      const content = message.text.trim() === '' && calls.length > 0 ? null : message.text;
      const turn = { role: 'assistant' as const, content, ...(calls.length > 0 && { tool_calls: calls }) };
      return withGiven(turn, message.given, back);
    }
    default:
      return assertNever(message);
  }
}

/** Without images a text: many servers take no parts. */
function contentOf(text: string, images: readonly ModelImage[] = []): string | ChatPart[] {
  if (images.length === 0) return text;
  const seen = images.map((url): ChatPart => ({ type: 'image_url', image_url: { url } }));
  return [{ type: 'text', text }, ...seen];
}

// Servers that put them into a template of their own fail on a text that is not JSON.
function sendableArguments(text: string): string {
  if (text.trim() === '') return '{}';
  return jsonOf(text) === undefined ? JSON.stringify({ unreadable: text }) : text;
}

/** A name that every endpoint takes. */
export function toFormatName(name: string): string {
  const spelt = name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64);
  return spelt === '' ? 'reply' : spelt;
}

function toChatFormat(format: ResponseFormat): ChatResponseFormat {
  if (format.kind === 'json_object') return { type: 'json_object' };
  return {
    type: 'json_schema',
    json_schema: {
      name: toFormatName(format.name),
      schema: format.schema,
      ...(format.strict === true && { strict: true }),
    },
  };
}

/** The fields of a chat completion request that are set for the model. */
export function chatFields(
  { temperature, maxTokens, reasoningEffort }: RequestSettings,
  maxTokensField = 'max_tokens',
): JsonObject {
  return {
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { [maxTokensField]: maxTokens }),
    ...(reasoningEffort !== undefined && { reasoning_effort: reasoningEffort }),
  };
}
