import { isJsonObject } from '../../domain/values/json.js';

/** Fields in which servers put what the model thought: as text, as parts, or as parts in a list. */
const FIELDS = ['reasoning_content', 'reasoning', 'reasoning_details', 'thinking', 'thinking_blocks'];
/** Where the text of a part of thoughts is. */
const TEXTS = ['text', 'thinking', 'reasoning', 'summary', 'content'];

/** Part of a message's content. Those of any type but `text` are thoughts, as `thinking`, or nothing to read. */
type Part = Record<string, unknown> & { type: string };

/**
 * All that was thought in a turn, wherever the server put it; undefined when it says nothing. `inText` is what stood in
 * the text itself. Servers give the same thoughts in several fields.
 */
export function readReasoning(
  message: Record<string, unknown>,
  { inText, parts }: { inText: string[]; parts: Part[] },
): string | undefined {
  const inParts = parts.filter(({ type, thought }) => thought === true || /think|reason/.test(type)).map(textOf);
  const inFields = FIELDS.map((name) => textOf(message[name]));
  const found = [...inFields, ...inParts, ...inText].map((text) => text.trim()).filter((text) => text !== '');
  return found.length === 0 ? undefined : [...new Set(found)].join('\n\n');
}

/** What is encrypted has no text. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map(textOf).join('');
  if (!isJsonObject(value)) return '';
  return textOf(TEXTS.map((name) => value[name]).find((inside) => inside !== undefined && inside !== null));
}
