import { describe, expect, test } from 'vitest';

import { openClarifications } from '../../src/domain/run/clarification.js';
import type { RunId } from '../../src/domain/values/ids.js';
import { cancelRun } from '../../src/executor/cancel-run.js';
import { Bench, outputsOf, planOf, valueOf } from './bench.js';
import { scriptedModel } from './scripted-model.js';
import { scriptedTool, textsOf } from './scripted-tool.js';

const double = () =>
  planOf([{ kind: 'compute', expression: '$n * 2', output: '$twice' }], {
    plan_inputs: [{ name: '$n', schema: { type: 'number' } }],
  });
const say = () => scriptedTool('say', { effect: 'once', acts: ({ text }) => `said ${String(text)}` });
const call = (text: string, output = '$said') => ({ kind: 'tool', tool_id: 'say', args: { text }, output });
const runs = (plan: unknown, inputs: object = {}, extra: object = {}) => ({
  kind: 'plan',
  plan,
  inputs,
  output: '$inner',
  ...extra,
});
const asking = {
  plan_context: { query: 'ask', tool_ids: [] },
  steps: [{ kind: 'user_input', message: 'How many?', output: '$many' }, call('many {{ $many }}')],
};

async function benchWith(
  inner: ReturnType<typeof planOf>[],
  surroundings: ConstructorParameters<typeof Bench>[0] = {},
) {
  const bench = new Bench({ policy: { say: 'allow' }, ...surroundings });
  for (const plan of inner) await bench.store.savePlan(plan);
  return bench;
}

const subRunOf = (run: { steps: { sub_run?: unknown }[] }, at = 0) => run.steps[at]?.sub_run as RunId;

describe('a plan inside a plan', () => {
  test('when it is not finished then what it has used is counted, and once only', async () => {
    const think = { kind: 'llm', task: 'think', output: '$thought' };
    const model = scriptedModel([{ text: 'one' }, { text: 'two' }, { text: 'three' }]);
    const inner = { ...asking, steps: [think, ...asking.steps, think] };
    const bench = await benchWith([], { tools: [say()], model });
    const run = await bench.start(planOf([think, runs({ ...asking, steps: [runs(inner)] })]));
    expect(run).toMatchObject({ state: 'NEED_CLARIFICATION', usage: { calls: 2 } });
    const end = await bench.resume(run.id, { many: '3' });
    expect(end).toMatchObject({ state: 'COMPLETE', usage: { calls: 3 } });
  });

  test('when it is named by its id then it is a run of its own, and its result is the output of the step', async () => {
    const plan = double();
    const bench = await benchWith([plan]);
    const run = await bench.start(
      planOf([runs(plan.id, { n: 21 }), { kind: 'compute', expression: '$inner + 1', output: '$last' }]),
    );
    expect(outputsOf(run)).toEqual({ $inner: 42, $last: 43 });
    const stored = await bench.store.readRun(subRunOf(run));
    expect(stored?.run).toMatchObject({
      plan_id: plan.id,
      state: 'COMPLETE',
      parent_run: { id: run.id, path: '0' },
      end_user_id: 'somebody',
      plan_run_inputs: { $n: { value: 21 } },
    });
  });

  test('when others are beside it then its run records only the plans that are inside it', async () => {
    const [leaf, beside] = [double(), planOf([{ kind: 'compute', expression: '1', output: '$one' }])];
    const middle = planOf([runs(leaf.id, { n: 1 })]);
    const bench = await benchWith([leaf, beside, middle]);
    const run = await bench.start(planOf([runs(middle.id), runs(beside.id)]));
    const recorded = async (id: RunId) => {
      const [created] = await bench.store.readEvents(id);
      return created?.type === 'run.created' ? Object.keys(created.plans ?? {}) : undefined;
    };
    expect(await recorded(run.id)).toEqual([middle.id, leaf.id, beside.id]);
    expect([await recorded(subRunOf(run)), await recorded(subRunOf(run, 1))]).toEqual([[leaf.id], []]);
  });

  test('when it is written out then it is kept under an id from its content, and runs once per iteration', async () => {
    const inline = { plan_context: { query: 'q', tool_ids: [] }, steps: double().steps, plan_inputs: [{ name: 'n' }] };
    const bench = await benchWith([]);
    const loop = {
      kind: 'for_each',
      over: '[1, 2, 3]',
      as: 'item',
      steps: [runs(inline, { $n: '{{ $item }}' })],
      output: '$all',
    };
    const run = await bench.start(planOf([loop]));
    expect(valueOf(run)).toEqual([2, 4, 6]);
    const ids = run.steps.flatMap((step) => step.sub_run ?? []);
    expect(new Set(ids).size).toBe(3);
    const inner = await Promise.all(ids.map(async (id) => (await bench.store.readRun(id))?.run));
    expect(new Set(inner.map((one) => one?.plan_id)).size).toBe(1);
    expect(await bench.store.readPlan(inner[0]?.plan_id ?? 'plan-')).toBeDefined();
  });

  test('when it asks then the question surfaces in the run around it, and its answer goes down', async () => {
    const tool = say();
    const bench = await benchWith([], { tools: [tool] });
    const run = await bench.start(planOf([call('before', '$before'), runs(asking)]));
    expect(run).toMatchObject({ state: 'NEED_CLARIFICATION', pause: { reason: 'clarification' } });
    expect(openClarifications(run)).toMatchObject([{ path: '1.plan.0', plan_run_id: run.id, step: 1 }]);
    expect(run.steps[1]).toMatchObject({ path: '1', status: 'waiting' });
    const end = await bench.resume(run.id, { many: 3 });
    expect(outputsOf(end)).toEqual({ $before: 'said before', $inner: 'said many 3' });
    expect(textsOf(tool)).toEqual(['before', 'many 3']);
  });

  test('when it is two plans deep then questions and results come through both', async () => {
    const tool = say();
    const middle = { plan_context: { query: 'middle', tool_ids: [] }, steps: [{ ...runs(asking), inputs: {} }] };
    const bench = await benchWith([], { tools: [tool] });
    const run = await bench.start(planOf([runs(middle)]));
    expect(openClarifications(run)).toMatchObject([{ path: '0.plan.0.plan.0' }]);
    expect(valueOf(await bench.resume(run.id, { many: 5 }))).toBe('said many 5');
  });

  test('when somebody is there then they are asked at once', async () => {
    const bench = await benchWith([], {
      tools: [say()],
      handler: { ask: async (all) => all.map(({ id }) => ({ id, response: 9, channel: 'prompt' })) },
    });
    expect(valueOf(await bench.start(planOf([runs(asking as never)])))).toBe('said many 9');
  });

  test('when it fails then the step fails with what it said, and trying again does not repeat what is done', async () => {
    const tool = scriptedTool('say', {
      effect: 'once',
      acts: [
        () => 'said a',
        () => ({ kind: 'failure', message: 'no', retryable: true, notDone: true }),
        () => 'said b',
      ],
    });
    const inner = { plan_context: { query: 'q', tool_ids: [] }, steps: [call('a', '$a'), call('b', '$b')] };
    const bench = await benchWith([], { tools: [tool] });
    const run = await bench.start(planOf([runs(inner)]));
    expect(run).toMatchObject({ state: 'FAILED', error: { step: '0', code: 'tool-failed' } });
    expect(run.error?.message).toMatch(/^plan-\S+ failed at its step 2: say: no$/);
    const end = await bench.resume(run.id);
    expect(valueOf(end)).toBe('said b');
    expect(textsOf(tool)).toEqual(['a', 'b', 'b']);
  });

  test('when a person says no inside then the whole run is over for good', async () => {
    const inner = {
      plan_context: { query: 'q', tool_ids: [] },
      steps: [{ kind: 'user_verify', message: 'Really?', output: '$yes' }],
    };
    const bench = await benchWith([]);
    const { id } = await bench.start(planOf([runs(inner)]));
    expect(await bench.resume(id, { verify: false })).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
  });

  test('when its inputs do not fit then the step fails before anything is begun', async () => {
    const plan = double();
    const bench = await benchWith([plan]);
    const run = await bench.start(planOf([runs(plan.id, { n: 'many' })]));
    expect(run).toMatchObject({ state: 'FAILED', error: { code: 'invalid-input', step: '0' } });
    expect(await bench.store.readRun(subRunOf(run))).toBeUndefined();
  });

  test('when the run inside is resumed or answered by itself then it is refused, naming the run around it', async () => {
    const bench = await benchWith([], { tools: [say()] });
    const run = await bench.start(planOf([runs(asking)]));
    await expect(bench.resume(subRunOf(run), { many: 1 })).rejects.toMatchObject({
      code: 'usage',
      fix: `portia resume ${run.id}`,
    });
  });

  test('when another process owns the run inside then resuming is refused, unless it is taken over', async () => {
    const bench = await benchWith([], { tools: [say()] });
    const run = await bench.start(planOf([runs(asking)]));
    await bench.store.openRun(subRunOf(run));
    await expect(bench.resume(run.id, { many: 1 })).rejects.toMatchObject({ code: 'run-locked' });
    expect(valueOf(await bench.resume(run.id, {}, { takeOver: true }))).toBe('said many 1');
  });

  test('when the plan inside was changed since then the run does not continue', async () => {
    const plan = planOf([{ kind: 'user_input', message: 'How many?', output: '$many' }]);
    const bench = await benchWith([plan]);
    const { id } = await bench.start(planOf([runs(plan.id)]));
    await bench.store.removePlan(plan.id);
    await expect(bench.resume(id, { many: 1 })).rejects.toMatchObject({ code: 'plan-missing' });
    await bench.store.savePlan({ ...planOf([{ kind: 'compute', expression: '1', output: '$x' }]), id: plan.id });
    await expect(bench.resume(id, { many: 1 })).rejects.toMatchObject({ code: 'stale' });
  });

  test('when plans run each other in a circle then nothing is begun', async () => {
    const first = planOf([]);
    const second = planOf([runs(first.id)]);
    const bench = await benchWith([second]);
    await expect(bench.start({ ...first, steps: planOf([runs(second.id)]).steps })).rejects.toMatchObject({
      code: 'invalid-plan',
    });
  });

  test('when the run around them is cancelled then the runs inside are cancelled too, however deep, and nothing else', async () => {
    const tool = say();
    const middle = { plan_context: { query: 'middle', tool_ids: [] }, steps: [{ ...runs(asking), inputs: {} }] };
    const done = double();
    const bench = await benchWith([done], { tools: [tool] });
    const run = await bench.start(planOf([runs(done.id, { n: 1 }, { output: '$first' }), runs(middle)]));
    await cancelRun(bench.store, run.id, { reason: 'cancelled by a person' });
    const stored = async (id: RunId) => (await bench.store.readRun(id))?.run;
    expect(await stored(subRunOf(run, 0))).toMatchObject({ state: 'COMPLETE' });
    const inner = await stored(subRunOf(run, 1));
    const innermost = await stored(subRunOf(inner ?? run));
    for (const ended of [inner, innermost]) {
      expect(ended).toMatchObject({ state: 'FAILED', pause: null, error: { code: 'declined' } });
      expect(ended?.error?.message).toBe(`cancelled by a person, with ${run.id}`);
    }
    expect(tool.calls).toEqual([]);
  });

  test('when a run inside cannot be cancelled then the run around it waits as before, and can be cancelled later', async () => {
    const bench = await benchWith([], { tools: [say()] });
    const run = await bench.start(planOf([runs(asking)]));
    const busy = await bench.store.openRun(subRunOf(run));
    await expect(cancelRun(bench.store, run.id, { reason: 'enough' })).rejects.toMatchObject({ code: 'run-locked' });
    await busy.close();
    expect((await bench.store.readRun(run.id))?.run.state).toBe('NEED_CLARIFICATION');
    expect(await cancelRun(bench.store, run.id, { reason: 'enough' })).toMatchObject({ state: 'FAILED' });
  });
});
