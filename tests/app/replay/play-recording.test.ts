import { expect, test } from 'vitest';

import type { Plan } from '../../../src/domain/plan/plan.js';
import { Bench, planOf, type Surroundings } from '../../executor/bench.js';
import { scriptedModel, type Reply } from '../../executor/scripted-model.js';
import { scriptedTool } from '../../executor/scripted-tool.js';
import { played, recordingOf } from './played-runs.js';

const call = (tool_id: string, args: object, output = `$${tool_id}`) => ({ kind: 'tool', tool_id, args, output });
const say = (task: string, output: string, more = {}) => ({ kind: 'llm', task, inputs: [], output, ...more });

/** A bench whose model and tools answer once: nothing is left for a second time. */
function benchOf(replies: Reply[], more: Surroundings = {}): Bench {
  const load = scriptedTool('load', { acts: [() => [3, 5]] });
  const send = scriptedTool('send', { effect: 'once', acts: [() => 'sent'] });
  return new Bench({ tools: [load, send], model: scriptedModel(replies), policy: { send: 'allow' }, ...more });
}

test('when a run has every kind of call then it is played without one, and comes out the same', async () => {
  const bench = benchOf([{ text: 'eight' }, { json: { outcome: 'continue', reason: 'so' } }]);
  const run = await bench.start(
    planOf([
      call('load', {}, '$amounts'),
      { kind: 'compute', expression: '$sum($amounts)', output: '$total' },
      say('Say it in words.', '$words', { inputs: [{ name: '$total' }] }),
      { ...call('send', { text: '{{ $words }}' }, '$sent'), condition: 'if it is even' },
      { kind: 'user_input', message: 'Name?', output: '$name' },
    ]),
  );
  expect(run.state).toBe('NEED_CLARIFICATION');
  const ended = await bench.resume(run.id, { name: 'Ann' });
  expect(ended.state).toBe('COMPLETE');
  const result = await played(await recordingOf(bench, ended));
  expect(result).toMatchObject({ differences: [], calls: 4, notes: { moved: 0, wording: 0, model: 0 } });
  expect(result.run.outputs.step_outputs).toEqual(ended.outputs.step_outputs);
});

test('when a run waits for an answer then its play ends at the same question', async () => {
  const bench = benchOf([]);
  const run = await bench.start(planOf([{ kind: 'user_input', message: 'Name?', output: '$name' }]));
  const result = await played(await recordingOf(bench, run));
  expect(result.differences).toEqual([]);
  expect(result.run.state).toBe('NEED_CLARIFICATION');
});

test('when a step was tried again and a run continued after a failure then the play does the same', async () => {
  const busy = () => ({ kind: 'failure' as const, message: 'busy', retryable: true, notDone: true });
  const load = scriptedTool('load', { acts: [busy, busy, busy, () => 7] });
  const bench = new Bench({ tools: [load] });
  const run = await bench.start(planOf([{ ...call('load', {}), retries: 1 }]));
  expect(run.state).toBe('FAILED');
  const ended = await bench.resume(run.id);
  expect(ended.state).toBe('COMPLETE');
  const result = await played(await recordingOf(bench, ended));
  expect(result.differences).toEqual([]);
  expect(result.run.state).toBe('COMPLETE');
});

test('when a plan inside was run then its calls are given at their places in it', async () => {
  const inner = planOf([call('load', {}, '$amounts'), say('Say it.', '$words', { inputs: [{ name: '$amounts' }] })]);
  const bench = benchOf([{ text: 'three and five' }]);
  await bench.store.savePlan(inner);
  const run = await bench.start(planOf([{ kind: 'plan', plan: inner.id, output: '$words' }]));
  const recording = await recordingOf(bench, run);
  expect(recording.calls.map(({ at }) => at)).toEqual(['0.plan.0/1/1', '0.plan.1/1/1']);
  expect((await played(recording)).differences).toEqual([]);
});

test('when a run was stopped in the middle then its play ends there, and nothing differs', async () => {
  const bench = benchOf([], { limits: { steps: 1 } });
  const run = await bench.start(planOf([call('load', {}), call('send', { text: 'x' })]));
  expect(run.pause?.reason).toBe('budget');
  expect((await played(await recordingOf(bench, run))).differences).toEqual([]);
});

const PLAN = [call('load', {}, '$amounts'), say('Say it in words.', '$words', { inputs: [{ name: '$amounts' }] })];

async function withOther(steps: object[]) {
  const bench = benchOf([{ text: 'eight' }]);
  const run = await bench.start(planOf(PLAN));
  const other: Plan = planOf(steps);
  return played(await recordingOf(bench, run, other));
}

test.each([
  [
    'another task',
    [PLAN[0], say('Say it in numbers.', '$words', { inputs: [{ name: '$amounts' }] })],
    [{ kind: 'call changed', now: { at: '1/1/1' }, parts: ['task'] }],
  ],
  [
    'another argument',
    [call('load', { text: 'all' }, '$amounts'), PLAN[1]],
    [{ kind: 'call changed', now: { at: '0/1/1' }, parts: ['text'] }],
  ],
  [
    'a call that is not recorded',
    [...PLAN, call('send', { text: 'x' })],
    [{ kind: 'call new', now: { at: '2/1/1', name: 'send' } }],
  ],
  [
    'a call twice',
    [...PLAN, call('load', {}, '$again')],
    [{ kind: 'call new', now: { at: '2/1/1' }, used: { at: '0/1/1' } }],
  ],
  [
    'one step less',
    [PLAN[0]],
    [
      { kind: 'step changed', path: '1', now: undefined },
      { kind: 'call gone', before: { at: '1/1/1' } },
      { kind: 'end changed' },
    ],
  ],
  [
    'a question more',
    [...PLAN, { kind: 'user_input', message: 'Name?', output: '$name' }],
    [{ kind: 'question new', at: '2/1/1', guidance: 'Name?' }, { kind: 'end changed' }],
  ],
  [
    'another expression',
    [{ kind: 'compute', expression: '1', output: '$one' }, ...PLAN.slice(0, 0)],
    [
      { kind: 'step changed', path: '0' },
      { kind: 'step changed', path: '1' },
      { kind: 'call gone', before: { at: '0/1/1' } },
      { kind: 'call gone', before: { at: '1/1/1' } },
      { kind: 'end changed' },
    ],
  ],
])('when a plan with %s is played then that is told, and nothing else', async (_what, steps, wanted) => {
  const { differences } = await withOther(steps as object[]);
  expect(differences).toMatchObject(wanted);
});

test('when steps change their places then their calls are found there, and that is noted', async () => {
  const result = await withOther([{ kind: 'compute', expression: '1', output: '$one' }, ...PLAN]);
  expect(result.notes).toEqual({ moved: 2, wording: 0, model: 0 });
  expect(result.differences.filter(({ kind }) => kind.startsWith('call'))).toEqual([]);
});

test('when only the model or the words of portia are others then it is the same, with a note', async () => {
  const bench = benchOf([{ text: 'eight' }]);
  const run = await bench.start(planOf(PLAN));
  const recording = await recordingOf(bench, run);
  const calls = recording.calls.map((each) => (each.kind === 'model' ? { ...each, wording: 'f'.repeat(64) } : each));
  expect(await played({ ...recording, calls })).toMatchObject({ differences: [], notes: { wording: 1, model: 0 } });
});

test('when it is to stop before a step then nothing of that step is done', async () => {
  const bench = benchOf([{ text: 'eight' }]);
  const run = await bench.start(planOf(PLAN));
  const result = await played(await recordingOf(bench, run), (path) => path === '1');
  expect(result).toMatchObject({ differences: [], stoppedAt: '1', calls: 1 });
  expect(Object.keys(result.run.outputs.step_outputs)).toEqual(['$amounts']);
});

test('when a large value is recorded then it is played whole', async () => {
  const words = Array.from({ length: 4_000 }, (_each, index) => `word${index}`).join(' ');
  const load = scriptedTool('load', { acts: [() => words] });
  const bench = new Bench({ tools: [load], largeOutputTokens: 100 });
  const run = await bench.start(
    planOf([call('load', {}), { kind: 'compute', expression: '$length($load)', output: '$size' }]),
  );
  const recording = await recordingOf(bench, run);
  const setup = { version: '1', jobs: 1, large_output_tokens: 100 };
  expect((await played({ ...recording, setup })).differences).toEqual([]);
});

test('when tools are not of portia then the run keeps what they take, and a play refuses what they would refuse', async () => {
  const load = scriptedTool('load', { acts: [() => 1] });
  const bench = new Bench({ tools: [load] });
  const run = await bench.start(planOf([call('load', { text: 'all' })]));
  const [created] = await bench.store.readEvents(run.id);
  const schema = expect.objectContaining({ type: 'object', properties: { text: { type: 'string' } } });
  expect(created).toMatchObject({
    tool_definitions: { value: [{ id: 'load', effect: 'read', source: 'module', input_schema: schema }] },
  });
  const other = planOf([call('load', { text: 'all', colour: 'red' })]);
  const { differences } = await played(await recordingOf(bench, run, other));
  expect(differences).toMatchObject([
    { kind: 'step changed', path: '0', now: { kind: 'failed', error: { code: 'invalid-input' } } },
    { kind: 'call gone' },
    { kind: 'end changed' },
  ]);
});

test('when a hook failed then the play fails with the same', async () => {
  const hooks = {
    beforeStep: () => {
      throw new Error('no key');
    },
  };
  const bench = new Bench({ hooks });
  const run = await bench.start(planOf([{ kind: 'compute', expression: '1', output: '$one' }]));
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'hook-failed' } });
  expect(bench.told).toContainEqual(expect.objectContaining({ type: 'hook.failed', hook: 'beforeStep', path: '0' }));
  expect((await played(await recordingOf(bench, run))).differences).toEqual([]);
});
