import { isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import type { ToolEffect } from '../../domain/values/tool-effects.js';
import type { CheckValue } from '../json-schema.js';
import type { ToolResult } from '../tool.js';

export interface CallFacts {
  effect: ToolEffect;
  /** Checks a result against what the tool says of all its results; undefined when it says nothing. */
  check: CheckValue | undefined;
}

/** What a call gave, from the result of the protocol. */
export function resultOfCall(result: JsonObject, { effect, check }: CallFacts): ToolResult {
  const { content, structuredContent, isError } = result;
  const parts = Array.isArray(content) ? content.filter(isJsonObject) : [];
  if (isError === true) {
    const said = parts.flatMap((part) => (typeof part['text'] === 'string' ? [part['text']] : [])).join('\n');
    return { kind: 'failure', message: said.trim() === '' ? 'it failed and does not say why' : said, retryable: true };
  }
  const unusable = (what: string): ToolResult => ({
    kind: 'failure',
    message: `its result ${what}`,
    retryable: effect === 'read',
  });
  if (check === undefined) return { kind: 'output', value: structuredContent ?? valueOfParts(parts) };
  if (structuredContent === undefined) return unusable('has no structured content, although its outputSchema says so');
  const [problem] = check(structuredContent);
  if (problem === undefined) return { kind: 'output', value: structuredContent };
  const place = problem.pointer === '' ? '' : ` at ${problem.pointer}`;
  return unusable(`is not what its outputSchema says${place}: ${problem.message}`);
}

/** One part is the value; texts are lines of one text; anything else is a list. */
function valueOfParts(parts: readonly JsonObject[]): Json {
  const values = parts.map(valueOfPart);
  if (values.length === 0) return null;
  const [first] = values;
  if (values.length === 1 && first !== undefined) return first;
  return values.every((value) => typeof value === 'string') ? values.join('\n') : values;
}

function valueOfPart(part: JsonObject): Json {
  const { type, text, resource } = part;
  if (type === 'text' && typeof text === 'string') return text;
  if (type === 'resource' && isJsonObject(resource)) return named({ type, ...resource });
  return named(part);
}

/** Names of the protocol's fields, spelled as in everything that portia writes. */
const NAMES: Readonly<Record<string, string>> = { mimeType: 'mime_type', blob: 'data' };

/** Fields for the model or the reader of a chat only. */
const LEFT_OUT: ReadonlySet<string> = new Set(['_meta', 'annotations', 'icons']);

/** An image, a sound, a link or a file. Bytes are base64 in `data`. */
function named(part: JsonObject): JsonObject {
  const kept = Object.entries(part).filter(([name]) => !LEFT_OUT.has(name));
  return Object.fromEntries(kept.map(([name, value]) => [NAMES[name] ?? name, value]));
}
