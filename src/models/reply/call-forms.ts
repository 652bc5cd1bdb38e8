import { isJsonObject, type Json, type JsonObject } from '../../domain/values/json.js';
import { endOfValue, extractJson } from './extract-json.js';

// The forms in which models write calls as text.

/** A call as it is written: the name may have something around it, the arguments may be broken. */
export interface WrittenCall {
  name: string;
  /** A text, when the values are written one by one. */
  arguments: string | Record<string, string>;
}

const NAMES = ['name', 'tool', 'tool_name', 'function_name', 'function', 'action'];
const ARGUMENTS = ['arguments', 'parameters', 'args', 'tool_input', 'action_input', 'input', 'kwargs'];
const INSIDE = ['tool_calls', 'function_call', 'tool_call', 'function'];
const BESIDE = new Set([...NAMES, ...ARGUMENTS, 'id', 'type', 'index', 'tool_call_id']);

/** The calls that JSON values are; undefined when one of them is something else. */
async function callsInJson(text: string): Promise<WrittenCall[] | undefined> {
  const calls: WrittenCall[] = [];
  for (let rest = text.trim(); rest !== '';) {
    const end = /^[{[]/.test(rest) ? endOfValue(rest, 0) : undefined;
    if (end === undefined) return undefined;
    const found = await extractJson(rest.slice(0, end), rest.startsWith('[') ? 'array' : 'object');
    const inside = found.ok ? callsOf(found.value) : undefined;
    if (inside === undefined) return undefined;
    calls.push(...inside);
    // Small models close more brackets than they have opened.
    rest = rest.slice(end).replace(/^[\s,;}\]]+/, '');
  }
  return calls;
}

function callsOf(value: Json): WrittenCall[] | undefined {
  if (Array.isArray(value)) {
    const calls = value.map(callsOf);
    return calls.length > 0 && calls.every((call) => call !== undefined) ? calls.flat() : undefined;
  }
  if (!isJsonObject(value)) return undefined;
  const inside = INSIDE.map((key) => value[key]).find((found) => typeof found === 'object' && found !== null);
  return inside === undefined ? oneCall(value) : callsOf(inside);
}

function oneCall(value: JsonObject): WrittenCall[] | undefined {
  const name = NAMES.map((key) => value[key]).find((found) => typeof found === 'string');
  const args = ARGUMENTS.map((key) => value[key]).find((found) => found !== undefined);
  const isOther = Object.keys(value).some((key) => !BESIDE.has(key));
  if (typeof name !== 'string' || isOther) return undefined;
  if (args === undefined || args === null) return [{ name, arguments: '{}' }];
  if (typeof args === 'string') return [{ name, arguments: args }];
  return isJsonObject(args) ? [{ name, arguments: JSON.stringify(args) }] : undefined;
}

/** `look {"text": "x"}`, with whatever a server puts between the name and the arguments. */
const NAME_THEN_JSON =
  /\s{0,20}(?:function\b\s{0,20})?(?:<[|｜][^>]{1,40}>\s{0,20})?([\w.:/=-]+?)\s{0,20}(?:<[|｜][^>]{1,40}>|\[ARGS\]|```(?:json)?|json\b|code\b){0,3}\s{0,20}(?=\{)/y;

function callByName(text: string, start: number): FoundCall | undefined {
  const found = matchAt(NAME_THEN_JSON, text, start);
  const end = found && endOfValue(text, found.end);
  if (found === undefined || end === undefined) return undefined;
  const behind = /^\s*(?:```)?[\s,;]*/.exec(text.slice(end, end + 100))?.[0] ?? '';
  return { call: { name: found.name, arguments: text.slice(found.end, end) }, end: end + behind.length };
}

interface FoundCall {
  call: WrittenCall;
  /** Where the next one may begin. */
  end: number;
}

/** The calls that a text consists of, one after the other; undefined when something else is among them. */
function callsInTurn(
  text: string,
  callAt: (text: string, start: number) => FoundCall | undefined,
): WrittenCall[] | undefined {
  const calls: WrittenCall[] = [];
  for (let start = 0; text.slice(start).trim() !== '';) {
    const found = callAt(text, start);
    if (found === undefined) return undefined;
    calls.push(found.call);
    start = found.end;
  }
  return calls.length > 0 ? calls : undefined;
}

/** The name that a sticky pattern finds, and where what it matches ends. */
function matchAt(pattern: RegExp, text: string, start: number): { name: string; end: number } | undefined {
  pattern.lastIndex = start;
  const found = pattern.exec(text);
  return found === null ? undefined : { name: found[1] ?? '', end: pattern.lastIndex };
}

// Each piece ends where the next one begins, so that a text is read in one pass whatever is missing in it.
const INVOKE =
  /<(?:function=|(?:\w{1,20}:|[|｜]DSML[|｜])?(?:invoke|function(?:_call)?|tool_call)\s{1,9}name=)"?([^">\s]{1,200})"?\s{0,9}>([^]*?)(?:<\/(?:\w{1,20}:|[|｜]DSML[|｜])?(?:function(?:_call)?|invoke|tool_call)>|$)/g;
const PARAMETER =
  /<(?:\w{1,20}:|[|｜]DSML[|｜])?parameter(?:=|\s{1,9}name=)"?([^">]{1,200})"?[^>]{0,200}>([^]*?)(?:<\/(?:\w{1,20}:|[|｜]DSML[|｜])?parameter>|(?=<parameter[= ])|$)/g;
const PAIR = /<arg_key>([^<]{1,200})<\/arg_key>\s{0,20}<arg_value>([^]*?)(?:<\/arg_value>|(?=<arg_key>)|$)/g;

/** `<name>look</name><arguments>{"text": "x"}</arguments>` */
const NAME_AND_ARGUMENTS =
  /^\s*<(?:name|tool_name|tool)>\s*([^<\s]{1,200})\s*<\/(?:name|tool_name|tool)>\s*<(?:arguments|parameters|tool_input|input)>([^]*?)<\/(?:arguments|parameters|tool_input|input)>\s*$/;
/** `<look><text>x</text></look>`, or JSON in one tag. */
const ONE_TAG = /^\s*<([\w.:-]{1,200})>([^]*)<\/\1>\s*$/;
const INNER_TAG = /<([\w-]{1,200})>([^<]*)<\/\1>/g;

async function callsInXml(text: string): Promise<WrittenCall[] | undefined> {
  const calls = [...text.matchAll(INVOKE)].map(([, name = '', inside = '']) => callWith(name, inside, PARAMETER));
  if (calls.length > 0) return calls;
  const [, called] = /^\s*([\w.:/-]+)\s*<arg_key>/.exec(text) ?? [];
  if (called !== undefined) return [{ name: called, arguments: valuesIn(text, PAIR) }];
  const [, named, args = ''] = NAME_AND_ARGUMENTS.exec(text) ?? [];
  if (named !== undefined) return [{ name: named, arguments: args }];
  const [, name = '', inside = ''] = ONE_TAG.exec(text) ?? [];
  if (name === '') return undefined;
  if (/^\s*[{[]/.test(inside)) return (await callsInJson(inside)) ?? [{ name, arguments: inside }];
  const isWhole = inside.replaceAll(INNER_TAG, '').trim() === '';
  return isWhole ? [callWith(name, inside, INNER_TAG)] : undefined;
}

function callWith(name: string, inside: string, pattern: RegExp): WrittenCall {
  return { name, arguments: inside.trimStart().startsWith('{') ? inside : valuesIn(inside, pattern) };
}

function valuesIn(text: string, pattern: RegExp): Record<string, string> {
  const pairs = [...text.matchAll(pattern)].map(([, name = '', value = '']) => [name.trim(), value] as const);
  return Object.fromEntries(pairs.map(([name, value]) => [name, value.replace(/^\n/, '').replace(/\n$/, '')]));
}

const PYTHON_NAME = /[\s[;,]*(?:print\()?\s*([A-Za-z_][\w.:-]*)\(/y;
const KEYWORD = /^\s*([A-Za-z_]\w*)\s*=(?!=)\s*/;

/** `look(text="x")` */
function callInPython(text: string, start: number): FoundCall | undefined {
  const found = matchAt(PYTHON_NAME, text, start);
  const pieces = found && argumentsFrom(text, found.end);
  const args = pieces && asJson(pieces.texts);
  if (found === undefined || pieces === undefined || args === undefined) return undefined;
  const behind = /^[\s\]);,]*/.exec(text.slice(pieces.end))?.[0] ?? '';
  return { call: { name: found.name, arguments: args }, end: pieces.end + behind.length };
}

/** The arguments up to the bracket that closes the call. */
function argumentsFrom(text: string, from: number): { texts: string[]; end: number } | undefined {
  const texts: string[] = [];
  let open = 0;
  let quote = '';
  let start = from;
  for (let index = from; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (quote !== '') {
      if (character === '\\') index += 1;
      else if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (/[([{]/.test(character)) open += 1;
    else if (open > 0 && /[)\]}]/.test(character)) open -= 1;
    else if (open === 0 && (character === ',' || character === ')')) {
      texts.push(text.slice(start, index));
      start = index + 1;
      if (character === ')') return { texts: texts.filter((piece) => piece.trim() !== ''), end: start };
    }
  }
  return undefined;
}

function asJson(texts: string[]): string | undefined {
  const [only] = texts;
  if (texts.length === 1 && only !== undefined && only.trimStart().startsWith('{')) return only;
  const pairs = texts.map((text) => {
    const [whole, name] = KEYWORD.exec(text) ?? [];
    return whole === undefined ? undefined : `${JSON.stringify(name)}: ${text.slice(whole.length)}`;
  });
  return pairs.every((pair) => pair !== undefined) ? `{${pairs.join(', ')}}` : undefined;
}

const ACTION = /(?:^|\n)(?:Action|✿FUNCTION✿):\s*(\S+)\s*\n(?:Action Input|✿ARGS✿):\s*(?=\{)/g;
/** Quotes of models that have a token for them, and what says who is called before JSON. */
const QUOTE = /<\|"\|>|<escape>/g;
const PLUGIN = /^<\|(?:plugin|interpreter)\|>\s*/;

/** The calls that a text consists of, in whatever form; undefined when it is something else. */
export async function readCallForms(text: string): Promise<WrittenCall[] | undefined> {
  const plain = withoutFence(text).replace(PLUGIN, '').replaceAll(QUOTE, '"');
  if (plain === '') return undefined;
  if (/^[{[]\s*["'{]/.test(plain)) return callsInJson(plain);
  return (await callsInXml(plain)) ?? callsInTurn(plain, callByName) ?? callsInTurn(plain, callInPython);
}

/** The last call of a text that thinks aloud before it: `Action: look`, `Action Input: {…}`. */
export function readAction(text: string): WrittenCall | undefined {
  const found = [...text.matchAll(ACTION)].at(-1);
  const end = found === undefined ? undefined : endOfValue(text, found.index + found[0].length);
  if (found === undefined || end === undefined || text.slice(end).trim() !== '') return undefined;
  return { name: found[1] ?? '', arguments: text.slice(found.index + found[0].length, end) };
}

function withoutFence(text: string): string {
  const plain = text.trim();
  const opening = /^```[\w-]*[ \t]*\n?/.exec(plain);
  if (opening === null || !plain.endsWith('```') || plain.length < opening[0].length + 3) return plain;
  return plain.slice(opening[0].length, -3).trim();
}
