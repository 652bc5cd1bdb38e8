import * as z from 'zod';

import { assertNever, PortiaError, type ErrorDetails } from '../domain/errors.js';
import { cutText } from '../domain/values/cut-text.js';
import type { JsonSchema } from '../domain/values/json.js';
import type { Usage } from '../domain/plan/plan.js';
import type { ModelMessage, ModelReply, ModelRequest, ModelToolCall, ResponseFormat } from './model.js';
import { readUsage } from './read-usage.js';
import { withoutThoughts } from './thoughts.js';

// The wire shapes of OpenAI's chat completions: only what portia sends and reads.

type ChatMessage =
  | { role: 'system' | 'user'; content: string }
  | { role: 'assistant'; content: string | null; tool_calls?: ChatToolCall[] }
  | { role: 'tool'; tool_call_id: string; content: string };

interface ChatToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

type ChatResponseFormat =
  | { type: 'json_schema'; json_schema: { name: string; schema: JsonSchema } }
  | { type: 'json_object' };

interface ChatRequest {
  messages: ChatMessage[];
  tools?: { type: 'function'; function: { name: string; description: string; parameters: JsonSchema } }[];
  response_format?: ChatResponseFormat;
}

/** The request as chat completions spell it, without the model's name. */
export function toChatRequest(request: ModelRequest): ChatRequest {
  const { messages, tools = [], responseFormat } = request;
  return {
    messages: messages.map(toChatMessage),
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

function toChatMessage(message: ModelMessage): ChatMessage {
  switch (message.role) {
    case 'system':
    case 'user':
      return { role: message.role, content: message.text };
    case 'tool':
      return { role: 'tool', tool_call_id: message.toolCallId, content: message.text };
    case 'assistant': {
      const calls = (message.toolCalls ?? []).map(({ id, name, arguments: text }) => ({
        id,
        type: 'function' as const,
        function: { name, arguments: text },
      }));
      if (calls.length === 0) return { role: 'assistant', content: message.text };
      return { role: 'assistant', content: message.text === '' ? null : message.text, tool_calls: calls };
    }
    default:
      return assertNever(message);
  }
}

function toChatFormat(format: ResponseFormat): ChatResponseFormat {
  if (format.kind === 'json_object') return { type: 'json_object' };
  const name = format.name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64);
  return { type: 'json_schema', json_schema: { name: name === '' ? 'reply' : name, schema: format.schema } };
}

const messageShape = z.looseObject({
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.unknown().optional() }))]).nullish(),
  refusal: z.string().nullish(),
  reasoning: z.unknown().optional(),
  reasoning_content: z.unknown().optional(),
  tool_calls: z
    .array(
      z.looseObject({
        id: z.string().nullish(),
        function: z.looseObject({ name: z.string(), arguments: z.unknown().optional() }),
      }),
    )
    .nullish(),
});

const completionShape = z.looseObject({
  choices: z
    .array(z.looseObject({ finish_reason: z.string().nullish(), message: messageShape }))
    .min(1, 'the list of choices is empty'),
  usage: z.unknown().optional(),
});

/** What servers say of a finished reply. Some say nothing: the body is whole JSON, so nothing of it was lost. */
const FINISHED = new Set(['', 'stop', 'tool_calls', 'eos', 'end_turn', 'stop_sequence', 'tool_use']);

/**
 * A body that claims to be a chat completion, as a finished reply.
 * Throws a PortiaError: `model-reply-unusable` when it is not the protocol, is cut off or is empty; `model-refused`.
 */
export function readChatCompletion(body: unknown, modelId: string, request: ModelRequest): ModelReply {
  const parsed = completionShape.safeParse(body);
  const choice = parsed.success ? parsed.data.choices[0] : undefined;
  if (!parsed.success || choice === undefined) {
    throw unusable(
      modelId,
      `It is not a chat completion: ${parsed.error?.issues.map(tellIssue).join('; ') ?? 'no choice'}.`,
    );
  }
  const { finish_reason: reason, message } = choice;
  const usage = usageOf(request, message, parsed.data.usage);
  const end = reason?.toLowerCase() ?? '';
  if (end === 'content_filter') throw refused(modelId, 'The provider filtered the reply.', usage);
  if (end === 'length') {
    throw unusable(modelId, 'It was cut off at the longest reply that the model or server gives.', {
      fix: 'Ask for less in one request, or use a model with longer replies: --model provider/name',
      usage,
    });
  }
  const callsInOldWords = end === 'function_call' && (message.tool_calls ?? []).length > 0;
  if (!FINISHED.has(end) && !callsInOldWords) {
    throw unusable(modelId, `It does not say that it is finished (finish_reason: ${reason}).`, { usage });
  }
  return readShapedMessage(message, { modelId, usage });
}

/** A bare assistant message, which counts as finished because whoever sent it says so in another way. */
export function readChatMessage(message: unknown, modelId: string, request: ModelRequest): ModelReply {
  const parsed = messageShape.safeParse(message);
  if (!parsed.success)
    throw unusable(modelId, `It is not a message: ${parsed.error.issues.map(tellIssue).join('; ')}.`);
  return readShapedMessage(parsed.data, { modelId, usage: usageOf(request, parsed.data) });
}

function usageOf(request: ModelRequest, message: z.infer<typeof messageShape>, said?: unknown): Usage {
  return readUsage(said, { sent: toChatRequest(request), received: message });
}

function readShapedMessage(
  message: z.infer<typeof messageShape>,
  { modelId, usage }: { modelId: string; usage: Usage },
): ModelReply {
  if (message.refusal !== undefined && message.refusal !== null && message.refusal !== '') {
    throw refused(modelId, `It says: ${shorten(message.refusal)}`, usage);
  }
  const written = readContent(message.content);
  const text = withoutThoughts(written);
  const toolCalls = (message.tool_calls ?? []).map((call, index): ModelToolCall => ({
    id: call.id || `call_${index}`,
    name: call.function.name,
    arguments: textOfArguments(call.function.arguments),
  }));
  if (text.trim() === '' && toolCalls.length === 0) {
    const isThought = written.trim() !== '' || hasThoughts(message);
    throw unusable(modelId, isThought ? 'It has thoughts, but no answer.' : 'It is empty.', { usage });
  }
  return { text, toolCalls, usage };
}

function hasThoughts({ content, reasoning, reasoning_content: more }: z.infer<typeof messageShape>): boolean {
  return Boolean(reasoning) || Boolean(more) || (Array.isArray(content) && content.length > 0);
}

function readContent(content: z.infer<typeof messageShape>['content']): string {
  if (content === undefined || content === null) return '';
  if (typeof content === 'string') return content;
  // Reasoning models send their thoughts as parts of other types.
  return content.map((part) => (part.type === 'text' && typeof part.text === 'string' ? part.text : '')).join('');
}

// Some servers send the arguments as an object or leave them out for functions without parameters.
function textOfArguments(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '{}' : JSON.stringify(value);
}

/** A reply that cannot be used, with the reason. */
export function unusable(
  modelId: string,
  why: string,
  details: Pick<ErrorDetails, 'fix' | 'usage' | 'cause'> = {},
): PortiaError {
  return new PortiaError('model-reply-unusable', `The reply of ${modelId} cannot be used.`, {
    why,
    fix: 'Try again, or use another model: --model provider/name',
    retryable: true,
    ...details,
  });
}

function refused(modelId: string, why: string, usage: Usage): PortiaError {
  return new PortiaError('model-refused', `${modelId} refused to answer.`, {
    why,
    fix: 'Word the request differently, or use another model: --model provider/name',
    retryable: false,
    usage,
  });
}

function tellIssue(issue: z.core.$ZodIssue): string {
  return issue.path.length === 0 ? issue.message : `${issue.path.join('.')}: ${issue.message}`;
}

/** One line of at most 300 characters, for messages. */
export function shorten(text: string): string {
  return cutText(text.replace(/\s+/g, ' ').trim(), 300);
}
