import { MAX_DEPTH, type Json } from '../domain/values/json.js';
import { isUnsafeWholeNumber, WRITE_IN_QUOTES } from '../domain/values/whole-numbers.js';
import { LineIndex } from './positions.js';

export type ParsedJson =
  | { ok: true; value: Json }
  /** `line` and `column` count from 1. The problem never quotes the text, which may hold secrets. */
  | { ok: false; problem: string; line: number; column: number };

interface Fault {
  offset: number;
  problem: string;
}

type Expected = 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma or end' | 'nothing';
type Frame = { kind: 'object'; names: Set<string> } | { kind: 'array' };

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
  if (fault !== undefined) return { ok: false, problem: fault.problem, ...new LineIndex(json).at(fault.offset) };
  return { ok: true, value: JSON.parse(json) as Json };
}

// Walks the tokens without recursion, so that depth cannot exhaust the stack.
function findFault(text: string, maxDepth: number): Fault | undefined {
  const frames: Frame[] = [];
  let expected: Expected = 'value';
  let offset = 0;
  let comma: number | undefined;
  for (;;) {
    JSON_SPACE.lastIndex = offset;
    offset += JSON_SPACE.exec(text)?.[0].length ?? 0;
    if (offset >= text.length) return endFault(expected, frames, offset);
    JSON_TOKEN.lastIndex = offset;
    const token = JSON_TOKEN.exec(text)?.[0];
    if (token === undefined) return { offset, problem: unreadable(text[offset]) ?? describe(expected, frames) };
    if (comma !== undefined && /^[\]}]$/.test(token)) {
      return { offset: comma, problem: `there is a comma before the closing ${token}: remove it` };
    }
    comma = token === ',' ? offset : undefined;
    const next = accept(token, expected, frames);
    if (frames.length > maxDepth) return { offset, problem: `nested deeper than ${maxDepth} levels` };
    if ('problem' in next) return { offset, problem: next.problem };
    expected = next.expected;
    offset += token.length;
  }
}

function accept(token: string, expected: Expected, frames: Frame[]): { expected: Expected } | { problem: string } {
  const wrong = { problem: describe(expected, frames) };
  switch (expected) {
    case 'value':
    case 'value or ]':
      if (token === ']' && expected === 'value or ]') return closeFrame(frames);
      return acceptValue(token, frames) ?? wrong;
    case 'name':
    case 'name or }':
      if (token === '}' && expected === 'name or }') return closeFrame(frames);
      return token.startsWith('"') ? acceptName(token, frames) : wrong;
    case 'colon':
      return token === ':' ? { expected: 'value' } : wrong;
    case 'comma or end': {
      const inObject = frames.at(-1)?.kind === 'object';
      if (token === ',') return { expected: inObject ? 'name' : 'value' };
      return token === (inObject ? '}' : ']') ? closeFrame(frames) : wrong;
    }
    case 'nothing':
      return wrong;
  }
}

function acceptValue(token: string, frames: Frame[]): { expected: Expected } | { problem: string } | undefined {
  if (token === '{' || token === '[') {
    frames.push(token === '{' ? { kind: 'object', names: new Set() } : { kind: 'array' });
    return { expected: token === '{' ? 'name or }' : 'value or ]' };
  }
  if (/^[}\]:,]$/.test(token)) return undefined;
  // JSON.parse makes Infinity of it, which JSON cannot say.
  if (/^-?\d/.test(token) && !Number.isFinite(Number(token))) return { problem: 'this number is too large to be kept' };
  if (isUnsafeWholeNumber(token)) return { problem: WRITE_IN_QUOTES };
  return { expected: frames.length === 0 ? 'nothing' : 'comma or end' };
}

function acceptName(token: string, frames: Frame[]): { expected: Expected } | { problem: string } {
  const name = String(JSON.parse(token));
  if (name === '__proto__') return { problem: 'the name "__proto__" is not allowed' };
  const frame = frames.at(-1);
  if (frame?.kind === 'object') {
    if (frame.names.has(name)) return { problem: `the name ${JSON.stringify(name)} is given twice` };
    frame.names.add(name);
  }
  return { expected: 'colon' };
}

function closeFrame(frames: Frame[]): { expected: Expected } {
  frames.pop();
  return { expected: frames.length === 0 ? 'nothing' : 'comma or end' };
}

function endFault(expected: Expected, frames: Frame[], offset: number): Fault | undefined {
  if (expected === 'nothing') return undefined;
  return { offset, problem: `the text ends too early: ${describe(expected, frames)}` };
}

function unreadable(character: string | undefined): string | undefined {
  if (character === "'") return 'text needs double quotes, not single ones';
  if (character === '"') return 'this text has no closing quote, or a line break or a wrong \\ inside';
  return character === '/' || character === '#' ? 'JSON has no comments' : undefined;
}

function describe(expected: Expected, frames: Frame[]): string {
  switch (expected) {
    case 'value':
      return 'expected a value';
    case 'value or ]':
      return 'expected a value or ]';
    case 'name':
      return 'expected a name in double quotes';
    case 'name or }':
      return 'expected a name in double quotes, or }';
    case 'colon':
      return 'expected : after the name';
    case 'comma or end':
      return `expected a comma or ${frames.at(-1)?.kind === 'object' ? '}' : ']'}`;
    case 'nothing':
      return 'expected nothing after the end of the value';
  }
}
