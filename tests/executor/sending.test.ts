import { expect, test } from 'vitest';

import type { Tool } from '../../src/tools/tool.js';
import { Bench, planOf, type Surroundings } from './bench.js';
import { scriptedModel } from './scripted-model.js';
import { scriptedTool, textsOf } from './scripted-tool.js';

/** An agent that reads, searches twice and ends, as often as there are rounds. */
function agent(rounds = 1) {
  const read = scriptedTool('read', { acts: () => 'secret' });
  const find = scriptedTool('find', { acts: () => 'found' });
  const turn = (text: string) => ({ calls: [['find', { text }]] as [string, object][] });
  const one = [
    { calls: [['read', {}]] as [string, object][] },
    turn('a'),
    turn('b'),
    { calls: [['final_result', { result: 'done' }]] as [string, object][] },
  ];
  const model = scriptedModel(Array.from({ length: rounds }, () => one).flat() as Parameters<typeof scriptedModel>[0]);
  const sender: Tool = { ...find.tool, sends: true, isPublic: true };
  return { find, model, tools: [read, { tool: sender }] };
}

const react = { kind: 'react', task: 'Look', tools: ['read', 'find'], output: '$x' };

test('when an agent can read and send then a person is asked once, with what would go out', async () => {
  const { find, model, tools } = agent();
  const bench = new Bench({ tools, model });
  const { id, outputs } = await bench.start(planOf([react]));
  expect(outputs.clarifications).toMatchObject([
    { tool_id: 'find', args: { text: 'a' }, user_guidance: expect.stringContaining('leave the machine') },
  ]);
  expect(textsOf(find)).toEqual([]);
  const run = await bench.resume(id, { verify: true });
  expect(run).toMatchObject({ state: 'COMPLETE' });
  expect(run.outputs.clarifications).toHaveLength(1);
  expect(textsOf(find)).toEqual(['a', 'b']);
});

test('when the step is done in a loop then the yes of the first round holds', async () => {
  const { find, model, tools } = agent(2);
  const bench = new Bench({ tools, model });
  const { id } = await bench.start(planOf([{ kind: 'for_each', over: [1, 2], as: 'i', steps: [react] }]));
  expect(await bench.resume(id, { verify: true })).toMatchObject({ state: 'COMPLETE' });
  expect(textsOf(find)).toEqual(['a', 'b', 'a', 'b']);
});

test('when a person says no then nothing is sent', async () => {
  const { find, model, tools } = agent();
  const bench = new Bench({ tools, model });
  const { id } = await bench.start(planOf([react]));
  expect(await bench.resume(id, { verify: false })).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
  expect(textsOf(find)).toEqual([]);
});

test.each<[string, object, NonNullable<Surroundings['policy']>]>([
  ['the step allows it', { sends: 'allow' }, {}],
  ['the tool was approved', {}, { find: 'allow' }],
])('when %s then nobody is asked', async (_what, keys, policy) => {
  const { find, model, tools } = agent();
  const bench = new Bench({ tools, model, policy });
  expect(await bench.start(planOf([{ ...react, ...keys }]))).toMatchObject({ state: 'COMPLETE' });
  expect(textsOf(find)).toEqual(['a', 'b']);
});

test('when the only tool of a step sends then the yes to the plan covers it', async () => {
  const find = scriptedTool('find', { acts: () => 'found' });
  const model = scriptedModel([{ calls: [['find', { text: 'a' }]] }]);
  const bench = new Bench({ tools: [{ tool: { ...find.tool, sends: true } }], model });
  expect(await bench.start(planOf([{ task: 'Find', tool_id: 'find', output: '$x' }]))).toMatchObject({
    state: 'COMPLETE',
  });
});

test('when a plan inside is given what was read then its agent is asked about, and what was typed is not private', async () => {
  const sums = scriptedTool('sums', { acts: () => 1 });
  const inner = (given: string) => [
    { kind: 'tool', tool_id: 'read', args: {}, output: '$file' },
    {
      kind: 'plan',
      plan: {
        plan_context: { query: 'q', tool_ids: [] },
        plan_inputs: [{ name: '$in' }],
        steps: [{ kind: 'react', task: 'Look', inputs: [{ name: '$in' }], tools: ['sums', 'find'], output: '$x' }],
      },
      inputs: { in: given },
      output: '$y',
    },
  ];
  const start = (given: string) => {
    const read = scriptedTool('read', { acts: () => 'secret' });
    const find = scriptedTool('find', { acts: () => 'found' });
    const model = scriptedModel([
      { calls: [['find', { text: 'a' }]] },
      { calls: [['final_result', { result: 'done' }]] },
    ]);
    const isPublic = { isPublic: true };
    const tools = [read, { tool: { ...find.tool, sends: true, ...isPublic } }, { tool: { ...sums.tool, ...isPublic } }];
    const bench = new Bench({ tools, model });
    return bench.start(planOf(inner(given) as Parameters<typeof planOf>[0])).then((run) => ({ bench, run, find }));
  };
  const asked = await start('{{ $file }}');
  expect(asked.run).toMatchObject({ state: 'NEED_CLARIFICATION', outputs: { clarifications: [{ tool_id: 'find' }] } });
  // A question of a plan inside can be answered for the rest of the run, too.
  expect(await asked.bench.resume(asked.run.id, { verify: 'run' })).toMatchObject({ state: 'COMPLETE' });
  expect((await start('typed')).run.state).toBe('COMPLETE');
});
