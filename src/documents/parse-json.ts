import { MAX_DEPTH, type Json } from '../domain/values/json.js';
import { isUnsafeWholeNumber, WRITE_IN_QUOTES } from '../domain/values/whole-numbers.js';
import { endFault, misplacedFault, unreadableFault, type Expected, type Frame, type JsonFault } from './json-faults.js';
import { LineIndex } from './positions.js';

export type ParsedJson = { ok: true; value: Json } | JsonMistake;

/**
 * `line` and `column` count from 1; `fix` says what to write. Nothing here quotes a value, because it may be a secret.
 */
export interface JsonMistake {
  ok: false;
  problem: string;
  fix: string;
  line: number;
  column: number;
}

export const JSON_SPACE = /[ \t\r\n]*/y;
export const JSON_TOKEN =
  /[{}[\]:,]|"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * JSON that a person wrote: says where a mistake is, and refuses what JSON.parse takes silently
 * (a name given twice, the name `__proto__`, nesting deeper than portia reads). A byte order mark is skipped.
 */
export function parseJson(text: string, maxDepth = MAX_DEPTH): ParsedJson {
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const fault = findFault(json, maxDepth);
  if (fault !== undefined) {
    return { ok: false, problem: fault.problem, fix: fault.fix, ...new LineIndex(json).at(fault.offset) };
  }
  return { ok: true, value: JSON.parse(json) };
}

// Walks the tokens without recursion, so that depth cannot exhaust the stack.
function findFault(text: string, maxDepth: number): JsonFault | undefined {
  const frames: Frame[] = [];
  let expected: Expected = 'value';
  let offset = 0;
  let comma: number | undefined;
  for (;;) {
    offset = endOf(JSON_SPACE, text, offset) ?? offset;
    if (offset >= text.length) return endFault({ text, offset, expected, frames });
    const end = endOf(JSON_TOKEN, text, offset);
    if (end === undefined) return unreadableFault({ text, offset, expected, frames });
    const token = text.slice(offset, end);
    if (comma !== undefined && (token === ']' || token === '}')) {
      return { offset: comma, problem: `there is a comma before the closing ${token}`, fix: 'Remove the comma.' };
    }
    comma = token === ',' ? offset : undefined;
    const next = accept(token, expected, { frames, offset });
    if (next === undefined) return misplacedFault({ text, offset, expected, frames }, token);
    if (frames.length > maxDepth) return { offset, ...tooDeep(maxDepth) };
    if (typeof next === 'object') return { offset, ...next };
    expected = next;
    offset = end;
  }
}

/** Where the match that begins at `offset` ends. Without the match itself, of which there would be one for each token. */
function endOf(sticky: RegExp, text: string, offset: number): number | undefined {
  sticky.lastIndex = offset;
  return sticky.test(text) ? sticky.lastIndex : undefined;
}

const tooDeep = (maxDepth: number) => ({
  problem: `nested deeper than ${maxDepth} levels`,
  fix: 'Put fewer lists and objects inside one another.',
});

type Accepted = Expected | Omit<JsonFault, 'offset'> | undefined;

/** What is expected next; undefined for a token that does not belong here. */
function accept(token: string, expected: Expected, at: { frames: Frame[]; offset: number }): Accepted {
  const { frames } = at;
  switch (expected) {
    case 'value':
    case 'value or ]':
      return token === ']' && expected === 'value or ]' ? closeFrame(frames) : acceptValue(token, at);
    case 'name':
    case 'name or }':
      if (token === '}' && expected === 'name or }') return closeFrame(frames);
      return token.startsWith('"') ? acceptName(token, frames) : undefined;
    case 'colon':
      return token === ':' ? 'value' : undefined;
    case 'comma or end': {
      const inObject = frames.at(-1)?.kind === 'object';
      if (token === ',') return inObject ? 'name' : 'value';
      return token === (inObject ? '}' : ']') ? closeFrame(frames) : undefined;
    }
    case 'nothing':
      return undefined;
  }
}

function acceptValue(token: string, { frames, offset }: { frames: Frame[]; offset: number }): Accepted {
  if (token === '{' || token === '[') {
    frames.push(token === '{' ? { kind: 'object', offset, names: new Set() } : { kind: 'array', offset });
    return token === '{' ? 'name or }' : 'value or ]';
  }
  if (/^[}\]:,]$/.test(token)) return undefined;
  // JSON.parse makes Infinity of it, which JSON cannot say.
  if (/^-?\d/.test(token) && !Number.isFinite(Number(token))) {
    return { problem: 'this number is too large to be kept', fix: 'Put it in double quotes, as a text.' };
  }
  if (isUnsafeWholeNumber(token)) return { problem: WRITE_IN_QUOTES, fix: 'Put it in double quotes, as a text.' };
  return frames.length === 0 ? 'nothing' : 'comma or end';
}

function acceptName(token: string, frames: Frame[]): Accepted {
  const name = token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1);
  if (name === '__proto__') return { problem: 'the name "__proto__" is not allowed', fix: 'Use another name.' };
  const frame = frames.at(-1);
  if (frame?.kind === 'object') {
    if (frame.names.has(name)) {
      return { problem: `the name ${JSON.stringify(name)} is given twice`, fix: 'Remove one of the two.' };
    }
    frame.names.add(name);
  }
  return 'colon';
}

function closeFrame(frames: Frame[]): Expected {
  frames.pop();
  return frames.length === 0 ? 'nothing' : 'comma or end';
}
