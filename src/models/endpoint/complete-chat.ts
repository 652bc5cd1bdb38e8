import type { Usage } from '../../domain/plan/plan.js';
import { isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { toChatRequest } from '../protocols/chat-protocol.js';
import { readChatCompletion } from '../reply/chat-reply.js';
import type { Endpoint } from './endpoint.js';
import { readErrorBody } from '../faults/error-body.js';
import { noModelThere } from '../faults/fault-errors.js';
import { FaultError, statusFault } from '../faults/faults.js';
import { namesGoingBack } from '../protocols/given-with-turn.js';
import type { ModelReply, ModelRequest } from '../model.js';
import { readUsage } from '../reply/read-usage.js';
import { withFields } from '../providers/request-settings.js';
import { PLAINEST_DIALECT } from '../schemas/schema-dialects.js';
import { inWords } from '../protocols/tools-in-words.js';
import { inDialect } from '../schemas/wire-schema.js';
import { shorten } from '../shorten.js';
import { broken } from '../unusable-reply.js';

/** One chat completion: a finished reply; throws a FaultError, or a PortiaError that another try would not change. */
export async function completeChat(
  endpoint: Endpoint,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<ModelReply> {
  const reply = await post(endpoint, request, signal);
  if (typeof reply === 'string') {
    const { words, isPage: isHtml } = readErrorBody(reply);
    throw noModelThere(endpoint, isHtml ? words : `plain text (${words})`);
  }
  const error = errorIn(reply);
  if (error !== undefined) throw hiddenFault(error);
  if (isJsonObject(reply) && reply['choices'] === undefined) {
    throw noModelThere(endpoint, `JSON without choices (${shorten(Object.keys(reply).join(', ')) || 'empty'})`);
  }
  return readChatCompletion(reply, { modelId: endpoint.modelId, request, back: endpoint });
}

async function post(endpoint: Endpoint, request: ModelRequest, signal: AbortSignal): Promise<unknown> {
  const client = await endpoint.client();
  const { modelName: model, stream, fields, extra } = endpoint;
  const names = namesGoingBack(request.messages, endpoint);
  const spelt = inDialect(endpoint.toolsInWords ? inWords(request) : request, endpoint.dialects);
  const own = { model, ...toChatRequest(spelt, endpoint), ...fields, ...(stream !== undefined && { stream }) };
  const body = withFields(own, extra);
  try {
    return await client.post<unknown>('/chat/completions', { body, signal });
  } catch (error) {
    const reason = unwrapFault(error, endpoint.modelId, readUsage(undefined, { sent: body, received: '' }));
    const hasTools = (request.tools ?? []).length > 0;
    if (!learnFrom(reason, { endpoint, stream, names }) && !(hasTools && writePlainly(endpoint, reason))) throw reason;
    return post(endpoint, request, signal);
  }
}

/** Learns which fields an endpoint does not take, from its refusal of a request; whether there was something to learn. */
function learnFrom(
  error: unknown,
  { endpoint, stream, names }: { endpoint: Endpoint; stream: boolean | undefined; names: string[] },
): boolean {
  if (!(error instanceof FaultError) || error.fault.kind !== 'status') return false;
  const { status, body } = error.fault;
  if (![400, 422].includes(status)) return false;
  // Some servers stream unless the request says not to; others do not know the field, or do nothing but stream.
  if (stream === false && MUST_STREAM.test(body)) endpoint.stream = true;
  else if (!UNKNOWN_FIELD.test(body)) return false;
  const words = new Set(body.split(/[^\w-]+/));
  const refused = names.filter((name) => words.has(name));
  for (const name of refused) endpoint.refused.add(name);
  if (stream === false && endpoint.stream === false && words.has('stream')) endpoint.stream = undefined;
  return refused.length > 0 || endpoint.stream !== stream;
}

const MUST_STREAM = /only supports? stream|stream\W.{0,20}must be.{0,10}true|non-?stream|streaming is required/i;
const UNKNOWN_FIELD =
  /unrecogni[sz]ed|unknown|unexpected|unsupported|not supported|extra (field|input|param)|additional propert|not permitted|not allowed|cannot find field/i;

/** From now on functions are described in what every endpoint takes, if a refusal was about that; whether it was. */
function writePlainly({ dialects }: Endpoint, error: unknown): boolean {
  if (!(error instanceof FaultError) || error.fault.kind !== 'status') return false;
  const { verdict, said } = error.fault;
  const isAbout = ['refused', 'down'].includes(verdict) && SCHEMA_WORDS.test(said.words);
  if (!isAbout || dialects.tools === PLAINEST_DIALECT) return false;
  dialects.tools = PLAINEST_DIALECT;
  return true;
}

const SCHEMA_WORDS =
  /schema|grammar|samplers|parameters|\$ref|\$defs|(any|one|all)Of|additionalProperties|propertyNames/i;

/** The fault that the `openai` package has wrapped, or a reply that is broken. */
export function unwrapFault(error: unknown, modelId: string, usage: Usage): unknown {
  if (error instanceof FaultError) return error;
  if (error instanceof SyntaxError)
    return broken(modelId, `It is not JSON: ${error.message}.`, { usage, cause: error });
  if (error instanceof Error && error.cause instanceof FaultError) return error.cause;
  return error;
}

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

/** The fault that an answer with status 200 hides, with the status that it names, or that of a broken gateway. */
export function hiddenFault(reply: JsonObject): FaultError {
  const body = JSON.stringify(reply);
  return new FaultError(statusFault({ status: readErrorBody(body).status ?? 502, headers: new Headers(), body }));
}
