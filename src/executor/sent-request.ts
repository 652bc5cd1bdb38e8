import { digestParts, type AskedDigests } from '../domain/run/asked-parts.js';
import type { EventOf, KeptRequest, RunEvent } from '../domain/run/events.js';
import { digestValue } from '../domain/values/digest.js';
import { isJsonObject, toJson, type Json } from '../domain/values/json.js';
import { PLAIN_MARKS } from '../domain/values/marks.js';
import type { Model, ModelMessage, ModelRequest, ModelTool } from '../models/model.js';
import type { ModelCall } from './model-question.js';
import type { StepContext } from './run-context.js';
import { withNamedImages } from './seen-images.js';

/** What the window of the model leaves for a request beside its longest reply; undefined when the user does not say. */
export function requestTokens({ contextWindow, maxTokens = 0 }: Model): number | undefined {
  return contextWindow === undefined ? undefined : Math.max(0, contextWindow - maxTokens);
}

/** What is recorded of a request before it is sent; `isTurn`: functions may be called. */
export type AboutRequest = Omit<EventOf<'model.started'>, keyof RunEvent | 'key' | 'path'> & { asked: AskedDigests };

export async function identify(
  context: StepContext,
  call: ModelCall,
  model: Model,
): Promise<AboutRequest & { isTurn: boolean }> {
  const { role, purpose } = call;
  const plain = context.recorder.redact(call.request(PLAIN_MARKS));
  // Before the request is written for the window of its model: what it is about does not depend on that.
  const asked = askedAbout(context, call, plain);
  const request = await keptRequest(context, call, model);
  const tokens = requestTokens(model);
  return {
    ...{ role, model: model.id, request_digest: digestValue(plain), asked },
    ...(purpose && { purpose }),
    ...(tokens !== undefined && { request_tokens: tokens }),
    ...(request && { request }),
    isTurn: plain.tools !== undefined,
  };
}

/** What the model is sent, with plain marks: those of each request are random. Undefined for what is not JSON. */
export function sentRequest(
  { recorder }: StepContext,
  { request, shape }: Pick<ModelCall, 'request' | 'shape'>,
  model: Model,
): Json | undefined {
  const written = request(PLAIN_MARKS, requestTokens(model));
  const isShaped = shape !== undefined && written.tools === undefined;
  const responseFormat = isShaped ? { kind: 'json_schema', name: shape.name, schema: shape.schema } : undefined;
  const sent = toJson(recorder.redact({ ...withNamedImages(written), responseFormat }));
  return sent.ok ? sent.value : undefined;
}

/** The same, kept with the run where that is wanted. */
async function keptRequest(
  context: StepContext,
  call: Pick<ModelCall, 'request' | 'shape'>,
  model: Model,
): Promise<KeptRequest | undefined> {
  if (!context.services.settings.recordRequests) return undefined;
  const sent = sentRequest(context, call, model);
  return sent === undefined ? undefined : context.recorder.keepRequest(sent);
}

/** The reply that could not be used, and what the model was told about it. */
export async function keptRepair(
  { recorder, services }: StepContext,
  turn: readonly ModelMessage[],
): Promise<KeptRequest | undefined> {
  if (!services.settings.recordRequests || turn.length === 0) return undefined;
  const sent = toJson(recorder.redact(turn.map(({ role, text }) => ({ role, text }))));
  return sent.ok ? recorder.keepRequest(sent.value) : undefined;
}

/** What tells requests apart that only differ in portia's own words. */
function askedAbout(
  { recorder }: StepContext,
  { about, shape }: Pick<ModelCall, 'about' | 'shape'>,
  { tools = [] }: ModelRequest,
): AskedDigests {
  const own = recorder.redact(about());
  return digestParts({ ...own, tools: tools.map(functionOf), shape: shape?.schema ?? null });
}

/** Descriptions are words, too. */
function functionOf({ name, parameters }: ModelTool): Json {
  return { name, parameters: withoutDescriptions(parameters) };
}

function withoutDescriptions(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutDescriptions);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).filter(([key, part]) => key !== 'description' || typeof part !== 'string');
  return Object.fromEntries(kept.map(([key, part]) => [key, withoutDescriptions(part)]));
}
