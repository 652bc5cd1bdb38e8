import { JSON_SPACE, JSON_TOKEN } from './parse-json.js';
import { LineIndex, SoughtPlaces, type Place, type Position } from './positions.js';

interface Frame {
  isObject: boolean;
  place: Place | undefined;
  /** Of the item that is read, in a list. */
  index: number;
  /** Of the member that is read, in an object; undefined before its name. */
  name: { text: string; offset: number } | undefined;
}

/**
 * The places of the values in a JSON text: texts and numbers at their own place, objects and lists at that of their
 * name.
 */
export function locateInJson(text: string, pointers: Iterable<string>): Map<string, Position> {
  const sought = new SoughtPlaces(pointers);
  const frames: Frame[] = [];
  for (let offset = skipSpace(text, 0); offset < text.length;) {
    JSON_TOKEN.lastIndex = offset;
    const token = JSON_TOKEN.exec(text)?.[0];
    if (token === undefined) break;
    accept({ token, offset }, frames, sought.root);
    offset = skipSpace(text, offset + token.length);
  }
  return sought.positions(new LineIndex(text));
}

function skipSpace(text: string, offset: number): number {
  JSON_SPACE.lastIndex = offset;
  return offset + (JSON_SPACE.exec(text)?.[0].length ?? 0);
}

function accept({ token, offset }: { token: string; offset: number }, frames: Frame[], root: Place): void {
  const frame = frames.at(-1);
  if (token === ':') return;
  if (token === '}' || token === ']') {
    frames.pop();
    return;
  }
  if (frame !== undefined && token === ',') {
    frame.index += 1;
    frame.name = undefined;
    return;
  }
  if (frame?.isObject && frame.name === undefined) {
    // No place inside it is wanted: the name is not needed.
    frame.name = { text: frame.place === undefined ? '' : String(JSON.parse(token)), offset };
    return;
  }
  const place = frame === undefined ? root : frame.place?.inside.get(frame.name?.text ?? String(frame.index));
  const opens = token === '{' || token === '[';
  if (place !== undefined) place.offset = opens ? (frame?.name?.offset ?? offset) : offset;
  if (opens) frames.push({ isObject: token === '{', place, index: 0, name: undefined });
}
