import type { JsonObject } from '../../domain/values/json.js';

/** How an endpoint is asked for a stream: with the tokens counted at its end, without them, or not at all. */
export type Streaming = 'counted' | 'plain' | 'none';

/** The fields that ask for a stream in the words of chat completions; undefined for one that gives none. */
export function streamFields(streaming: Streaming): JsonObject | undefined {
  if (streaming === 'none') return undefined;
  return { stream: true, ...(streaming === 'counted' && { stream_options: { include_usage: true } }) };
}

/** What is asked for from now on, after a refusal that names such a field; the same after any other. */
export function lessStreaming(streaming: Streaming, refusal: string): Streaming {
  if (streaming === 'counted' && /stream_options|include_usage/.test(refusal)) return 'plain';
  return /\bstream(ed|ing|s)?\b/i.test(refusal) ? 'none' : streaming;
}
