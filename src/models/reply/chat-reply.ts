import * as z from 'zod';

import { PortiaError } from '../../domain/errors.js';
import type { Usage } from '../../domain/plan/plan.js';
import { isJsonObject } from '../../domain/values/json.js';
import { toChatRequest } from '../protocols/chat-protocol.js';
import { givenWithTurn, type GoingBack } from '../protocols/given-with-turn.js';
import { argumentsOf, messageShape, nameOf, type WireCall, type WireMessage } from './message-shape.js';
import type { ModelReply, ModelRequest } from '../model.js';
import { readCalls } from './read-calls.js';
import { readReasoning } from './reasoning.js';
import { readUsage } from './read-usage.js';
import { endOf, endWordOf } from './reply-end.js';
import { divideThoughts } from './thoughts.js';
import { shorten } from '../shorten.js';
import { broken } from '../unusable-reply.js';

// What portia reads of OpenAI's chat completions, in all the forms in which servers write it.

/** A choice of a stream in one piece, or of the completions before there was chat. */
function asChat(choice: unknown): unknown {
  if (!isJsonObject(choice)) return choice;
  const { message, delta, text } = choice;
  const others = [delta, typeof text === 'string' ? { content: text } : undefined];
  return { ...choice, finish_reason: endWordOf(choice), message: [message, ...others].find(isJsonObject) };
}

const choiceShape = z.preprocess(
  asChat,
  z.looseObject({
    finish_reason: z.string().optional(),
    native_finish_reason: z.unknown().optional(),
    message: messageShape,
  }),
);

const completionShape = z.looseObject({
  choices: z.array(choiceShape).min(1, 'the list of choices is empty'),
  usage: z.unknown().optional(),
  model: z.unknown().optional(),
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
  const usage = usageOf(asked, message.fields, parsed.data.usage);
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
      return {
        ...(await readShapedMessage(message, { ...asked, usage, ending: said.join(', ') })),
        ...servedBy(parsed.data),
      };
  }
}

/** A bare assistant message, which counts as finished because whoever sent it says so in another way. */
export async function readChatMessage(message: unknown, asked: Asked): Promise<ModelReply> {
  const parsed = messageShape.safeParse(message);
  if (!parsed.success) {
    const problem = parsed.error.issues.map(tellIssue).join('; ');
    throw broken(asked.modelId, `It is not a message: ${problem}.`, { usage: usageOf(asked, message) });
  }
  return readShapedMessage(parsed.data, { ...asked, usage: usageOf(asked, parsed.data.fields), ending: '' });
}

/** Servers may say anything: what is not a name is left out. */
function servedBy({ model }: { model?: unknown }): Pick<ModelReply, 'served'> {
  return typeof model === 'string' && model !== '' && model.length <= MOST_OF_NAME ? { served: model } : {};
}

const MOST_OF_NAME = 200;

const isTelling = (word: string) => !/^(stop)?$/i.test(word);

function usageOf({ request, back }: Asked, received: unknown, said?: unknown): Usage {
  return readUsage(said, { sent: toChatRequest(request, back), received });
}

async function readShapedMessage(
  message: WireMessage,
  asked: Asked & { usage: Usage; ending: string },
): Promise<ModelReply> {
  const { modelId, usage, ending, back, request } = asked;
  const { fields, others, refusal } = message;
  if (refusal !== '') throw refused(modelId, `It says: ${shorten(refusal)}`, usage);
  const { answer, thoughts, calls: channels } = divideThoughts(message.text);
  const calls = withIds(message.calls);
  const reasoning = readReasoning(fields, { inText: thoughts, parts: others });
  if (answer.trim() === '' && calls.length === 0 && channels.length === 0) {
    const isThought = reasoning !== undefined || others.length > 0;
    const what = isThought ? 'It has thoughts, but an empty answer' : 'It is empty';
    throw broken(modelId, ending === '' ? `${what}.` : `${what} (finish_reason: ${ending}).`, { usage });
  }
  const toolCalls = calls.map(({ id, call }) => ({ id, name: nameOf(call), arguments: argumentsOf(call) }));
  const turn = await readCalls({ text: answer, toolCalls, channels }, request.tools ?? []);
  if (turn.kind === 'mistake') throw broken(modelId, turn.why, { usage });
  const content = turn.isFromText ? undefined : contentBeside(message, turn.text);
  const given = givenWithTurn(fields, { from: back.from, content, calls });
  return { text: turn.text, toolCalls: turn.toolCalls, usage, reasoning, given };
}

/** The content of a message where it holds more than the answer: thoughts, as parts or in blocks. */
function contentBeside({ fields, text, others }: WireMessage, answer: string): unknown {
  if (others.length > 0) return fields['content'];
  // In channels it would become a part of another message.
  return text === answer || HARMONY.test(text) ? undefined : text;
}

const HARMONY = /<\|(?:channel|message)\|>|^analysis/;

/** The calls, each under an id of its own: servers leave ids out, or give all calls the same one. */
function withIds(calls: WireCall[]): { id: string; call: WireCall }[] {
  const taken = new Set<string>();
  return calls.map((call, index) => {
    const given = call.id || `call_${index}`;
    const id = taken.has(given) ? `${given}_${index}` : given;
    taken.add(id);
    return { id, call };
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
