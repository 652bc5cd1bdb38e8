import { isJsonObject, jsonOf, type Json, type JsonObject } from '../../domain/values/json.js';
import type { TextPiece } from '../model.js';

/**
 * Tells the text of a reply while its body comes, a stream of server-sent events in chunks that end anywhere. It is only
 * for the eye: what the reply says is read from its whole body. A body of another kind tells nothing.
 */
export function tellTextPieces(tell: (piece: TextPiece) => void): (chunk: Uint8Array) => void {
  const decoder = new TextDecoder();
  let at = 0;
  let rest = '';
  return (chunk) => {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split(/[\r\n]/);
    rest = lines.pop() ?? '';
    // Such a line is not an event, and may be long.
    if (/^\s*[{[<]/.test(rest)) rest = '{';
    const text = lines.map(textOfLine).join('');
    if (text === '') return;
    tell({ at, text });
    at += text.length;
  };
}

function textOfLine(line: string): string {
  if (!line.startsWith('data:')) return '';
  const event = jsonOf(line.slice('data:'.length));
  return isJsonObject(event) ? (textOfResponse(event) ?? textOfChoice(event)) : '';
}

function textOfResponse({ type, delta }: JsonObject): string | undefined {
  return type === 'response.output_text.delta' && typeof delta === 'string' ? delta : undefined;
}

function textOfChoice({ choices }: JsonObject): string {
  const [choice] = Array.isArray(choices) ? choices : [];
  const delta = isJsonObject(choice) && (choice['index'] ?? 0) === 0 ? choice['delta'] : undefined;
  return isJsonObject(delta) ? textOfContent(delta['content'] ?? null) : '';
}

function textOfContent(content: Json): string {
  if (typeof content === 'string') return content;
  const parts = Array.isArray(content) ? content : [];
  return parts.map((part) => (isJsonObject(part) ? textOfPart(part) : '')).join('');
}

/** Google marks texts that are thoughts. */
function textOfPart({ text, thought }: JsonObject): string {
  return typeof text === 'string' && thought !== true ? text : '';
}
