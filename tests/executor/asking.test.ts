import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { answerRun } from '../../src/executor/answer-run.js';
import type { ClarificationHandler } from '../../src/clarifications/clarification-handler.js';
import { openClarifications, type Clarification } from '../../src/domain/run/clarification.js';
import type { Person } from '../../src/domain/run/person.js';
import type { Run } from '../../src/domain/run/run.js';
import type { Json } from '../../src/domain/values/json.js';
import { Bench, planOf, valueOf } from './bench.js';
import { scriptedTool } from './scripted-tool.js';

const user = (name: string): Person => ({ user: name, host: 'laptop' });
const ann = user('ann');
const ben = user('ben');
const dan = user('dan');

const verify = (approvers: Json) => ({ kind: 'user_verify', message: 'Pay 900?', approvers });
const paid = { kind: 'compute', expression: "'paid'", output: '$end' };
const TWO = { any_of: ['ann', 'ben', 'cleo'], required: 2 };

const payTool = () =>
  scriptedTool('pay', { effect: 'once', args: z.object({ amount: z.number() }), acts: () => ({ output: 'paid' }) });

/** Answers the one open question, as another process would. */
async function answer(bench: Bench, { id }: Run, response: Json, by: Person | undefined): Promise<Run> {
  const answers = async (run: Run) =>
    openClarifications(run).map((question) => ({ id: question.id, response, channel: 'flag' as const }));
  return answerRun(bench.store, id, { answers, redact: (value) => value, by });
}

describe('when several people must agree', () => {
  test('then the run waits for all of them, and records who, how and when', async () => {
    const bench = new Bench({ by: dan });
    const run = await bench.start(planOf([verify(TWO), paid]));
    expect(run).toMatchObject({ state: 'NEED_CLARIFICATION', started_by: dan });
    const first = await answer(bench, run, true, ann);
    expect(first.state).toBe('NEED_CLARIFICATION');
    expect((await bench.resume(run.id)).state).toBe('NEED_CLARIFICATION');
    const second = await answer(bench, run, true, ben);
    expect(second).toMatchObject({
      state: 'READY_TO_RESUME',
      outputs: { clarifications: [{ approvals: [{ by: ann, channel: 'flag' }], answered_by: ben, response: true }] },
    });
    expect(valueOf(await bench.resume(run.id))).toBe('paid');
  });

  test('then one no is a no', async () => {
    const bench = new Bench();
    const run = await bench.start(planOf([verify(TWO), paid]));
    await answer(bench, run, true, ann);
    await answer(bench, run, false, ben);
    expect(await bench.resume(run.id)).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
  });

  test.each([
    ['the same person', ann, 'ben or cleo'],
    ['somebody else', dan, 'ben or cleo'],
    ['nobody in particular', undefined, 'ben or cleo'],
  ])('then a second yes of %s is refused, with who may', async (_, by, others) => {
    const bench = new Bench();
    const run = await bench.start(planOf([verify(TWO), paid]));
    await answer(bench, run, true, ann);
    await expect(answer(bench, run, true, by)).rejects.toMatchObject({
      code: 'wrong-person',
      details: { runId: run.id, fix: expect.arrayContaining([expect.stringContaining(others)]) },
    });
    expect((await bench.store.requireRun(run.id)).run.state).toBe('NEED_CLARIFICATION');
  });

  test('then whoever started the run is not one of them, also in a plan inside', async () => {
    const approvers = { any_of: ['ann', 'ben'], not: 'starter' };
    const inner = {
      kind: 'plan',
      plan: { plan_context: { query: 'q' }, steps: [verify(approvers), paid] },
      inputs: {},
      output: '$end',
    };
    for (const steps of [[verify(approvers), paid], [inner]]) {
      const bench = new Bench({ by: ann });
      const run = await bench.start(planOf(steps));
      await expect(answer(bench, run, true, ann)).rejects.toMatchObject({ code: 'wrong-person' });
      await answer(bench, run, true, ben);
      expect(valueOf(await bench.resume(run.id))).toBe('paid');
    }
  });

  test('then several must agree in a plan inside, too', async () => {
    const bench = new Bench();
    const plan = { plan_context: { query: 'q' }, steps: [verify(TWO), paid] };
    const run = await bench.start(planOf([{ kind: 'plan', plan, inputs: {}, output: '$end' }]));
    await answer(bench, run, true, ann);
    expect((await bench.resume(run.id)).state).toBe('NEED_CLARIFICATION');
    await answer(bench, run, true, ben);
    expect(valueOf(await bench.resume(run.id))).toBe('paid');
  });

  test('when it is not recorded who started the run then it cannot be asked', async () => {
    const run = await new Bench().start(planOf([verify({ not: 'starter' }), paid]));
    expect(run).toMatchObject({ state: 'FAILED', error: { code: 'step-failed' } });
  });
});

describe('when people must agree to a call', () => {
  const step = { kind: 'tool', tool_id: 'pay', args: { amount: 900 }, output: '$end', approvers: TWO };

  test('then nothing that was approved beforehand stands for them', async () => {
    const pay = payTool();
    const bench = new Bench({ tools: [pay], policy: { pay: 'allow' } });
    const run = await bench.start(planOf([step]));
    expect(run.state).toBe('NEED_CLARIFICATION');
    expect((await bench.resume(run.id)).state).toBe('NEED_CLARIFICATION');
    await answer(bench, run, true, ann);
    await answer(bench, run, true, ben);
    expect((await bench.resume(run.id)).state).toBe('COMPLETE');
    expect(pay.calls).toHaveLength(1);
  });

  test('then all are asked anew about what one of them changed', async () => {
    const pay = payTool();
    const bench = new Bench({ tools: [pay] });
    const run = await bench.start(planOf([step]));
    await answer(bench, run, true, ben);
    await answer(bench, run, { yes: { amount: 5 } }, ann);
    const asked = await bench.resume(run.id);
    expect(openClarifications(asked)).toMatchObject([{ args: { amount: 5 }, approvers: TWO }]);
    expect(openClarifications(asked)[0]?.approvals).toBeUndefined();
    await answer(bench, run, true, ann);
    await answer(bench, run, true, ben);
    expect((await bench.resume(run.id)).state).toBe('COMPLETE');
    expect(pay.calls).toMatchObject([{ args: { amount: 5 } }]);
  });
});

describe('when a question is for named people', () => {
  const ask = { kind: 'user_input', message: 'How much?', output: '$n', assignees: ["{{ 'a' & 'nn' }}"] };

  test('then nobody else is asked at a terminal', async () => {
    const asked: Clarification[] = [];
    const handler: ClarificationHandler = {
      async ask(questions) {
        asked.push(...questions);
        return questions.map(({ id }) => ({ id, response: '7', channel: 'prompt' as const }));
      },
    };
    const bench = new Bench();
    const run = await bench.start(planOf([ask]));
    expect((await bench.resume(run.id, {}, { handler, by: dan })).state).toBe('NEED_CLARIFICATION');
    expect(asked).toEqual([]);
    expect(valueOf(await bench.resume(run.id, {}, { handler, by: ann }))).toBe('7');
  });

  test('then an answer of somebody else is refused before the run is touched', async () => {
    const bench = new Bench();
    const run = await bench.start(planOf([ask]));
    const { last_seq: before } = run.metadata;
    await expect(bench.resume(run.id, { n: '7' }, { by: dan })).rejects.toMatchObject({ code: 'wrong-person' });
    expect((await bench.store.requireRun(run.id)).run.metadata.last_seq).toBe(before);
  });

  test.each(['done', 'skipped'] as const)('then nobody says that the step is %s', async (how) => {
    const bench = new Bench();
    const run = await bench.start(planOf([ask]));
    const settlements = [{ selector: 'n', how, ...(how === 'done' && { value: '7' }), channel: 'flag' as const }];
    await expect(bench.resume(run.id, {}, { settlements, by: ann })).rejects.toMatchObject({ code: 'usage' });
  });

  test('then no hook answers for them', async () => {
    const bench = new Bench({ hooks: { onQuestion: () => ({ answer: '7' }) } });
    expect((await bench.start(planOf([ask]))).state).toBe('NEED_CLARIFICATION');
  });
});
