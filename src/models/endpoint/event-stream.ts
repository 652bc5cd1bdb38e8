import { depthOf, isJsonObject, jsonOf, MAX_DEPTH, type Json, type JsonObject } from '../../domain/values/json.js';

/** What a stream of server-sent events said. */
export type Streamed =
  /** The reply as it would have come in one piece, or the error that came in its place. */
  | { kind: 'whole'; body: JsonObject }
  /** It ended before the reply did, or a piece of it is broken: nobody can know what is missing. */
  | { kind: 'cut' };

/** Whether a body is server-sent events, whatever its content type says. */
export function isEventStream(body: string): boolean {
  return /^(?:data|event|id|retry):/.test(withoutComments(body));
}

/** Whole JSON with the end of a stream behind it, or a piece in each line, as the events they were meant to be. */
export function withEvents(body: string): string {
  const plain = body.trim();
  if (!plain.startsWith('{') || jsonOf(plain) !== undefined) return body;
  const lines = plain.split(/[\r\n]+/).flatMap((line) => unglue(line.replace(/^data:\s*/, '')));
  const isStream = lines.length > 1 && lines.every((line) => line === DONE || jsonOf(line) !== undefined);
  return isStream ? lines.map((line) => `data: ${line}\n\n`).join('') : body;
}

/** The body without the comments and empty lines before it: some servers send them to keep the connection open. */
export function withoutComments(body: string): string {
  let rest = body.trimStart();
  while (rest.startsWith(':')) {
    const end = rest.search(/[\r\n]/);
    rest = end < 0 ? '' : rest.slice(end).trimStart();
  }
  return rest;
}

const DONE = '[DONE]';

/** Puts the pieces of a streamed chat completion together; the Responses API gives the whole response with its end. */
export function readEventStream(text: string): Streamed {
  const events = eventsOf(text);
  const pieces = events.map(({ data }) => jsonOf(data));
  const isBroken = events.some(({ data }, index) => pieces[index] === undefined && data.startsWith('{'));
  if (isBroken || pieces.some((piece) => depthOf(piece) > MAX_DEPTH)) return { kind: 'cut' };
  const error = events.map((event, index) => errorIn(event, pieces[index])).find((found) => found !== undefined);
  if (error !== undefined) return { kind: 'whole', body: { error } };
  const objects = pieces.filter(isJsonObject);
  const response = objects.findLast(endsResponse)?.['response'];
  if (isJsonObject(response)) return { kind: 'whole', body: response };
  const body = objects.reduce(addPiece, {});
  const isEnded =
    events.some(({ data }) => data === DONE) || choicesOf(body).some((choice) => isSaid(choice['finish_reason']));
  const { x_groq: own } = body;
  if (body['usage'] === undefined && isJsonObject(own) && isSaid(own['usage'])) body['usage'] = own['usage'];
  return isEnded && Object.keys(body).length > 0 ? { kind: 'whole', body } : { kind: 'cut' };
}

function endsResponse({ type }: JsonObject): boolean {
  return typeof type === 'string' && /^response\.(completed|incomplete|failed)$/.test(type);
}

interface StreamEvent {
  name: string;
  data: string;
}

/** A server may glue events together, or leave out the empty line between them. */
function eventsOf(text: string): StreamEvent[] {
  const events: StreamEvent[] = [];
  let name = '';
  let lines: string[] = [];
  for (const line of [...text.split(/\r\n|\r|\n/), '']) {
    if (line.startsWith('data:')) lines.push(line.slice('data:'.length).trim());
    else if (line.startsWith('event:')) name = line.slice('event:'.length).trim();
    if (line !== '') continue;
    const whole = lines.join('\n');
    const parts = jsonOf(whole) === undefined ? lines.flatMap(unglue) : [whole];
    for (const data of parts) events.push({ name, data });
    name = '';
    lines = [];
  }
  return events;
}

function unglue(line: string): string[] {
  if (jsonOf(line) !== undefined) return [line];
  const isDone = line.endsWith(DONE);
  const rest = (isDone ? line.slice(0, -DONE.length) : line).replace(/\s*data:\s*$/, '');
  const parts = rest.split(/(?<=\})\s*(?:data:\s*)?(?=\{)/);
  const pieces = parts.every((part) => jsonOf(part) !== undefined) ? parts : [rest];
  return [...pieces.filter((part) => part !== ''), ...(isDone ? [DONE] : [])];
}

function errorIn({ name, data }: StreamEvent, piece: Json | undefined): Json | undefined {
  const error = isJsonObject(piece) ? piece['error'] : undefined;
  if (isSaid(error)) return error;
  return name === 'error' ? (piece ?? data) : undefined;
}

const isSaid = (value: Json | undefined): value is Json => value !== undefined && value !== null && value !== '';

const choicesOf = ({ choices }: JsonObject): JsonObject[] =>
  Array.isArray(choices) ? choices.filter(isJsonObject) : [];

function addPiece(body: JsonObject, { choices, ...rest }: JsonObject): JsonObject {
  for (const [key, value] of Object.entries(rest)) if (isSaid(value)) body[key] = value;
  if (!Array.isArray(choices)) return body;
  const known = choicesOf(body);
  for (const piece of choices.filter(isJsonObject)) {
    const index = piece['index'] ?? 0;
    let choice = known.find((one) => one['index'] === index);
    if (choice === undefined) known.push((choice = { index, message: {} }));
    addToChoice(choice, piece);
  }
  body['choices'] = known.toSorted((one, other) => Number(one['index']) - Number(other['index']));
  return body;
}

function addToChoice(choice: JsonObject, { delta, message, ...rest }: JsonObject): void {
  for (const [key, value] of Object.entries(rest)) if (isSaid(value)) choice[key] = value;
  const known = isJsonObject(choice['message']) ? choice['message'] : {};
  // A whole message at the end repeats what came in pieces.
  const isRepeated = delta === undefined && (isSaid(known['content']) || isSaid(known['tool_calls']));
  const more = delta ?? message;
  if (isJsonObject(more) && !isRepeated) choice['message'] = merge(known, more);
}

/** Said once; some servers repeat it with each piece. */
const SAID_ONCE = new Set(['id', 'type', 'role', 'index']);

/** Texts grow, objects and lists are merged, all else is replaced. */
function merge(known: JsonObject, piece: JsonObject): JsonObject {
  const merged = { ...known };
  for (const [key, value] of Object.entries(piece)) merged[key] = mergeValue(key, merged[key], value);
  return merged;
}

function mergeValue(key: string, known: Json | undefined, value: Json): Json {
  if (!isSaid(known)) return Array.isArray(value) ? mergeLists([], value) : value;
  if (!isSaid(value) || SAID_ONCE.has(key) || (key === 'name' && known === value)) return known;
  if (typeof value === 'string' && typeof known === 'string') return known + value;
  if (isJsonObject(value) && isJsonObject(known)) return merge(known, value);
  if (Array.isArray(value) && Array.isArray(known)) return mergeLists(known, value);
  return key === 'content' ? [...partsOf(known), ...partsOf(value)] : value;
}

/** The content of a message as parts: some servers write thoughts as parts, and the text behind them as one text. */
function partsOf(content: Json): Json[] {
  return Array.isArray(content) ? content : [{ type: 'text', text: content }];
}

function mergeLists(known: Json[], pieces: Json[]): Json[] {
  const list = [...known];
  for (const piece of pieces) {
    const at = isJsonObject(piece) ? placeOf(piece, list) : -1;
    const old = list[at];
    if (isJsonObject(piece) && isJsonObject(old)) list[at] = merge(old, piece);
    else list.push(piece);
  }
  return list;
}

/**
 * Where in a list a piece belongs: to the item of its index, unless that has another id. Some servers give every call
 * the same index, or none; then an id or a name begins a new call. Others give each piece a new id: one without a name
 * continues a call all the same.
 */
function placeOf({ index, id, function: called }: JsonObject, list: Json[]): number {
  const isNameless = isJsonObject(called) && !isSaid(called['name']);
  if (typeof index !== 'number') return isNameless ? list.length - 1 : -1;
  const at = list.findLastIndex((known) => isJsonObject(known) && known['index'] === index);
  const known = list[at];
  const isOther = isJsonObject(known) && isSaid(id) && isSaid(known['id']) && known['id'] !== id;
  return isOther && !isNameless ? -1 : at;
}
