import type { Channel } from '../domain/run/clarification.js';
import { PortiaError } from '../domain/errors.js';
import { depthOf, isJsonObject, MAX_DEPTH, type Json, type JsonObject } from '../domain/values/json.js';
import type { Person } from '../domain/run/person.js';
import { parseJson, type JsonMistake } from '../documents/parse-json.js';
import { readNamedValue, textOfNamed } from '../documents/named-value.js';
import { shellQuote } from '../domain/values/shell-quote.js';
import { unsafeWholeNumberIn } from '../domain/values/whole-numbers.js';

/** An answer as a person gave it, before its question is known. */
export type GivenAnswer = {
  selector: string;
  /** Where it was given, for messages: `--answer filename`, `answers.json line 3`. Never holds the answer. */
  origin: string;
  channel: Channel;
  /** Whether it is on the command line itself, where the shell's history and other programs can read it. */
  inline?: boolean;
  /** Whether it is for a secret that was given before: it answers the question that asks for it again. */
  again?: boolean;
  /** Of an answer that the run has recorded before its question was asked: who gave it, and the event's `seq`. */
  kept?: { seq: number; by?: Person | undefined } | undefined;
} & ({ form: 'text'; text: string } | { form: 'json'; json: Json });

/** Reads a text file; `-` is standard input. */
export type ReadText = (path: string) => Promise<string>;

const FLAG_FIX = [
  '--answer filename=notes.txt          text',
  "--answer 'quantity:=3'               JSON",
  '--answer body=@mail.txt              the text of a file',
].join('\n');

/**
 * Reads `--answer` flags: `SEL=VALUE`, `SEL:=JSON`, `SEL=@file`, `SEL:=@file.json`.
 * Rejects with a PortiaError `usage`, or with what `readText` rejects with.
 */
export async function parseAnswerFlags(flags: string[], readText: ReadText): Promise<GivenAnswer[]> {
  return Promise.all(flags.map((flag) => parseAnswerFlag(flag, readText)));
}

async function parseAnswerFlag(flag: string, readText: ReadText): Promise<GivenAnswer> {
  const named = readNamedValue(flag);
  if (named === undefined) {
    throw new PortiaError('usage', `--answer ${flag} names no question and value.`, {
      why: 'An answer is the selector of a question, = and the value.',
      fix: FLAG_FIX,
    });
  }
  const { name: selector, isJson, isFile } = named;
  const text = await textOfNamed(named, readText);
  const answer = { selector, origin: `--answer ${selector}`, channel: 'flag' as const, inline: !isFile };
  return isJson
    ? { ...answer, form: 'json', json: readFlagJson('--answer', selector, text) }
    : { ...answer, form: 'text', text };
}

/** The JSON that a flag gives after `:=`. Throws `usage`, `invalid-input` or `unreadable`. */
export function readFlagJson(flag: '--answer' | '--done', selector: string, text: string): Json {
  refuseUnsafeNumber(text, `${flag} ${selector}`);
  const parsed = parseJson(text);
  if (parsed.ok) return checkDepth(parsed.value, `${flag} ${selector}`);
  throw new PortiaError('usage', `The value of ${flag} ${selector} is not JSON.`, {
    why: `Line ${parsed.line}, column ${parsed.column}: ${parsed.problem}.`,
    fix: `After := comes JSON, so text needs quotes: ${flag} ${shellQuote(`${selector}:="text"`)}\nFor plain text: ${flag} ${shellQuote(`${selector}=text`)}`,
  });
}

/**
 * Reads an `--answers` document: an object from selectors to values, a list of `{id | selector, response}`, or either of
 * them line by line (NDJSON). Throws a PortiaError `unreadable` that says where.
 */
export function parseAnswersDocument(text: string, name: string): GivenAnswer[] {
  refuseUnsafeNumber(text, name);
  const whole = parseJson(text);
  if (whole.ok) return readDocument(whole.value, name);
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), place: `${name} line ${index + 1}` }));
  const filled = lines.filter(({ line }) => line !== '');
  if (filled.length === 0) throw unreadable(name, 'It is empty.');
  if (!parseJson(filled[0]?.line ?? '').ok) throw notJson(name, whole);
  return filled.flatMap(({ line, place }) => {
    const item = parseJson(line);
    if (!item.ok) throw unreadable(place, `It is not JSON. Column ${item.column}: ${item.problem}.`, item.fix);
    return readDocument(item.value, place);
  });
}

function readDocument(document: Json, place: string): GivenAnswer[] {
  checkDepth(document, place);
  if (Array.isArray(document)) {
    return document.map((item, index) => {
      if (isJsonObject(item)) return readRecord(item, `${place} item ${index + 1}`);
      throw unreadable(`${place} item ${index + 1}`, 'It is not an object.');
    });
  }
  if (!isJsonObject(document)) throw unreadable(place, 'It is neither an object nor a list.');
  if ('response' in document && ('id' in document || 'selector' in document)) return [readRecord(document, place)];
  return Object.entries(document).map(([selector, json]) => given(selector, json, place));
}

function readRecord(record: JsonObject, place: string): GivenAnswer {
  const selector = record['selector'] ?? record['id'];
  const response = record['response'];
  if (typeof selector !== 'string' || selector === '') throw unreadable(place, 'It has no "id" or "selector".');
  if (response === undefined) throw unreadable(place, 'It has no "response".');
  return given(selector, response, place);
}

function given(selector: string, json: Json, place: string): GivenAnswer {
  return { selector, origin: `${place}, ${selector}`, channel: 'file', form: 'json', json };
}

function checkDepth(value: Json, place: string): Json {
  if (depthOf(value) > MAX_DEPTH) throw unreadable(place, `It nests deeper than ${MAX_DEPTH} levels.`);
  return value;
}

function refuseUnsafeNumber(text: string, place: string): void {
  const unsafe = unsafeWholeNumberIn(text);
  if (unsafe === undefined) return;
  throw new PortiaError('invalid-input', `${place} has ${unsafe.written}, which cannot be kept as a number.`, {
    why: 'A number keeps about 16 digits; the last digits of this one would change.',
    fix: `Write it in quotes: "${unsafe.written}"`,
  });
}

function notJson(place: string, { line, column, problem, fix }: JsonMistake): PortiaError {
  return unreadable(place, `It is not JSON. Line ${line}, column ${column}: ${problem}.`, fix);
}

const ANSWERS = 'Answers are JSON: {"filename": "notes.txt"} or [{"id": "clar-…", "response": "notes.txt"}]';

function unreadable(place: string, why: string, fix = ANSWERS): PortiaError {
  return new PortiaError('unreadable', `Cannot read answers from ${place}.`, { why, fix });
}
