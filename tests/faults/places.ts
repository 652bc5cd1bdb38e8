import type { JsonObject } from '../../src/domain/values/json.js';
import type { PlaceName, Said } from './fault.js';

/** A place where a model is asked, and all that leads to it. */
export interface Place {
  name: PlaceName;
  /** In each request from there. */
  asks: RegExp;
  /** Its step, between one that acts before and one that acts after; without it the request is planned. */
  steps?: object[];
  /** Of the plan. */
  more?: object;
  /** What the model says before its reply is spoiled. */
  before?: Said[];
  /** What is right. */
  said: Said;
  /** Whether the reply must fit a schema. */
  isTyped?: boolean;
  /** What the tools do up to there, and then. */
  acts: { before: string[]; after: string[] };
}

const calling = (name: string, args: object): Said => ({
  content: null,
  tool_calls: [{ id: 'call_1', type: 'function', function: { name, arguments: JSON.stringify(args) } }],
});
const replying = (value: object): Said => ({ content: JSON.stringify(value) });
/** Acts, and may act only once. */
const note = (text: string, more: JsonObject = {}): JsonObject => ({
  kind: 'tool',
  tool_id: 'note',
  args: { text },
  output: `$${text.replaceAll(/\W/g, '')}`,
  ...more,
});
const LARGE = {
  type: 'object',
  properties: { city: { type: 'string' }, people: { type: 'integer' } },
  required: ['city', 'people'],
  additionalProperties: false,
};

/** The note that is made last holds what came of the place. */
const FIRST = note('first');
const last = (text: string): JsonObject => ({ ...note('last'), args: { text } });
const acts = (...after: string[]): Place['acts'] => ({ before: ['first'], after });

export const PLACES: Place[] = [
  {
    name: 'planning',
    asks: /You are a planner/,
    said: replying({ steps: [FIRST, last('last')] }),
    isTyped: true,
    acts: { before: [], after: ['first', 'last'] },
  },
  {
    name: 'arguments',
    asks: /You do one step of a plan by calling the function/,
    steps: [FIRST, { task: 'Send a greeting.', tool_id: 'send', output: '$sent' }, last('{{ $sent }}')],
    said: calling('send', { text: 'hello' }),
    acts: acts('send hello', 'hello'),
  },
  {
    name: 'verification',
    asks: /You prepare one step of a plan|Trace each of them before the call is made/,
    steps: [
      FIRST,
      { task: 'Send a greeting.', tool_id: 'send', agent: 'verified', output: '$sent' },
      last('{{ $sent }}'),
    ],
    before: [calling('send', { text: 'hello' })],
    said: replying({ text: { reason: 'It is a greeting.', made_up: false } }),
    isTyped: true,
    acts: acts('send hello', 'hello'),
  },
  {
    name: 'turn',
    asks: /You do one step of a plan by calling functions/,
    steps: [
      FIRST,
      { kind: 'react', task: 'Send a greeting, and tell.', tools: ['send'], output: '$told' },
      last('{{ $told }}'),
    ],
    before: [calling('send', { text: 'hello' })],
    said: calling('final_result', { result: 'It is sent.' }),
    acts: { before: ['first', 'send hello'], after: ['It is sent.'] },
  },
  {
    name: 'step',
    asks: /Answer the task from the data given/,
    steps: [FIRST, { kind: 'llm', task: 'Name a city.', output: '$city' }, last('{{ $city }}')],
    said: { content: 'Paris' },
    acts: acts('Paris'),
  },
  {
    name: 'typed step',
    asks: /Answer the task from the data given/,
    steps: [
      FIRST,
      { kind: 'llm', task: 'Name a city.', output_schema: LARGE, output: '$city' },
      last('{{ $city.city }} {{ $city.people }}'),
    ],
    said: replying({ city: 'Paris', people: 2 }),
    isTyped: true,
    acts: acts('Paris 2'),
  },
  {
    name: 'introspection',
    asks: /You judge whether one step/,
    steps: [FIRST, note('judged', { condition: 'the city is large' }), last('last')],
    said: replying({ outcome: 'continue', reason: 'It is.' }),
    isTyped: true,
    acts: acts('judged', 'last'),
  },
  {
    name: 'result',
    asks: /Give its result in the required shape/,
    steps: [FIRST, last('Paris')],
    more: { output_schema: LARGE },
    said: replying({ city: 'Paris', people: 2 }),
    isTyped: true,
    acts: { before: ['first', 'Paris'], after: [] },
  },
  {
    name: 'summary',
    asks: /Summarise the result/,
    steps: [FIRST, last('Paris')],
    more: { summarize: true },
    said: { content: 'It is Paris.' },
    acts: { before: ['first', 'Paris'], after: [] },
  },
];
