import { expect, test } from 'vitest';
import * as z from 'zod';

import { openClarifications, type ClarificationRequest } from '../../src/domain/run/clarification.js';
import type { RunEvent } from '../../src/domain/run/events.js';
import type { JsonObject } from '../../src/domain/values/json.js';
import type { Plan } from '../../src/domain/plan/plan.js';
import type { Run } from '../../src/domain/run/run.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import { createNewId } from '../../src/storage/new-id.js';
import { answerRun } from '../../src/executor/answer-run.js';
import { Bench, planOf, valueOf, type Surroundings } from './bench.js';
import { editedStore } from './edited-run.js';
import { scriptedTool } from './scripted-tool.js';

const ok = () => 'ok';
const SHOWN = { text: '12 EUR' };
const payStep = { kind: 'tool', tool_id: 'pay', args: { text: '9999 EUR' }, output: '$paid' };
const payPlan = planOf([payStep]);
const payTool = () => scriptedTool('pay', { effect: 'once', acts: ok });

/** The bench of a run that was paused, changed by hand and is continued. */
async function paused(plan: Plan, surroundings: Surroundings, edit: (event: RunEvent) => void) {
  const bench = new Bench(surroundings);
  const run = await bench.start(plan);
  expect(run.state).toBe('NEED_CLARIFICATION');
  return {
    id: run.id,
    bench: new Bench({ ...surroundings, store: await editedStore(bench.store, { run, plan, edit }) }),
  };
}

const editQuestion = (changes: JsonObject) => (event: RunEvent) => {
  if (event.type === 'clarification.raised') Object.assign(event.clarification, changes);
};

const throws = () => {
  throw new Error('connection lost');
};
const asks = (question: ClarificationRequest) => () => ({
  kind: 'clarifications' as const,
  clarifications: [question],
});

test('when a tool fills in another value than was shown then the call is not made, and it is asked again', async () => {
  let price = 12;
  const args = z.object({ amount: z.preprocess((given) => given ?? price, z.number()) });
  const tool = scriptedTool('pay', { effect: 'once', args, acts: ok });
  const bench = new Bench({ tools: [tool] });
  const { id } = await bench.start(planOf([{ ...payStep, args: {} }]));
  price = 9999;
  const again = await bench.resume(id, { verify: true });
  expect(tool.calls).toEqual([]);
  const [first, second] = again.outputs.clarifications;
  expect(first).toMatchObject({ response: true, args: { amount: 12 } });
  expect(second).toMatchObject({
    resolved: false,
    args: { amount: 9999 },
    replaces: first?.id,
    user_guidance:
      'This is asked again because it changed after the answer: amount was 12 and is 9999. ' +
      'May pay be called with these arguments?',
  });
  expect(await bench.resume(id, { verify: true })).toMatchObject({ state: 'COMPLETE' });
  expect(tool.calls.map((call) => call.args)).toEqual([{ amount: 9999 }]);
});

test('when a tool fills in another value each time then it is asked again once, and done as shown', async () => {
  let time = 0;
  const args = z.object({ text: z.string(), at: z.number().default(() => (time += 1)) });
  const tool = scriptedTool('pay', { effect: 'once', args, acts: ok });
  const bench = new Bench({ tools: [tool] });
  const { id } = await bench.start(payPlan);
  const shown = openClarifications(await bench.resume(id, { verify: true }))[0]?.['args'];
  expect(await bench.resume(id, { verify: true })).toMatchObject({ state: 'COMPLETE' });
  expect(tool.calls.map((call) => call.args)).toEqual([shown]);
});

const outcome = { text: 'not_done' };
test.each<{ what: string; step: object; acts: () => unknown; edit: JsonObject; answer: JsonObject; policy?: 'allow' }>([
  { what: 'the arguments of an approval', step: payStep, acts: ok, edit: { args: SHOWN }, answer: { verify: true } },
  { what: 'the tool of an approval', step: payStep, acts: ok, edit: { tool_id: 'look' }, answer: { verify: true } },
  {
    what: 'the arguments of an unknown outcome',
    step: payStep,
    acts: throws,
    policy: 'allow',
    edit: { args: SHOWN },
    answer: { outcome: outcome.text },
  },
  {
    what: 'the message of a verification',
    step: { kind: 'user_verify', message: 'Pay {{ 9990 + 9 }} EUR?', output: '$paid' },
    acts: ok,
    edit: { user_guidance: 'Pay 12 EUR?' },
    answer: { verify: true },
  },
  {
    what: 'the options of a choice',
    step: { kind: 'user_input', message: 'Which?', options: ['a', 'b'], output: '$paid' },
    acts: ok,
    edit: { options: ['a', 'c'] },
    answer: { paid: 'a' },
  },
  {
    what: "the arguments of a tool's own verification",
    step: payStep,
    acts: asks({ category: 'User Verification', user_guidance: 'Pay this?', args: { text: '9999 EUR' } }),
    policy: 'allow',
    edit: { args: SHOWN },
    answer: { verify: true },
  },
  {
    what: 'the value of a confirmation',
    step: payStep,
    acts: asks({ category: 'Value Confirmation', user_guidance: 'Right?', argument_name: 'text' }),
    policy: 'allow',
    edit: { value: SHOWN.text },
    answer: { text: true },
  },
])('when $what were changed in the record then the answer is not used, and it is asked anew', async (given) => {
  const tool = scriptedTool('pay', { effect: 'once', acts: given.acts as typeof ok });
  const surroundings = { tools: [tool], policy: given.policy === undefined ? {} : { pay: given.policy } };
  const { id, bench } = await paused(planOf([given.step]), surroundings, editQuestion(given.edit));
  const before = tool.calls.length;
  const run = await bench.resume(id, given.answer);
  expect(run.state).toBe('NEED_CLARIFICATION');
  expect(tool.calls).toHaveLength(before);
  const [asked, ...others] = openClarifications(run);
  expect(others).toEqual([]);
  expect(asked).not.toMatchObject(given.edit);
  expect(asked?.['replaces']).toBe(run.outputs.clarifications[0]?.id);
});

test('when what was agreed to is changed in the record after the answer then it is asked anew', async () => {
  const tool = payTool();
  const bench = new Bench({ tools: [tool] });
  const { id } = await bench.start(payPlan);
  const [question] = (await bench.store.readRun(id))?.run.outputs.clarifications ?? [];
  const answers = async () => [{ id: question?.id ?? 'clar-', response: true, channel: 'api' as const }];
  const run = await answerRun(bench.store, id, { answers, redact: (response) => response });
  const edited = await editedStore(bench.store, { run, plan: payPlan, edit: editQuestion({ args: SHOWN }) });
  const again = await new Bench({ tools: [tool], store: edited }).resume(id);
  expect(openClarifications(again)).toMatchObject([{ args: payStep.args, replaces: question?.id }]);
  expect(tool.calls).toEqual([]);
  expect(await bench.resume(id)).toMatchObject({ state: 'COMPLETE' });
});

test('when the record of an earlier approval was changed then it does not hold for the next attempt', async () => {
  const failing = () => ({ kind: 'failure' as const, message: 'later', retryable: true, notDone: true });
  const tool = scriptedTool('pay', { effect: 'once', acts: [failing, ok, ok] });
  const bench = new Bench({ tools: [tool] });
  const { id } = await bench.start(payPlan);
  const run = await bench.resume(id, { verify: true });
  expect(run.state).toBe('FAILED');
  const store = await editedStore(bench.store, { run, plan: payPlan, edit: editQuestion({ args: SHOWN }) });
  expect(await new Bench({ tools: [tool], store }).resume(id)).toMatchObject({ state: 'NEED_CLARIFICATION' });
  expect(await bench.resume(id)).toMatchObject({ state: 'COMPLETE' });
});

test('when the record of a call that was begun has other arguments than were agreed to then it is asked anew', async () => {
  const tool = scriptedTool('pay', { effect: 'idempotent', acts: ok });
  const bench = new Bench({ tools: [tool] });
  const { id } = await bench.start(payPlan);
  const run = await bench.resume(id, { verify: true });
  const store = await cutAfterStart(bench, run, { text: 'everything' });
  const again = await new Bench({ tools: [tool], store }).resume(id);
  expect(openClarifications(again)).toMatchObject([{ args: { text: 'everything' } }]);
  expect(tool.calls).toHaveLength(1);
  const untouched = await cutAfterStart(bench, run, payStep.args);
  expect(valueOf(await new Bench({ tools: [tool], store: untouched }).resume(id))).toBe('ok');
});

/** The run as a process left it that died in its call. */
async function cutAfterStart(bench: Bench, run: Run, args: JsonObject) {
  let isBegun = false;
  return editedStore(bench.store, {
    run,
    plan: payPlan,
    edit(event) {
      if (isBegun) Object.assign(event, { type: 'warning', message: 'not there' });
      if (event.type !== 'tool.started') return;
      isBegun = true;
      event.args = { value: args };
    },
  });
}

test('when a question of a run inside was changed in the record then the answer does not hold inside', async () => {
  const tool = payTool();
  const inner = { steps: [payStep], plan_context: { query: 'inner', tool_ids: [] } };
  const plan = planOf([{ kind: 'plan', plan: planOf([payStep], inner), inputs: {}, output: '$all' }]);
  const bench = new Bench({ tools: [tool] });
  const run = await bench.start(plan);
  const store = bench.store;
  const log = await editedStore(store, { run, plan, edit: editQuestion({ args: SHOWN }) });
  const both = new Proxy(store, {
    get: (target, name: keyof typeof store) => {
      const own = log[name].bind(log) as (id: string, ...rest: unknown[]) => unknown;
      const others = target[name].bind(target) as typeof own;
      return (id: string, ...rest: unknown[]) => (id === run.id ? own(id, ...rest) : others(id, ...rest));
    },
  });
  const again = await new Bench({ tools: [tool], store: both }).resume(run.id, { verify: true });
  expect(openClarifications(again)).toMatchObject([{ args: payStep.args }]);
  expect(tool.calls).toEqual([]);
  expect(await new Bench({ tools: [tool], store: both }).resume(run.id, { verify: true })).toMatchObject({
    state: 'COMPLETE',
  });
  expect(tool.calls.map(({ args }) => args)).toEqual([payStep.args]);
});

const older = (event: RunEvent) => {
  if (event.type === 'clarification.resolved') delete event.asked;
  if (event.type === 'clarification.raised') delete event.clarification['tool_fingerprint'];
};

test.each([
  ['as it was asked', {}, 'COMPLETE'],
  ['about other arguments', { args: SHOWN }, 'NEED_CLARIFICATION'],
])(
  'when an answer of an older version has no digest and its question is %s then the run is %s',
  async (_what, edit, state) => {
    const tool = payTool();
    const { id, bench } = await paused(payPlan, { tools: [tool] }, (event) => {
      editQuestion(edit)(event);
      older(event);
    });
    const run = await bench.store.readRun(id);
    // Answered by the older version, too.
    const log = await bench.store.openRun(id);
    log.append({
      type: 'clarification.resolved',
      id: run?.run.outputs.clarifications[0]?.id ?? 'clar-',
      response: true,
      channel: 'flag',
    });
    await log.close();
    expect(await bench.resume(id)).toMatchObject({ state });
  },
);

test('when answers are recorded then each that agrees to something has the digest of what was asked', async () => {
  const tool = payTool();
  const steps = [{ kind: 'user_input', message: 'Name?', output: '$name' }, payStep];
  const bench = new Bench({ tools: [tool] });
  const { id } = await bench.start(planOf(steps));
  await bench.resume(id, { name: 'Ada' });
  await bench.resume(id, { verify: true });
  const digests = bench.told.flatMap((event) => (event.type === 'clarification.resolved' ? [event.asked] : []));
  expect(digests).toEqual([undefined, expect.stringMatching(/^[0-9a-f]{64}$/)]);
});

const verifyPlan = planOf([{ kind: 'user_verify', message: 'Pay 9999 EUR?' }, payStep]);

test.each([
  ['joined a verification', verifyPlan, true],
  ['joined an approval', payPlan, true],
  ['raised under the key of a verification', verifyPlan, false],
  ['raised under the key of an approval', payPlan, false],
])(
  'when a log was changed so that sign-ins %s then their answers do not count as a yes',
  async (_what, plan, joins) => {
    const tool = payTool();
    const before = new Bench({ tools: [tool] });
    const run = await before.start(plan);
    const store = createMemoryStore({ now: () => new Date() });
    await store.savePlan(plan);
    const log = await store.createRun(run.id);
    const key = run.outputs.clarifications[0]?.key ?? '';
    for (const event of await before.store.readEvents(run.id)) {
      const { v: _v, seq: _seq, ts: _ts, run_id: _run, prev: _prev, ...body } = event;
      if (body.type !== 'clarification.raised' && body.type !== 'run.paused') log.append(body);
    }
    for (const action_url of ['https://a.example', 'https://b.example']) {
      const id = createNewId()('clar');
      const own = {
        key: joins ? action_url : key,
        path: '0',
        step: 0,
        user_guidance: 'Sign in',
        source: null,
        require_confirmation: true,
      };
      const clarification = { ...own, id, plan_run_id: run.id, category: 'Action' as const, action_url };
      log.append({
        type: 'clarification.raised',
        clarification: { ...clarification, response: null, resolved: false },
      });
      log.append({ type: 'clarification.resolved', id, response: true, channel: 'api' });
      if (joins) log.append({ type: 'clarification.joined', id, key, path: '0' });
    }
    await log.close();
    const bench = new Bench({ tools: [tool], store });
    expect(openClarifications(await bench.resume(run.id))).toHaveLength(1);
    expect(await bench.resume(run.id, { verify: false })).toMatchObject({
      state: 'FAILED',
      error: { code: 'declined' },
    });
    expect(tool.calls).toEqual([]);
  },
);
