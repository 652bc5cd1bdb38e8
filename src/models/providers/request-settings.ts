import { isJsonObject, type JsonObject } from '../../domain/values/json.js';
import type { ModelApi } from './providers.js';

/** What is set for the requests to one model, whatever they ask. */
export interface RequestSettings {
  temperature?: number | undefined;
  /** Tokens of the longest reply. */
  maxTokens?: number | undefined;
  reasoningEffort?: string | undefined;
  /** By their names in small letters; with keys in them, so never shown. */
  headers: Record<string, string>;
  /** Further fields of the request's JSON. */
  extraBody: JsonObject;
  /** For one call with all its attempts. */
  timeoutMs?: number | undefined;
  /** Tokens of a request and its reply together. */
  contextWindow?: number | undefined;
  noJsonSchema: boolean;
  noTools: boolean;
  /** Default: `chat`. */
  api?: ModelApi | undefined;
}

/** Where nothing is set. */
export const NO_SETTINGS: RequestSettings = { headers: {}, extraBody: {}, noJsonSchema: false, noTools: false };

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

/** The same for the Responses API. */
export function responsesFields({ temperature, maxTokens, reasoningEffort }: RequestSettings): JsonObject {
  return {
    ...(temperature !== undefined && { temperature }),
    ...(maxTokens !== undefined && { max_output_tokens: maxTokens }),
    ...(reasoningEffort !== undefined && { reasoning: { effort: reasoningEffort } }),
  };
}

type Fields = Record<string, unknown>;

/** The request with further fields: inside its own objects, too, but never in place of a value of its own. */
export function withFields(request: Fields, further: Fields): Fields {
  const merged: Fields = { ...further, ...request };
  for (const [name, own] of Object.entries(request)) {
    const added = further[name];
    if (isJsonObject(own) && isJsonObject(added)) merged[name] = withFields(own, added);
  }
  return merged;
}
