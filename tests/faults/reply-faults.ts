import { isJsonObject, type Json, type JsonObject } from '../../src/domain/values/json.js';
import { answer, completion, raw } from '../models/fault-server.js';
import { saying, type End, type Fault, type Patience, type PlaceName, type Said } from './fault.js';

/** A change of the message, or nothing where it cannot be made. */
type Change = (said: Said, place: PlaceName) => Said | undefined;

const says = (name: string, change: Change, [end, patience]: [End, Patience], ends: Fault['ends'] = {}): Fault => ({
  name,
  spoils(said, place) {
    const changed = change(said, place);
    return changed && saying(changed);
  },
  end,
  patience,
  ends,
});

const BROKEN: [End, Patience] = ['model-reply-unusable', 'asked again'];
const MISFIT: [End, Patience] = ['model-reply-unusable', 'corrected'];
const REFUSED: [End, Patience] = ['model-refused', 'once'];
const WORKS: [End, Patience] = ['works', 'once'];
/** Where a model is to call a tool. */
const FAILS_TOOL = { arguments: 'tool-failed', turn: 'tool-failed' } as const;
/** What is missing, a person is asked for. */
const ASKS = { arguments: 'asks', turn: 'tool-failed' } as const;

const half = (text: string): string => text.slice(0, Math.floor(text.length / 2));

function halfOf({ content, tool_calls: calls, ...rest }: Said): Said {
  return {
    ...rest,
    content: content === null ? null : half(content),
    ...(calls && { tool_calls: calls.map((call) => withArguments(call, half(call.function.arguments))) }),
  };
}

type Call = NonNullable<Said['tool_calls']>[number];

const withArguments = (call: Call, args: string): Call => ({
  ...call,
  function: { ...call.function, arguments: args },
});

const RAW: Fault[] = [
  ['no choices', { ...completion(''), choices: [] }],
  ['a choice without a message', { choices: [{ index: 0, finish_reason: 'stop' }] }],
  ['choices that are a text', { choices: 'none' }],
].map(([name, body]): Fault => ({
  name: String(name),
  spoils: () => answer(body),
  end: BROKEN[0],
  patience: BROKEN[1],
}));

const ANY: Fault[] = [
  says('an empty text', () => ({ content: '' }), BROKEN),
  says('null', () => ({ content: null }), BROKEN),
  says('white space', () => ({ content: ' \n\t ' }), BROKEN),
  says('thoughts alone', () => ({ content: '<think>Paris, or Lyon?</think>' }), BROKEN),
  says('thoughts in a field of their own', () => ({ content: '', reasoning_content: 'Paris, or Lyon?' }), BROKEN),
  says('a refusal', () => ({ content: null, refusal: 'I cannot help with that.' }), REFUSED),
  says('a filtered reply', () => ({ content: '', finish_reason: 'content_filter' }), REFUSED),
  says('a reply that is cut off by its length', (said) => ({ ...halfOf(said), finish_reason: 'length' }), BROKEN),
  says('an end by an error', (said) => ({ ...halfOf(said), finish_reason: 'error' }), BROKEN),
  says('an end that nobody knows', (said) => ({ ...halfOf(said), finish_reason: 'paused' }), BROKEN),
  ...RAW,
  { name: 'a body with broken UTF-8 alone', spoils: () => raw('\uFFFD\uFFFD'), end: BROKEN[0], patience: BROKEN[1] },
];

/** A change of the JSON that a text holds. */
const json = (
  name: string,
  change: (value: JsonObject) => string | Json,
  [end, patience]: [End, Patience],
  ends: Fault['ends'] = {},
): Fault =>
  says(
    name,
    ({ content }) => {
      const value: unknown = content?.startsWith('{') === true ? JSON.parse(content) : undefined;
      if (!isJsonObject(value)) return undefined;
      const changed = change(value);
      return { content: typeof changed === 'string' ? changed : JSON.stringify(changed) };
    },
    [end, patience],
    ends,
  );

const DEEP = 20_000;
const firstKey = (value: JsonObject): string => Object.keys(value)[0] ?? '';

const JSON_TEXTS: Fault[] = [
  json('JSON in a code fence', (value) => `\`\`\`json\n${JSON.stringify(value)}\n\`\`\``, WORKS),
  json('words around JSON', (value) => `Here it is:\n${JSON.stringify(value)}\nTell me if it helps.`, WORKS),
  json('a comma too many', (value) => JSON.stringify(value).replace(/\}$/, ',}'), WORKS),
  json('JSON written twice', (value) => `${JSON.stringify(value)}\n${JSON.stringify(value)}`, WORKS),
  json('half of the JSON, as if it were whole', (value) => half(JSON.stringify(value)), MISFIT),
  json('words in place of JSON', () => 'I would rather talk about it.', MISFIT),
  json('a list in place of an object', (value) => [[value]], MISFIT),
  json('the word null', () => 'null', MISFIT),
  json('a number', () => '42', MISFIT),
  json('another type for a key', (value) => ({ ...value, [firstKey(value)]: { no: true } }), MISFIT),
  json('not a number', (value) => `{"${firstKey(value)}": NaN}`, MISFIT),
  json('no keys at all', () => ({}), MISFIT),
  json('a key that names a prototype', () => '{"__proto__": {"outcome": "continue", "city": "Paris"}}', MISFIT),
  json('JSON that is nested without an end', () => '{"a":'.repeat(DEEP), MISFIT),
  json('nesting that closes', () => `${'{"a":'.repeat(DEEP)}1${'}'.repeat(DEEP)}`, MISFIT),
  json('a call of a function that is not there', () => '<tool_call>{"name":"bash","arguments":{}}</tool_call>', BROKEN),
];

/** A change of the call that a message makes. */
const call = (
  name: string,
  change: (call: Call) => Call | Call[],
  [end, patience]: [End, Patience],
  ends: Fault['ends'] = FAILS_TOOL,
): Fault =>
  says(
    name,
    ({ tool_calls: calls, ...rest }) => {
      const [first] = calls ?? [];
      return first && { ...rest, tool_calls: [change(first)].flat() };
    },
    [end, patience],
    end === 'works' ? {} : ends,
  );

const given = (name: string, args: string, ends: Fault['ends'] = FAILS_TOOL): Fault =>
  call(name, (made) => withArguments(made, args), MISFIT, ends);

const named = (made: Call, name: string): Call => ({ ...made, function: { ...made.function, name } });

const CALLS: Fault[] = [
  call('a function that is not offered', (made) => named(made, 'bash'), MISFIT),
  call('a function with letters that look alike', (made) => named(made, 'ѕеnd_rеѕult'), MISFIT),
  call('a function that every object has', (made) => named(made, 'constructor'), MISFIT),
  call('a function without a name', (made) => named(made, ''), BROKEN, {}),
  call(
    'half of the arguments, as if they were whole',
    (made) => withArguments(made, half(made.function.arguments)),
    MISFIT,
  ),
  given('arguments that are a list', '["hello"]'),
  given('arguments that are null', 'null', ASKS),
  given('arguments that are words', 'hello'),
  given('arguments of another type', '{"text":{"no":true}}'),
  given('no arguments', '{}', ASKS),
  given('arguments that nobody asked for', '{"message":"hello"}'),
  given('arguments that name a prototype', '{"__proto__":{"text":"hello","result":"hello"}}'),
  given('arguments that are nested without an end', '{"text":'.repeat(DEEP)),
  call(
    'arguments that are encoded twice',
    (made) => withArguments(made, JSON.stringify(made.function.arguments)),
    WORKS,
  ),
  call('the same call twice', (made) => [made, { ...made, id: 'call_again' }], WORKS),
  // To an agent that is done, words are the answer.
  says(
    'words in place of a call',
    (_said, place) => (place === 'arguments' ? { content: 'I would rather talk about it.' } : undefined),
    MISFIT,
    FAILS_TOOL,
  ),
  says(
    'a call of another function in words',
    ({ tool_calls: calls }) => calls && { content: '<tool_call>{"name":"bash","arguments":{}}</tool_call>' },
    MISFIT,
    FAILS_TOOL,
  ),
];

/** Replies that came whole, and are not what was asked for. */
export const REPLY_FAULTS: Fault[] = [...ANY, ...JSON_TEXTS, ...CALLS];
