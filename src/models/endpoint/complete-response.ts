import { isJsonObject, type JsonObject } from '../../domain/values/json.js';
import { readChatCompletion } from '../reply/chat-reply.js';
import { hiddenFault, unwrapFault } from './complete-chat.js';
import type { Endpoint } from './endpoint.js';
import { readErrorBody } from '../faults/error-body.js';
import { noModelThere } from '../faults/fault-errors.js';
import { FaultError } from '../faults/faults.js';
import type { ModelReply, ModelRequest } from '../model.js';
import { readUsage } from '../reply/read-usage.js';
import { withFields } from '../providers/request-settings.js';
import { asChatCompletion, INCLUDE, itemsOf, toResponsesRequest } from '../protocols/responses-protocol.js';
import { inWords } from '../protocols/tools-in-words.js';
import { inDialect } from '../schemas/wire-schema.js';
import { shorten } from '../shorten.js';

/**
 * One reply of the Responses API, finished, with its reasoning; throws a FaultError, or a PortiaError that another try
 * would not change.
 */
export async function completeResponse(
  endpoint: Endpoint,
  request: ModelRequest,
  signal: AbortSignal,
): Promise<ModelReply> {
  const response = await post(endpoint, request, signal);
  if (typeof response === 'string') throw noModelThere(endpoint, readErrorBody(response).words);
  if (!isJsonObject(response)) throw noModelThere(endpoint, 'JSON that is no response');
  const { error, output } = response;
  if (isJsonObject(error)) throw hiddenFault({ error: { ...error, ...statusOf(error) } });
  if (!Array.isArray(output)) {
    throw noModelThere(endpoint, `JSON without output (${shorten(Object.keys(response).join(', ')) || 'empty'})`);
  }
  const { modelId, from } = endpoint;
  const reply = await readChatCompletion(asChatCompletion(response), { modelId, request, back: endpoint });
  const items = itemsOf(response);
  return { ...reply, given: { from, fields: { output: items } } };
}

/** A response that failed has a code and no status. */
function statusOf({ code }: JsonObject): { code?: number } {
  if (code === 'rate_limit_exceeded') return { code: 429 };
  return code === 'server_error' ? { code: 500 } : {};
}

async function post(endpoint: Endpoint, request: ModelRequest, signal: AbortSignal): Promise<unknown> {
  const client = await endpoint.client();
  const { modelName: model, fields, extra } = endpoint;
  const spelt = inDialect(endpoint.toolsInWords ? inWords(request) : request, endpoint.dialects);
  const own = { model, ...toResponsesRequest(spelt, endpoint) };
  const body = withFields(withFields(own, fields), extra);
  try {
    return await client.post<unknown>('/responses', { body, signal });
  } catch (error) {
    const reason = unwrapFault(error, endpoint.modelId, readUsage(undefined, { sent: body, received: '' }));
    if (!learnsOf(reason, endpoint)) throw reason;
    return post(endpoint, request, signal);
  }
}

/** Learns that a model has no reasoning to send back; whether that was new. */
function learnsOf(error: unknown, { refused }: Endpoint): boolean {
  if (!(error instanceof FaultError) || error.fault.kind !== 'status') return false;
  const { status, said } = error.fault;
  if (![400, 422].includes(status) || refused.has(INCLUDE) || !/encrypted|\binclude\b/i.test(said.words)) return false;
  refused.add(INCLUDE);
  return true;
}
