import { isJsonObject, type JsonObject } from '../../domain/values/json.js';
import { noModelThere, repliesWithout } from '../faults/fault-errors.js';
import { hiddenFault } from '../faults/faults.js';
import type { ModelReply, ModelRequest } from '../model.js';
import { asChatCompletion, INCLUDE, itemsOf, toResponsesRequest } from '../protocols/responses-protocol.js';
import { readChatCompletion } from '../reply/chat-reply.js';
import type { Endpoint } from './endpoint.js';
import { withFields } from './with-fields.js';
import type { Streaming } from './streaming.js';
import { postRequest, type AskOptions, type Post } from './post-request.js';

/**
 * One reply of the Responses API, finished, with its reasoning; throws a FaultError, or a PortiaError that another try
 * would not change.
 */
export async function completeResponse(
  endpoint: Endpoint,
  request: ModelRequest,
  options: AskOptions,
): Promise<ModelReply> {
  const response = await postRequest(endpoint, { ...options, request, spell: asResponse });
  if (!isJsonObject(response)) throw noModelThere(endpoint, 'JSON that is not an object');
  const { error, output } = response;
  if (isJsonObject(error)) throw hiddenFault({ error: { ...error, ...statusOf(error) } });
  if (!Array.isArray(output)) throw repliesWithout(endpoint, 'output', response);
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

function asResponse(request: ModelRequest, endpoint: Endpoint, streaming: Streaming = 'none'): Post {
  const { modelName: model, fields, refused } = endpoint;
  return {
    path: '/responses',
    fields: withFields(
      { model, ...toResponsesRequest(request, endpoint), ...(streaming !== 'none' && { stream: true }) },
      fields,
    ),
    learns: ({ said }) => learnsNoReasoning(said.words, refused),
  };
}

/** Learns that a model has no reasoning to send back; whether that was new. */
function learnsNoReasoning(refusal: string, refused: Set<string>): boolean {
  if (refused.has(INCLUDE) || !/encrypted|\binclude\b/i.test(refusal)) return false;
  refused.add(INCLUDE);
  return true;
}
