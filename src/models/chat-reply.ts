import * as z from 'zod';

import { PortiaError } from '../domain/errors.js';
import type { Usage } from '../domain/plan/plan.js';
import { shorten, toChatRequest, broken } from './chat-protocol.js';
import { givenWithTurn, type GoingBack } from './given-with-turn.js';
import type { ModelReply, ModelRequest } from './model.js';
import { readCalls } from './read-calls.js';
import { readReasoning } from './reasoning.js';
import { readUsage } from './read-usage.js';
import { divideThoughts } from './thoughts.js';

// The wire shapes of OpenAI's chat completions: only what portia reads, in all the forms in which servers write it.

const functionShape = z.looseObject({ name: z.string(), arguments: z.unknown().optional() });

const messageShape = z.looseObject({
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string(), text: z.unknown().optional() }))]).nullish(),
  refusal: z.string().nullish(),
  tool_calls: z
    .array(
      z.looseObject({ id: z.union([z.string(), z.number().transform(String)]).nullish(), function: functionShape }),
    )
    .nullish(),
  /** The call in the words of the old protocol. */
  function_call: functionShape.nullish(),
});

type Message = z.infer<typeof messageShape>;
type Call = NonNullable<Message['tool_calls']>[number];

const completionShape = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        finish_reason: z.string().nullish(),
        native_finish_reason: z.unknown().optional(),
        message: messageShape,
      }),
    )
    .min(1, 'the list of choices is empty'),
  usage: z.unknown().optional(),
});

/** The request that a reply is for. */
export interface Asked {
  modelId: string;
  request: ModelRequest;
  back: GoingBack;
}

/**
 * A body that claims to be a chat completion, as a finished reply.
 * Throws a PortiaError: `model-reply-unusable` when it is not the protocol, is cut off or is empty; `model-refused`.
 */
export async function readChatCompletion(body: unknown, asked: Asked): Promise<ModelReply> {
  const { modelId } = asked;
  const parsed = completionShape.safeParse(body);
  const choice = parsed.success ? parsed.data.choices[0] : undefined;
  if (!parsed.success || choice === undefined) {
    const problem = parsed.error?.issues.map(tellIssue).join('; ') ?? 'no choice';
    throw broken(modelId, `It is not a chat completion: ${problem}.`, { usage: usageOf(asked, body) });
  }
  const { finish_reason: reason, native_finish_reason: native, message } = choice;
  const usage = usageOf(asked, message, parsed.data.usage);
  const said = [reason, native].flatMap((word) => (typeof word === 'string' && isTelling(word) ? [shorten(word)] : []));
  switch (endOf(reason)) {
    case 'filtered':
      throw refused(modelId, `The provider filtered the reply (finish_reason: ${said.join(', ')}).`, usage);
    case 'cut':
      throw broken(modelId, 'It was cut off at the longest reply that the model or server gives.', {
        fix: 'Ask for less in one request, or use a model with longer replies: --model provider/name',
        usage,
      });
    case 'open':
      throw broken(modelId, `It does not say that it is finished (finish_reason: ${said.join(', ')}).`, { usage });
    case 'finished':
      return readShapedMessage(message, { ...asked, usage, ending: said.join(', ') });
  }
}

/** A bare assistant message, which counts as finished because whoever sent it says so in another way. */
export async function readChatMessage(message: unknown, asked: Asked): Promise<ModelReply> {
  const parsed = messageShape.safeParse(message);
  if (!parsed.success) {
    const problem = parsed.error.issues.map(tellIssue).join('; ');
    throw broken(asked.modelId, `It is not a message: ${problem}.`, { usage: usageOf(asked, message) });
  }
  return readShapedMessage(parsed.data, { ...asked, usage: usageOf(asked, parsed.data), ending: '' });
}

const isTelling = (word: string) => !/^(stop)?$/i.test(word);

/** Some say nothing: the body is whole JSON, so nothing of it was lost. */
const FINISHED = /^(|stop(_sequence|ped)?|eos(_token)?|end(_turn)?|complete[d]?|tool_(calls?|use)|function_call)$/;
const CUT = /^(length|model_length|max_(output_)?tokens)$/;
const FILTERED =
  /^(content_filter(ed)?|safety|recitation|blocklist|prohibited_content|spii|guardrail_intervened|refusal)$/;

/** How a reply ended, whatever word the server has for it. */
function endOf(reason: string | null | undefined): 'finished' | 'cut' | 'filtered' | 'open' {
  const word = (reason ?? '').toLowerCase().replaceAll('-', '_');
  if (FINISHED.test(word)) return 'finished';
  return CUT.test(word) ? 'cut' : FILTERED.test(word) ? 'filtered' : 'open';
}

function usageOf({ request, back }: Asked, received: unknown, said?: unknown): Usage {
  return readUsage(said, { sent: toChatRequest(request, back), received });
}

async function readShapedMessage(
  message: Message,
  asked: Asked & { usage: Usage; ending: string },
): Promise<ModelReply> {
  const { modelId, usage, ending, back, request } = asked;
  if (message.refusal !== undefined && message.refusal !== null && message.refusal !== '') {
    throw refused(modelId, `It says: ${shorten(message.refusal)}`, usage);
  }
  const written = readContent(message.content);
  const { answer, thoughts, calls: channels } = divideThoughts(written);
  const calls = callsOf(message);
  const parts = Array.isArray(message.content) ? message.content : [];
  const reasoning = readReasoning(message, { inText: thoughts, parts });
  if (answer.trim() === '' && calls.length === 0 && channels.length === 0) {
    const what = reasoning === undefined && parts.length === 0 ? 'It is empty' : 'It has thoughts, but an empty answer';
    throw broken(modelId, ending === '' ? `${what}.` : `${what} (finish_reason: ${ending}).`, { usage });
  }
  const toolCalls = calls.map(({ id, call: { function: called } }) => ({
    id,
    name: called.name,
    arguments: textOfArguments(called.arguments),
  }));
  const turn = await readCalls({ text: answer, toolCalls, channels }, request.tools ?? []);
  if (turn.kind === 'mistake') throw broken(modelId, turn.why, { usage });
  // What was read as a call goes back as one.
  const isWhole = turn.isFromText || message.content === turn.text;
  const content = isWhole ? undefined : (message.content ?? undefined);
  const given = givenWithTurn(message, { from: back.from, content, calls });
  return { text: turn.text, toolCalls: turn.toolCalls, usage, reasoning, given };
}

/** The calls, each under an id of its own: servers leave ids out, or give all calls the same one. */
function callsOf({ tool_calls: calls, function_call: old }: Message): { id: string; call: Call }[] {
  const taken = new Set<string>();
  const written: Call[] = calls?.length || !old ? (calls ?? []) : [{ function: old }];
  return written.map((call, index) => {
    const given = call.id || `call_${index}`;
    const id = taken.has(given) ? `${given}_${index}` : given;
    taken.add(id);
    return { id, call };
  });
}

function readContent(content: Message['content']): string {
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
