import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import {
  PortiaError,
  type Answer,
  type Clarification,
  type Json,
  type Plan,
  type RunEvent,
  type RunId,
} from '../../src/index.js';
import { portia as cli } from '../support/portia.js';
import {
  askingTool,
  call,
  compute,
  doublingTool,
  PLAN_ID,
  planOf,
  portiaIn,
  scriptedModel,
  sizeTool,
} from './library-doubles.js';

async function typesOf(events: AsyncIterable<RunEvent>): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of events) types.push(type);
  return types;
}

/** The PortiaError that it rejects with. */
async function errorOf(promise: PromiseLike<unknown>): Promise<PortiaError> {
  const error: unknown = await Promise.resolve(promise).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PortiaError);
  return error as PortiaError;
}

const UNASKED = 'clar-019a0000-0000-7000-8000-00000000000f';
type Answering = (question: Clarification) => Answer[];

const readJson = (...path: string[]): unknown => JSON.parse(readFileSync(join(...path), 'utf8'));

describe.each(['file:', 'memory:'])('with the store %s', (store) => {
  test('when a request is planned and the plan is run then the run is complete', async () => {
    const { portia } = portiaIn({ store });
    const plan = await portia.plan('add 1 + 2');
    const run = await portia.runPlan(plan);
    expect(run).toMatchObject({ state: 'COMPLETE', plan_id: plan.id, end_user_id: 'portia:default_user' });
    expect(run.outputs.final_output).toMatchObject({ value: 3 });
    expect((await portia.runPlan(plan.id)).outputs.final_output).toMatchObject({ value: 3 });
  });

  test('when a request is run at once then events tell the whole story', async () => {
    const { portia } = portiaIn({ store });
    const running = portia.run('add 1 + 2', { endUser: 'ada' });
    expect(await typesOf(running.events)).toEqual([
      'run.created',
      'run.started',
      'step.started',
      'tool.started',
      'tool.finished',
      'step.completed',
      'run.completed',
    ]);
    expect(await running).toMatchObject({ state: 'COMPLETE', end_user_id: 'ada' });
  });

  test('when a tool asks then the run pauses, is answered and continues', async () => {
    const { portia } = portiaIn({ store, tools: [askingTool()] });
    const paused = await portia.runPlan(planOf([call('colour_tool', {}), compute('$result & "!"', '$said')]));
    expect(paused).toMatchObject({ state: 'NEED_CLARIFICATION', pause: { reason: 'clarification' } });
    const inMemory = `portia.resume('${paused.id}') of the same Portia object`;
    expect(paused.pause?.next).toBe(store === 'memory:' ? inMemory : `portia resume ${paused.id}`);
    const [question] = paused.outputs.clarifications as [Clarification];
    const answered = await portia.resolveClarification(paused, question.id, 'blue');
    expect(answered.state).toBe('READY_TO_RESUME');
    const run = await portia.resume(paused.id);
    expect(run).toMatchObject({
      id: paused.id,
      state: 'COMPLETE',
      outputs: { final_output: { value: 'It is blue.!' } },
    });
    expect(run.outputs.clarifications).toMatchObject([{ resolved: true, response: 'blue', channel: 'api' }]);
    expect(await portia.resume(run)).toMatchObject({ state: 'COMPLETE' });
  });

  test('when there is somebody to ask then the run does not pause', async () => {
    const asked: string[] = [];
    const clarificationHandler = {
      ask(questions: Clarification[]) {
        asked.push(...questions.map((question) => question.user_guidance));
        return Promise.resolve(questions.map(({ id }) => ({ id, response: 'red', channel: 'api' as const })));
      },
    };
    const { portia } = portiaIn({ store, tools: [askingTool()], clarificationHandler });
    const run = await portia.runPlan(planOf([call('colour_tool', {})]));
    expect(run.outputs.final_output).toMatchObject({ value: 'It is red.' });
    expect(asked).toEqual(['Which?']);
  });

  test.each<[string, (question: Clarification) => [string, Json], RegExp]>([
    ['is not among the options', ({ id }) => [id, 'green'], /green|red/],
    [
      'is for a question that nobody asked',
      () => ['clar-019a0000-0000-7000-8000-00000000000f', 'red'],
      /not an open question/,
    ],
    ['is not JSON', ({ id }) => [id, (() => 'red') as unknown as Json], /not JSON/],
  ])('when an answer %s then it is refused and the question stays open', async (_name, answer, message) => {
    const { portia } = portiaIn({ store, tools: [askingTool()] });
    const paused = await portia.runPlan(planOf([call('colour_tool', {})]));
    const [id, response] = answer(paused.outputs.clarifications[0] as Clarification);
    const error = await errorOf(portia.resolveClarification(paused.id, id as never, response));
    expect(error).toMatchObject({ code: 'answer-refused', message: expect.stringMatching(message) as string });
    expect(await portia.resume(paused)).toMatchObject({ state: 'NEED_CLARIFICATION' });
  });

  test('when an answer does not fit the schema of its question then it is refused and the run waits', async () => {
    const { portia } = portiaIn({ store, tools: [sizeTool()] });
    const paused = await portia.runPlan(planOf([call('size_tool', {})]));
    const [question] = paused.outputs.clarifications as [Clarification];
    const error = await errorOf(portia.resolveClarification(paused, question.id, 'no'));
    expect(error).toMatchObject({
      code: 'answer-refused',
      message: expect.stringContaining('does not fit') as string,
      details: { fix: 'Allowed: a number, at least 1', runId: paused.id },
    });
    expect(await errorOf(portia.resolveClarification(paused, question.id, 0))).toMatchObject({
      code: 'answer-refused',
    });
    expect(await portia.resume(paused)).toEqual(paused);
    expect(await portia.resolveClarification(paused, question.id, 2)).toMatchObject({ state: 'READY_TO_RESUME' });
    expect(await portia.resume(paused)).toMatchObject({ outputs: { final_output: { value: 'Size 2.' } } });
  });

  test.each<[string, Answering]>([
    ['is not one of the options', ({ id }) => [{ id, response: 'zz', channel: 'api' }]],
    ['is for a question that nobody asked', () => [{ id: UNASKED, response: 'red', channel: 'api' }]],
    ['is not JSON', ({ id }) => [{ id, response: (() => 'red') as unknown as Json, channel: 'api' }]],
    [
      'is the second one for its question',
      ({ id }) => ['red', 'blue'].map((response) => ({ id, response, channel: 'api' as const })),
    ],
  ])('when what a handler answers %s then it is refused and the run waits', async (_name, answers) => {
    let isThere = true;
    const ask = async ([question]: Clarification[]) => (isThere ? answers(question as Clarification) : []);
    const { portia } = portiaIn({ store, tools: [askingTool()], clarificationHandler: { ask } });
    const error = await errorOf(portia.runPlan(planOf([call('colour_tool', {})])));
    expect(error.code).toBe('answer-refused');
    const runId = error.details.runId as RunId;
    // Asked again, it answers as before.
    expect(await errorOf(portia.resume(runId))).toMatchObject({ code: 'answer-refused' });
    isThere = false;
    expect(await portia.resume(runId)).toMatchObject({
      state: 'NEED_CLARIFICATION',
      pause: { reason: 'clarification' },
      outputs: { clarifications: [{ resolved: false, response: null }] },
    });
  });

  test('when a handler answers wrong inside a loop then the run waits there, and no step has failed', async () => {
    let colour = 'zz';
    const clarificationHandler = {
      ask: async ([question]: Clarification[]) => [
        { id: (question as Clarification).id, response: colour, channel: 'api' as const },
      ],
    };
    const { portia } = portiaIn({ store, tools: [askingTool()], clarificationHandler });
    const loop = { kind: 'for_each', over: '[1]', as: 'i', steps: [call('colour_tool', {})], output: '$all' };
    const error = await errorOf(portia.runPlan(planOf([loop])));
    expect(error).toMatchObject({ code: 'answer-refused', details: { fix: 'Allowed: one of: #1 "red", #2 "blue"' } });
    colour = 'red';
    const run = await portia.resume(error.details.runId as RunId);
    expect(run).toMatchObject({ state: 'COMPLETE', steps: [{ attempts: 1 }, { attempts: 1 }] });
  });

  test('when a question is answered twice then the second answer is refused', async () => {
    const { portia } = portiaIn({ store, tools: [askingTool()] });
    const paused = await portia.runPlan(planOf([call('colour_tool', {})]));
    const { id } = paused.outputs.clarifications[0] as Clarification;
    await portia.resolveClarification(paused, id, 'red');
    expect(await errorOf(portia.resolveClarification(paused, id, 'blue'))).toMatchObject({ code: 'answer-refused' });
    expect(await portia.resume(paused)).toMatchObject({ outputs: { final_output: { value: 'It is red.' } } });
  });

  test('when a model is given then it plans and runs, and nobody else is asked', async () => {
    const step = { task: 'Say hello', inputs: [], tool_id: null, output: '$hello', condition: null, when: null };
    const { model, requests } = scriptedModel(JSON.stringify({ steps: [step], error: null }), 'Hello!');
    const { portia } = portiaIn({ store, model });
    const run = await portia.run('greet me');
    expect(run).toMatchObject({
      state: 'COMPLETE',
      outputs: { final_output: { value: 'Hello!' } },
      usage: { calls: 1 },
    });
    expect(requests).toHaveLength(2);
  });

  test('when a tool is one of the own then its calls are checked and counted', async () => {
    const { tool, calls } = doublingTool();
    const { portia } = portiaIn({ store, tools: [tool] });
    const plan = planOf([compute('[1, 2]', '$list'), call('double_tool', { value: '{{ $sum($list) }}' })]);
    expect((await portia.runPlan(plan)).outputs.final_output).toMatchObject({ value: 6 });
    expect(calls).toEqual([3]);
  });

  test('when many runs are driven side by side then each has its own result', async () => {
    const { portia } = portiaIn({ store });
    const runs = await Promise.all(
      Array.from({ length: 10 }, (_, index) => portia.runPlan(planOf([compute(`${index} * 2`, '$x')]))),
    );
    expect(runs.map((run) => (run.outputs.final_output as { value: Json }).value)).toEqual([
      0, 2, 4, 6, 8, 10, 12, 14, 16, 18,
    ]);
  });
});

describe('plans that a program gives', () => {
  test('when the caller changes the object afterwards then what was given is what runs', async () => {
    const { portia } = portiaIn({ store: 'memory:' });
    const plan = planOf([compute('1', '$x')]);
    const running = portia.runPlan(plan);
    (plan.steps[0] as { expression: string }).expression = '2';
    expect((await running).outputs.final_output).toMatchObject({ value: 1 });
  });

  test('when a plan has no id then it gets the same one every time', async () => {
    const { portia, dir } = portiaIn();
    const [one, two] = [
      await portia.runPlan(planOf([compute('1', '$x')])),
      await portia.runPlan(planOf([compute('1', '$x')])),
    ];
    expect(one.plan_id).toBe(two.plan_id);
    expect(readdirSync(join(dir, 'plans'))).toEqual([`${one.plan_id}.json`]);
  });

  test('when its id stands for another content then it is kept under a new one', async () => {
    const { portia, dir } = portiaIn();
    const first = await portia.runPlan(planOf([compute('1', '$x')], { id: PLAN_ID }));
    const second = await portia.runPlan(planOf([compute('2', '$x')], { id: PLAN_ID }));
    expect(first.plan_id).toBe(PLAN_ID);
    expect(second.plan_id).not.toBe(PLAN_ID);
    expect(readJson(dir, 'plans', `${second.plan_id}.json`)).toMatchObject({ derived_from: PLAN_ID });
  });

  test.each<[string, unknown, string]>([
    ['is not an object', null, 'invalid-plan'],
    ['is empty', {}, 'invalid-plan'],
    ['has a step that is not one', planOf([{ kind: 'goto' }]), 'invalid-plan'],
    ['has a function in it', { ...planOf([compute('1', '$x')]), extra: () => 1 }, 'invalid-plan'],
    ['uses a tool that is not there', planOf([call('no_tool', {})]), 'invalid-plan'],
    ['uses a name that is not there', planOf([compute('$no', '$x')]), 'invalid-plan'],
    ['has no steps', planOf([]), 'invalid-plan'],
    ['is an unknown id', 'plan-019a0000-0000-7000-8000-0000000000ff', 'not-found'],
    ['is a path', '../../etc/passwd', 'not-found'],
    ['needs an input', planOf([compute('$in', '$x')], { plan_inputs: [{ name: '$in' }] }), 'missing-input'],
  ])('when a plan %s then it is refused before anything is written', async (_name, plan, code) => {
    const { portia, dir } = portiaIn();
    expect(await errorOf(portia.runPlan(plan as Plan))).toMatchObject({ code });
    expect(readdirSync(dir)).toEqual(['.home']);
  });

  test.each<[string, { [name: string]: Json }, Json]>([
    ['by their bare names', { amount: 2 }, 4],
    ['with $', { $amount: 3 }, 6],
  ])('when inputs are given %s then the run has them', async (_name, inputs, value) => {
    const { portia } = portiaIn({ store: 'memory:' });
    const plan = planOf([compute('$amount * 2', '$x')], {
      plan_inputs: [{ name: '$amount', schema: { type: 'number' } }],
    });
    const run = await portia.runPlan(plan, { inputs });
    expect(run.outputs.final_output).toMatchObject({ value });
    expect(run.plan_run_inputs).toMatchObject({ $amount: { value: Number(value) / 2 } });
  });

  test.each<[string, unknown]>([
    ['has a wrong type', 'two'],
    ['is not JSON', 2n],
    ['is not a number at all', Number.NaN],
  ])('when an input %s then it is refused', async (_name, amount) => {
    const { portia } = portiaIn({ store: 'memory:' });
    const plan = planOf([compute('$amount', '$x')], { plan_inputs: [{ name: 'amount', schema: { type: 'number' } }] });
    expect(await errorOf(portia.runPlan(plan, { inputs: { amount: amount as Json } }))).toMatchObject({
      code: 'invalid-input',
    });
  });
});

describe('what is refused', () => {
  test('when no model is there and the request is not simple then it says what to set', async () => {
    const { portia } = portiaIn();
    const error = await errorOf(portia.plan('Which stock grew faster?'));
    expect(error).toMatchObject({ code: 'no-model' });
    expect(error.fix).toContain('OPENAI_API_KEY');
  });

  test.each(['prun-019a0000-0000-7000-8000-0000000000ff', '../x', 'last'])(
    'when a run %j is resumed then there is none',
    async (id) => {
      const { portia } = portiaIn();
      expect(await errorOf(portia.resume(id as RunId))).toMatchObject({ code: 'not-found' });
    },
  );

  test('when two tools have one id then it is said at the first use, and a rejection that nobody awaits harms nobody', async () => {
    const { tool } = doublingTool();
    const { portia } = portiaIn({ tools: [tool, tool] });
    void portia.runPlan(planOf([compute('1', '$x')]));
    expect(await errorOf(portia.runPlan(planOf([compute('1', '$x')])))).toMatchObject({ code: 'invalid-settings' });
  });

  test('when a tool is denied then its step does not run', async () => {
    const { tool, calls } = doublingTool();
    const { portia } = portiaIn({ store: 'memory:', tools: [tool], deny: ['double_*'] });
    expect(await portia.runPlan(planOf([call('double_tool', { value: 1 })]))).toMatchObject({ state: 'FAILED' });
    expect(calls).toEqual([]);
  });
});

describe('storage', () => {
  test('when it is memory then no file is made, also none of the user', async () => {
    const { portia, dir } = portiaIn({ store: 'memory:' });
    await portia.run('add 1 + 2');
    expect(readdirSync(dir, { recursive: true })).toEqual(['.home']);
  });

  test('when a tool has changed since then the run resumes only where its id is accepted', async () => {
    const { portia, dir } = portiaIn({ tools: [askingTool()] });
    const paused = await portia.runPlan(planOf([call('colour_tool', {})]));
    const changed = { ...askingTool(), description: 'Asks for any colour.' };
    const { portia: later } = portiaIn({ dir, tools: [changed] });
    const [question] = paused.outputs.clarifications as [Clarification];
    await later.resolveClarification(paused, question.id, 'red');
    expect(await errorOf(later.resume(paused))).toMatchObject({ code: 'stale' });
    const run = await later.resume(paused, { acceptChanged: ['colour_tool'] });
    expect(run.outputs.final_output).toMatchObject({ value: 'It is red.' });
  });

  test('when it is disk then the command line shows and resumes the same files', async () => {
    const { portia, dir } = portiaIn();
    const run = await portia.run('add 1 + 2');
    expect(readJson(dir, 'runs', `${run.id}.json`)).toMatchObject({ id: run.id, state: 'COMPLETE' });
    expect(existsSync(join(dir, 'runs', run.id, 'events.ndjson'))).toBe(true);
    const shown = await cli(['show', run.id], { cwd: dir });
    expect(JSON.parse(shown.stdout)).toMatchObject({ id: run.id, outputs: { final_output: { value: 3 } } });
    const again = await cli(['run-plan', run.plan_id], { cwd: dir });
    expect(again).toMatchObject({ code: 0 });
    expect(await portia.resume((JSON.parse(again.stdout) as { id: RunId }).id)).toMatchObject({ state: 'COMPLETE' });
  });
});
