import type { JsonObject } from '../../domain/values/json.js';
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
  /** Whether it plans with agent steps alone. */
  simplePlans: boolean;
  /** Whether it is shown images. */
  takesImages: boolean;
  /** Default: `chat`. */
  api?: ModelApi | undefined;
}

/** Where nothing is set. */
export const NO_SETTINGS: RequestSettings = {
  headers: {},
  extraBody: {},
  noJsonSchema: false,
  noTools: false,
  simplePlans: false,
  takesImages: true,
};
