import { beforeAll, expect, test } from 'vitest';

import type {
  RecordedCall,
  RecordedModel,
  RecordedQuestion,
  RecordedTool,
} from '../../../src/domain/recording/recorded-call.js';
import type { Recording } from '../../../src/domain/recording/recording.js';
import type { Step } from '../../../src/domain/plan/plan.js';
import type { Json } from '../../../src/domain/values/json.js';
import { Bench, planOf } from '../../executor/bench.js';
import { scriptedModel } from '../../executor/scripted-model.js';
import { scriptedTool } from '../../executor/scripted-tool.js';
import { played, recordingOf } from './played-runs.js';

const call = (tool_id: string, args: object, output: string) => ({ kind: 'tool', tool_id, args, output });
const STEPS = [
  call('load', { text: '{{ $place }}' }, '$orders'),
  call('load', { text: 'returns' }, '$returns'),
  { kind: 'llm', task: 'Compare them.', inputs: [{ name: '$orders' }, { name: '$returns' }], output: '$said' },
  {
    kind: 'llm',
    task: 'Rate it.',
    inputs: [{ name: '$said' }],
    output: '$rate',
    output_schema: { type: 'object', properties: { stars: { type: 'number' } }, required: ['stars'] },
  },
  { kind: 'user_input', message: 'To whom?', output: '$to' },
  { kind: 'compute', expression: '$rate.stars + 1', output: '$next' },
  { ...call('send', { text: '{{ $said }} for {{ $to }}' }, '$sent'), when: '$next > 3' },
];

let base: Recording;

beforeAll(async () => {
  const load = scriptedTool('load', { acts: ({ text }) => [`${String(text)} 1`, `${String(text)} 2`] });
  const send = scriptedTool('send', { effect: 'once', acts: () => 'sent' });
  const model = scriptedModel([{ text: 'alike' }, { json: { stars: 4 } }]);
  const bench = new Bench({ tools: [load, send], model, policy: { send: 'ask' }, jobs: 4 });
  const plan = planOf(STEPS, { plan_inputs: [{ name: '$place' }] });
  const first = await bench.start(plan, { $place: 'orders' });
  const second = await bench.resume(first.id, { to: 'Ada' });
  const run = await bench.resume(second.id, { verify: true });
  expect(run.state).toBe('COMPLETE');
  base = await recordingOf(bench, run);
});

const steps =
  (change: (all: object[]) => object[]) =>
  (recording: Recording): Recording => ({
    ...recording,
    plan: { ...recording.plan, steps: planOf(change(structuredClone(STEPS))).steps },
  });
const step = (index: number, change: object) =>
  steps((all) => all.map((each, at) => (at === index ? { ...each, ...change } : each)));
const calls =
  (change: (call: RecordedCall) => RecordedCall[]) =>
  (recording: Recording): Recording => ({
    ...recording,
    calls: recording.calls.flatMap(change),
  });
const model = (at: string, change: (call: RecordedModel) => RecordedModel[]) =>
  calls((each) => (each.kind === 'model' && each.at === at ? change(each) : [each]));
const tool = (at: string, change: (call: RecordedTool) => RecordedTool[]) =>
  calls((each) => (each.kind === 'tool' && each.at === at ? change(each) : [each]));
const question = (category: string, change: (asked: RecordedQuestion) => RecordedQuestion[]) =>
  calls((each) => (each.kind === 'question' && each.question.category === category ? change(each) : [each]));
const reply =
  (value: Json) =>
  (each: RecordedModel): RecordedModel[] =>
    each.end?.kind === 'reply' ? [{ ...each, end: { ...each.end, value } }] : [each];
const output =
  (value: Json) =>
  (each: RecordedTool): RecordedTool[] => [{ ...each, end: { kind: 'output', value } }];

type Mutation = (recording: Recording) => Recording;

const DIFFERENT: [string, Mutation, object[]][] = [
  [
    'the task of a model',
    step(2, { task: 'Contrast them.' }),
    [{ kind: 'call changed', now: { at: '2/1/1' }, parts: ['task'] }],
  ],
  ['the inputs of a model', step(2, { inputs: [{ name: '$orders' }] }), [{ kind: 'call changed', parts: ['inputs'] }]],
  [
    'the description of an input',
    step(3, { inputs: [{ name: '$said', description: 'a text' }] }),
    [{ kind: 'call changed', parts: ['inputs'] }],
  ],
  [
    'the form of a reply',
    step(3, { output_schema: { type: 'object' } }),
    [{ kind: 'call changed', now: { at: '3/1/1' }, parts: ['shape'] }],
  ],
  ['the system prompt', step(2, { system_prompt: 'Be brief.' }), [{ kind: 'call changed', parts: ['task'] }]],
  [
    'an argument of a tool',
    step(1, { args: { text: 'refunds' } }),
    [{ kind: 'call changed', now: { at: '1/1/1' }, parts: ['text'] }],
  ],
  [
    'an argument more',
    step(1, { args: { text: 'returns', more: 1 } }),
    [{ kind: 'step changed', path: '1' }, { kind: 'end changed' }],
  ],
  [
    'the tool of a step',
    step(1, { tool_id: 'send' }),
    [{ kind: 'call changed', now: { at: '1/1/1', name: 'send' }, parts: ['tool'] }],
  ],
  [
    'an input of the run',
    (recording) => ({ ...recording, inputs: { $place: 'invoices' } }),
    [{ kind: 'call changed', now: { at: '0/1/1' }, parts: ['text'] }],
  ],
  ['an expression', step(5, { expression: '$rate.stars + 2' }), [{ kind: 'step changed', path: '5' }]],
  [
    'a condition that no longer holds',
    step(6, { when: '$next > 30' }),
    [
      { kind: 'step changed', path: '6' },
      { kind: 'call gone', before: { at: '6/1/1' } },
    ],
  ],
  [
    'the order of steps side by side',
    steps(([one, two, ...rest]) => [two, one, ...rest].filter((each) => each !== undefined)),
    [{ kind: 'call changed', now: { at: '0/1/1' }, parts: ['text'] }],
  ],
  ['a step less', steps((all) => all.slice(0, -1)), [{ kind: 'step changed', path: '6' }, { kind: 'call gone' }]],
  [
    'a step more',
    steps((all) => [...all, call('load', { text: 'more' }, '$more')]),
    [{ kind: 'call new', now: { at: '7/1/1' } }],
  ],
  [
    'a step twice',
    steps((all) => [...all, call('load', { text: 'returns' }, '$again')]),
    [{ kind: 'call new', used: { at: '1/1/1' } }],
  ],
  [
    'a question more',
    steps((all) => [...all, { kind: 'user_input', message: 'And?', output: '$and' }]),
    [{ kind: 'question new', at: '7/1/1' }],
  ],
  ['a question of another kind', step(4, { options: ['Ada', 'Bob'] }), [{ kind: 'question new', at: '4/1/1' }]],
  [
    'the reply of a model',
    model('2/1/1', (each) => (each.end?.kind === 'reply' ? [{ ...each, end: { ...each.end, text: 'other' } }] : [])),
    [{ kind: 'call changed', now: { at: '3/1/1' }, parts: ['inputs'] }],
  ],
  [
    'a reply with another value',
    model('3/1/1', reply({ stars: 2 })),
    [
      { kind: 'step changed', path: '3' },
      { kind: 'step changed', path: '5' },
      { kind: 'step changed', path: '6' },
    ],
  ],
  [
    'a result of a tool',
    tool('0/1/1', output(['none'])),
    [{ kind: 'call changed', now: { at: '2/1/1' }, parts: ['inputs'] }],
  ],
  [
    'a result of the last tool',
    tool('6/1/1', output('lost')),
    [{ kind: 'step changed', path: '6' }, { kind: 'end changed' }],
  ],
  ['a call of a model that is lost', model('2/1/1', () => []), [{ kind: 'call new', now: { at: '2/1/1' } }]],
  ['a call of a tool that is lost', tool('1/1/1', () => []), [{ kind: 'call new', now: { at: '1/1/1' } }]],
  [
    'a call that is there twice',
    tool('1/1/1', (each) => [each, { ...each, at: '9/1/1' }]),
    [{ kind: 'call gone', before: { at: '9/1/1' } }],
  ],
  [
    'the arguments in the record',
    tool('1/1/1', (each) => [{ ...each, args: { text: 'forged' } }]),
    [{ kind: 'call changed', parts: ['text'] }],
  ],
  [
    'the answer to a question',
    question('Input', (each) => [{ ...each, answers: each.answers.map((answer) => ({ ...answer, response: 'Bob' })) }]),
    [{ kind: 'call changed', now: { at: '6/1/1' }, parts: ['text'] }],
  ],
  ['an answer that is lost', question('Input', (each) => [{ ...each, answers: [] }]), [{ kind: 'step changed' }]],
  [
    'a no instead of a yes',
    question('User Verification', (each) => [
      { ...each, answers: each.answers.map((answer) => ({ ...answer, response: false })) },
    ]),
    [{ kind: 'step changed', path: '6', now: { error: { code: 'declined' } } }],
  ],
  [
    'a result of the run',
    (recording) => ({ ...recording, end: { ...recording.end, output: 'lost' } }),
    [{ kind: 'end changed' }],
  ],
  [
    'the record of a step',
    (recording) => ({ ...recording, steps: new Map([...recording.steps, ['5', { kind: 'completed', output: 9 }]]) }),
    [{ kind: 'step changed', path: '5' }],
  ],
];

/** Matches what has at least these keys, at any depth. */
function partOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return expect.objectContaining(Object.fromEntries(Object.entries(value).map(([key, part]) => [key, partOf(part)])));
}

test.each(DIFFERENT)('when there is another version of %s then the play says so', async (_what, mutate, wanted) => {
  const { differences } = await played(mutate(base));
  expect(differences).toEqual(expect.arrayContaining(wanted.map(partOf)));
});

const SAME: [string, Mutation, object][] = [
  ['nothing', (recording) => recording, {}],
  [
    'the clock, which only prompts tell',
    (recording) => ({ ...recording, clock: '2020-01-01T00:00:00.000Z' }),
    { wording: 2 },
  ],
  ['the order of the record', (recording) => ({ ...recording, calls: recording.calls.toReversed() }), {}],
  [
    'the version of portia',
    (recording) => ({ ...recording, setup: { version: '99.0.0', jobs: 4, large_output_tokens: 1_000 } }),
    {},
  ],
  [
    'how many steps are done at a time',
    (recording) => ({ ...recording, setup: { version: '1.0.0', jobs: 1, large_output_tokens: 1_000 } }),
    {},
  ],
  [
    "portia's own words",
    calls((each) => [each.kind === 'model' ? { ...each, wording: '0'.repeat(64) } : each]),
    { wording: 2 },
  ],
  ['the name of a step', step(2, { name: 'Comparing' }), {}],
];

test.each(SAME)('when %s is another then no call is, and notes are counted', async (_what, mutate, notes) => {
  const result = await played(mutate(base));
  expect(result.differences.filter(({ kind }) => !kind.startsWith('step'))).toEqual([]);
  expect(result.notes).toEqual({ moved: 0, wording: 0, model: 0, ...notes });
});

test('when another model is named then that is a note', async () => {
  const named: Step[] = planOf(STEPS.map((each) => ('task' in each ? { ...each, model: 'openai/other' } : each))).steps;
  const result = await played({ ...base, plan: { ...base.plan, steps: named } });
  expect(result).toMatchObject({ differences: [], notes: { model: 2 } });
});
