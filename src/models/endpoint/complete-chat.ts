import { isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { repliesWithout } from '../faults/fault-errors.js';
import { hiddenFault } from '../faults/faults.js';
import type { ModelReply, ModelRequest } from '../model.js';
import { toChatRequest } from '../protocols/chat-protocol.js';
import { namesGoingBack } from '../protocols/given-with-turn.js';
import { readChatCompletion } from '../reply/chat-reply.js';
import type { Endpoint } from './endpoint.js';
import { streamFields, type Streaming } from './streaming.js';
import { postRequest, type AskOptions, type Post } from './post-request.js';

/** One chat completion: a finished reply; throws a FaultError, or a PortiaError that another try would not change. */
export async function completeChat(
  endpoint: Endpoint,
  request: ModelRequest,
  options: AskOptions,
): Promise<ModelReply> {
  const reply = await postRequest(endpoint, { ...options, request, spell: asChat });
  const error = errorIn(reply);
  if (error !== undefined) throw hiddenFault(error);
  if (isJsonObject(reply) && reply['choices'] === undefined) throw repliesWithout(endpoint, 'choices', reply);
  return readChatCompletion(reply, { modelId: endpoint.modelId, request, back: endpoint });
}

function asChat(request: ModelRequest, endpoint: Endpoint, streaming: Streaming = 'none'): Post {
  const { modelName: model, stream, fields } = endpoint;
  const names = namesGoingBack(request.messages, endpoint);
  return {
    path: '/chat/completions',
    fields: {
      model,
      ...toChatRequest(request, endpoint),
      ...fields,
      ...(streamFields(streaming) ?? (stream !== undefined && { stream })),
    },
    learns: ({ body }) => learnsFields(body, { endpoint, stream, names }),
  };
}

/** Learns which fields an endpoint does not take; whether there was something to learn. */
function learnsFields(
  refusal: string,
  { endpoint, stream, names }: { endpoint: Endpoint; stream: boolean | undefined; names: string[] },
): boolean {
  // Some servers stream unless the request says not to; others do not know the field, or do nothing but stream.
  if (stream === false && MUST_STREAM.test(refusal)) endpoint.stream = true;
  else if (!UNKNOWN_FIELD.test(refusal)) return false;
  const words = new Set(refusal.split(/[^\w-]+/));
  const refused = names.filter((name) => words.has(name));
  for (const name of refused) endpoint.refused.add(name);
  if (stream === false && endpoint.stream === false && words.has('stream')) endpoint.stream = undefined;
  return refused.length > 0 || endpoint.stream !== stream;
}

const MUST_STREAM = /only supports? stream|stream\W.{0,20}must be.{0,10}true|non-?stream|streaming is required/i;
const UNKNOWN_FIELD =
  /unrecogni[sz]ed|unknown|unexpected|unsupported|not supported|extra (field|input|param)|additional propert|not permitted|not allowed|cannot find field/i;

/** What an answer with status 200 says in place of a reply; undefined when it says nothing of that kind. */
function errorIn(answer: unknown): JsonObject | undefined {
  const reply: unknown = Array.isArray(answer) ? answer[0] : answer;
  if (!isJsonObject(reply)) return undefined;
  const { choices } = reply;
  const [choice] = Array.isArray(choices) ? choices : [];
  if (!isJsonObject(choice)) {
    const isError = !Array.isArray(choices) && ERROR_KEYS.some((key) => isSaid(reply[key]));
    return isError ? reply : undefined;
  }
  const { finish_reason: end, message } = choice;
  const isBroken =
    end === 'error' || !isJsonObject(message) || !(isSaid(message['content']) || isSaid(message['tool_calls']));
  const error = isSaid(choice['error']) ? choice['error'] : reply['error'];
  return isBroken && isSaid(error) ? { error } : undefined;
}

const ERROR_KEYS = ['error', 'errors', 'detail', 'message', 'msg', 'base_resp'];

const isSaid = (value: Json | undefined): value is Json =>
  value !== undefined && value !== null && value !== '' && value !== false;
