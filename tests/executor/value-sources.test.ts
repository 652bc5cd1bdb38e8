import { expect, test } from 'vitest';
import * as z from 'zod';

import { openClarifications } from '../../src/domain/run/clarification.js';
import type { Run } from '../../src/domain/run/run.js';
import { Bench, planOf } from './bench.js';
import { scriptedModel, type Reply } from './scripted-model.js';
import { scriptedTool } from './scripted-tool.js';

const fetch = scriptedTool('fetch', { effect: 'read', acts: () => 'a page' });
const act = () =>
  scriptedTool('act', {
    effect: 'once',
    args: z.object({ text: z.unknown(), more: z.unknown().optional(), copies: z.number().default(1) }),
    acts: () => 'ok',
  });

const sourcesOf = (run: Run) => openClarifications(run)[0]?.['sources'];
const call = (args: object) => ({ kind: 'tool', tool_id: 'act', args, output: '$done' });
const page = { kind: 'tool', tool_id: 'fetch', args: {}, output: '$page' };
const ofPage = { from: 'tool', tool: 'fetch', step: '0', name: '$page' };

test.each<[string, unknown[], object]>([
  ['written in the plan', [call({ text: 'x' })], { text: [{ from: 'plan' }], copies: [{ from: 'tool', tool: 'act' }] }],
  ['an input', [call({ text: '{{ $who }}' })], { text: [{ from: 'input', name: '$who' }] }],
  ['the result of a tool', [page, call({ text: '{{ $page }}' })], { text: [ofPage] }],
  [
    'a text with several values in it',
    [page, call({ text: 'Dear {{ $who }}: {{ $page }}' })],
    { text: [{ from: 'plan' }, { from: 'input', name: '$who' }, ofPage] },
  ],
  [
    'inside an object',
    [page, call({ text: { body: ['{{ $page }}'], size: 3 } })],
    { text: [ofPage, { from: 'plan' }] },
  ],
  [
    'computed from others',
    [page, { kind: 'compute', expression: '$page & $who', output: '$both' }, call({ text: '{{ $both }}' })],
    {
      text: [
        { ...ofPage, name: '$both' },
        { from: 'input', name: '$both' },
      ],
    },
  ],
  [
    'the item of a loop',
    [page, { kind: 'for_each', over: '[$page]', as: '$item', steps: [call({ text: '{{ $item }}' })] }],
    { text: [{ ...ofPage, name: '$item' }] },
  ],
  [
    'what a block left',
    [
      { kind: 'for_each', over: '[1]', as: '$i', steps: [page], collect: '$page', output: '$all' },
      call({ text: '{{ $all[0] }}' }),
    ],
    {
      text: [
        { from: 'step', step: '0', name: '$all' },
        { from: 'tool', tool: 'fetch', step: '0', name: '$all' },
      ],
    },
  ],
])(
  'when a person is asked about a call then the question says of a value that is %s',
  async (_what, steps, expected) => {
    const bench = new Bench({ tools: [fetch, act()] });
    const inputs = [{ name: '$who', description: 'who' }];
    const run = await bench.start(planOf(steps, { plan_inputs: inputs }), { who: 'Ada' });
    expect(openClarifications(run)[0]).toMatchObject({ effect: 'once' });
    expect(sourcesOf(run)).toMatchObject(expected);
  },
);

test('when a person answered for a value then the next question says so', async () => {
  const bench = new Bench({ tools: [act()] });
  const ask = { kind: 'user_input', message: 'Which?', output: '$which' };
  const { id } = await bench.start(planOf([ask, call({ text: '{{ $which }}' })]));
  const run = await bench.resume(id, { which: 'this' });
  expect(sourcesOf(run)).toMatchObject({ text: [{ from: 'person', step: '0', name: '$which' }] });
});

test('when a person changed an argument and is asked again then only that one is from a person', async () => {
  const bench = new Bench({ tools: [act()] });
  const { id } = await bench.start(planOf([call({ text: 'x', more: 'y' })]));
  const run = await bench.resume(id, { verify: { yes: { text: 'z', more: 'y' } } });
  expect(sourcesOf(run)).toEqual({
    text: [{ from: 'person' }],
    more: [{ from: 'plan' }],
    copies: [{ from: 'tool', tool: 'act' }],
  });
});

const model = 'scripted/model';
const calls = (...made: [string, object][]): Reply => ({ calls: made as [string, never][] });

test('when a model wrote the arguments then the question says what it had read by then', async () => {
  const step = { kind: 'react', task: 'do', inputs: ['$page'], tools: ['fetch', 'act'], output: '$y' };
  const replies = [calls(['fetch', {}]), calls(['act', { text: 'x', more: '{{$page}}' }])];
  const bench = new Bench({ tools: [fetch, act()], model: scriptedModel(replies) });
  const run = await bench.start(planOf([page, { ...step, inputs: [{ name: '$page' }] }]));
  const read = [ofPage, { from: 'tool', tool: 'fetch', step: '1', name: '$result_1' }];
  expect(sourcesOf(run)).toEqual({
    text: [{ from: 'model', step: '1', model, read }],
    more: [ofPage],
    copies: [{ from: 'tool', tool: 'act' }],
  });
});

test('when a model asked a person first then the answer is among what it had read', async () => {
  const replies = [calls(['ask_user', { argument_name: 'text', question: 'What?' }]), calls(['act', { text: 'x' }])];
  const bench = new Bench({ tools: [act()], model: scriptedModel(replies) });
  const { id } = await bench.start(planOf([{ task: 'do', tool_id: 'act', output: '$y' }]));
  const run = await bench.resume(id, { text: 'x' });
  expect(sourcesOf(run)).toMatchObject({
    text: [{ from: 'model', step: '0', model, read: [{ from: 'person', step: '0' }] }],
  });
});
