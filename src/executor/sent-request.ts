import { digestParts, type AskedDigests } from '../domain/run/asked-parts.js';
import type { KeptRequest } from '../domain/run/events.js';
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
export async function keptRequest(
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
export function askedAbout(
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
