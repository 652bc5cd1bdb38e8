import { expect, test } from 'vitest';

import type { PortiaError } from '../../src/index.js';
import { errorOf } from '../storage/examples.js';
import { askingTool, call, compute, planOf, portiaIn } from './library-doubles.js';

const asking = planOf([
  { kind: 'user_input', message: 'How many?', schema: { type: 'integer' }, output: '$pieces' },
  { kind: 'user_input', message: 'Of what?', output: '$item' },
  compute("$string($pieces) & ' × ' & $item", '$order'),
]);

test('when runs wait then their questions are listed, and answers by name are recorded, all or none', async () => {
  const { portia } = portiaIn({ store: 'memory:' });
  const waiting = await portia.runPlan(asking);
  expect(await portia.listQuestions()).toMatchObject([
    {
      runId: waiting.id,
      planId: waiting.plan_id,
      request: 'q',
      question: { user_guidance: 'How many?' },
      isDriven: false,
    },
  ]);
  const refused = await errorOf(async () => portia.answer(waiting, { peces: 3 }));
  expect(refused).toMatchObject({ code: 'answer-refused', details: { why: 'Open questions: pieces.' } });
  expect((await errorOf(async () => portia.answer(waiting, { pieces: 'many' }))).code).toBe('answer-refused');
  await portia.answer(waiting.id, { $pieces: 3 });
  const next = await portia.resume(waiting);
  await portia.answer(next, { item: 'tea' });
  const run = await portia.resume(next);
  expect(run.outputs.final_output?.value).toBe('3 × tea');
  expect(await portia.listQuestions()).toEqual([]);
  const late = await errorOf(async () => portia.answer(run, { item: 'salt' }));
  expect(late.details.why).toBe('No question is open.');
});

test('when two open questions have one name then an answer by it is refused, with names that mean one', async () => {
  const { portia } = portiaIn({ store: 'memory:', tools: [askingTool()] });
  const each = { kind: 'for_each', over: '[1, 2]', as: 'n', max_parallel: 2, steps: [call('colour_tool', {})] };
  const waiting = await portia.runPlan(planOf([each]));
  const open = (await portia.listQuestions()).map(({ question }) => question);
  expect(open).toHaveLength(2);
  const error = await errorOf(async () => portia.answer(waiting, { colour: 'red' }));
  expect(error).toMatchObject({ code: 'ambiguous', message: expect.stringContaining('2 open questions') });
  const answered = await portia.answer(waiting, Object.fromEntries(open.map(({ id }) => [id, 'red'])));
  expect(answered.state).toBe('READY_TO_RESUME');
});

test('when plans or runs are compared then what differs is given, and a plan and a run are refused', async () => {
  const { portia } = portiaIn({ store: 'memory:' });
  const [one, two] = [planOf([compute('1', '$x')]), planOf([compute('2', '$x')])];
  expect(await portia.diff(one, one)).toEqual([]);
  expect(await portia.diff(one, two)).toMatchObject([{ change: 'changed', part: 'step', path: '0' }]);
  const [first, second] = [await portia.runPlan(one), await portia.runPlan(two)];
  expect(await portia.diff(first.id, second)).toContainEqual(
    expect.objectContaining({ part: 'final_output', keys: [{ pointer: '/value', old: 1, new: 2 }] }),
  );
  expect(await portia.diff(first.plan_id, second.plan_id)).toHaveLength(1);
  expect((await errorOf(async () => portia.diff(one, second as never))).code).toBe('usage');
});

test('when a report is wanted then it is the page of the command line, of what is given or stored', async () => {
  const { portia } = portiaIn({ store: 'memory:' });
  const plan = planOf([compute('1', '$x')], { plan_context: { query: 'One & two', tool_ids: [] } });
  const run = await portia.runPlan(plan);
  const other = await portia.runPlan(plan);
  const pages = [portia.report(run), portia.report(run.id), portia.report(plan), portia.report(run, other)];
  for (const page of await Promise.all(pages)) expect(page).toMatch(/^<!doctype html>[^]*One &amp; two[^]*<\/html>\n$/);
  const missing: PortiaError = await errorOf(async () => portia.report('prun-019a0000-0000-7000-8000-0000000000ff'));
  expect(missing.code).toBe('not-found');
  expect((await errorOf(async () => portia.report(run, plan))).code).toBe('usage');
});

test('when a plan is kept then it can be read by its id', async () => {
  const { portia } = portiaIn({ store: 'memory:' });
  const { plan_id: id } = await portia.runPlan(planOf([compute('1', '$x')]));
  expect(await portia.readPlan(id)).toMatchObject({ id, steps: [{ expression: '1' }] });
  const gone = await errorOf(async () => portia.readPlan('plan-019a0000-0000-7000-8000-0000000000ff'));
  expect(gone.code).toBe('not-found');
});
