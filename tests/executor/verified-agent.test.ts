import { describe, expect, test } from 'vitest';
import * as z from 'zod';

import { PortiaError } from '../../src/domain/errors.js';
import { isUnknownOutcome, openClarifications } from '../../src/domain/run/clarification.js';
import type { Json } from '../../src/domain/values/json.js';
import type { Run } from '../../src/domain/run/run.js';
import type { ModelRequest } from '../../src/models/model.js';
import { plainMarks } from '../support/plain-marks.js';
import { Bench, planOf, valueOf, type Surroundings } from './bench.js';
import { drivePastKills } from './drive-past-kills.js';
import { essence, type Kill } from './dying-processes.js';
import { scriptedModel, USAGE, type Reply } from './scripted-model.js';
import { scriptedTool, type ToolScript } from './scripted-tool.js';

const args = z.object({
  to: z.string().describe('Who gets it.'),
  subject: z.string(),
  copies: z.number().int().default(1),
});
const mail = (script: Partial<ToolScript> = {}) =>
  scriptedTool('mail', { args, effect: 'once', acts: ({ to }) => `sent to ${String(to)}`, ...script });
const whole = { to: 'ann', subject: 'hi' };
const step = { task: 'Write hi to ann', tool_id: 'mail', output: '$sent', agent: 'verified' };

const write = (...calls: Json[]): Reply => ({ calls: calls.map((given): [string, Json] => ['mail', given]) });
const says = (madeUp: boolean) => ({ reason: madeUp ? 'Nobody says it.' : 'The task says it.', made_up: madeUp });
/** A verdict about each argument: whether it is made up. */
const trace = (verdict: Record<string, boolean>): Reply => ({
  json: Object.fromEntries(Object.entries(verdict).map(([name, madeUp]) => [name, says(madeUp)])),
});
const sound = trace({ to: false, subject: false });

interface Played {
  replies: Reply[];
  tool?: ReturnType<typeof mail>;
  steps?: object[];
  around?: Surroundings;
}

async function play({ replies, tool = mail(), steps = [step], around = {} }: Played) {
  const model = scriptedModel(replies);
  const bench = new Bench({ tools: [tool], model, policy: { mail: 'allow' }, ...around });
  return { bench, model, tool, run: await bench.start(planOf(steps)) };
}

const questionsOf = (run: Run) =>
  openClarifications(run).map((question) => [
    question.category === 'Input' ? question.argument_name : question.category,
    question.user_guidance,
  ]);
const textOf = (request: ModelRequest | undefined) =>
  plainMarks((request?.messages ?? []).map(({ text }) => text).join('\n'));

test('when every argument is traced then it is one call for the arguments, one for the trace, and the call', async () => {
  const { run, model, tool, bench } = await play({ replies: [write(whole), sound] });
  expect(valueOf(run)).toBe('sent to ann');
  expect(tool.calls.map((call) => call.args)).toEqual([{ ...whole, copies: 1 }]);
  expect(model.requests[0]?.tools?.map(({ name }) => name)).toEqual(['mail']);
  expect(model.requests[1]?.tools).toBeUndefined();
  expect(textOf(model.requests[1])).toContain('The arguments:\n<data>\nto = "ann"\nsubject = "hi"\n</data>');
  expect(textOf(model.requests[1])).toContain('Task: Write hi to ann');
  expect(run.usage.calls).toBe(2);
  const purposes = bench.told.flatMap((event) => (event.type === 'model.started' ? [event.purpose] : []));
  expect(purposes).toEqual([undefined, 'verification']);
});

test('when an argument cannot be traced then it is asked for with its schema and the reason, and nothing is done before', async () => {
  const { run, model, tool, bench } = await play({ replies: [write(whole), trace({ to: true, subject: false })] });
  expect(openClarifications(run)).toMatchObject([
    { category: 'Input', argument_name: 'to', schema: { type: 'string' } },
  ]);
  expect(questionsOf(run)).toEqual([
    ['to', 'mail needs a value for to. Who gets it. The model wrote "ann", which cannot be traced: Nobody says it.'],
  ]);
  expect(tool.calls).toEqual([]);
  expect(valueOf(await bench.resume(run.id, { to: 'bob' }))).toBe('sent to bob');
  expect(tool.calls.map((call) => call.args)).toEqual([{ to: 'bob', subject: 'hi', copies: 1 }]);
  expect(model.requests).toHaveLength(2);
});

test('when arguments are absent, wrong and made up then all are asked for at once', async () => {
  const replies = [write({ to: 'ann', copies: 'two' }), trace({ to: true, copies: false })];
  const { run, tool, bench } = await play({ replies });
  expect(questionsOf(run).sort()).toEqual([
    [
      'copies',
      expect.stringMatching(/^mail needs a value for copies\. The model wrote "two", which does not fit: .+\.$/),
    ],
    ['subject', 'mail needs a value for subject.'],
    ['to', expect.stringContaining('cannot be traced')],
  ]);
  expect(valueOf(await bench.resume(run.id, { to: 'bob', subject: 'yo', copies: 2 }))).toBe('sent to bob');
  expect(tool.calls.map((call) => call.args)).toEqual([{ to: 'bob', subject: 'yo', copies: 2 }]);
});

test('when the verdict says that everything is made up then everything is asked for', async () => {
  const replies = [write({ ...whole, copies: 3 }), trace({ to: true, subject: true, copies: true })];
  const { run } = await play({ replies });
  expect(questionsOf(run).map(([name]) => name)).toEqual(['to', 'subject', 'copies']);
});

test.each<[string, Json]>([
  ['is no JSON', 'all fine'],
  ['names an argument that does not exist', { to: says(false), subject: says(false), colour: says(false) }],
  ['says nothing of an argument', { to: says(false) }],
  ['says neither yes nor no', { to: { reason: 'perhaps', made_up: 'perhaps' }, subject: says(false) }],
])('when a verdict %s then it is asked for again, and without a better one nothing is done', async (_what, verdict) => {
  const bad: Reply = typeof verdict === 'string' ? { text: verdict } : { json: verdict };
  const mended = await play({ replies: [write(whole), bad, sound] });
  expect(valueOf(mended.run)).toBe('sent to ann');
  const { run, tool, bench } = await play({ replies: [write(whole), ...Array.from({ length: 6 }, () => bad)] });
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'model-reply-unusable' } });
  expect(tool.calls).toEqual([]);
  const model = scriptedModel([write(whole), sound]);
  expect(valueOf(await bench.resume(run.id, {}, { model }))).toBe('sent to ann');
});

describe('when the model cannot be reached', () => {
  const down: Reply = { error: new PortiaError('unavailable', 'The model is down.', { retryable: true }) };

  test.each<[string, Reply[], Reply[]]>([
    ['for the arguments', [down], [write(whole), sound]],
    ['for the trace', [write(whole), down], [sound]],
  ])('%s then the run waits, and a resume pays nothing again', async (_where, before, after) => {
    const { run, tool, bench } = await play({ replies: before });
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'unavailable' } });
    expect(tool.calls).toEqual([]);
    const model = scriptedModel(after);
    expect(valueOf(await bench.resume(run.id, {}, { model }))).toBe('sent to ann');
    expect(model.left).toEqual([]);
  });
});

test('when the budget ends before the trace then nothing is done, and a higher one continues there', async () => {
  const around = { limits: { modelCalls: 1 } };
  const { run, tool, bench } = await play({ replies: [write(whole)], around });
  expect(run).toMatchObject({ pause: { reason: 'budget' } });
  expect(tool.calls).toEqual([]);
  const model = scriptedModel([sound]);
  expect(valueOf(await bench.resume(run.id, {}, { model, limits: { modelCalls: 2 } }))).toBe('sent to ann');
});

test('when arguments are passed by name then the tool gets them whole, and they need no trace', async () => {
  const text = 'long '.repeat(20_000);
  const steps = [
    { kind: 'compute', expression: `$pad("", 100000, "long ")`, output: '$text' },
    { ...step, inputs: [{ name: '$text' }] },
  ];
  const tool = mail({ acts: ({ subject }) => String(subject).length });
  const passed = write({ to: '{{$text}}', subject: '{{ $text }}' });
  const { run, model } = await play({ replies: [passed], steps, tool });
  expect(valueOf(run)).toBe(text.length);
  expect(textOf(model.requests[0]).length).toBeLessThan(12_000);
  const some = await play({ replies: [write({ to: 'ann', subject: '{{$text}}' }), trace({ to: false })], steps, tool });
  expect(valueOf(some.run)).toBe(text.length);
});

test('when a tool takes nothing then nothing is traced', async () => {
  const tool = scriptedTool('mail', { args: z.object({}), acts: () => 'done' });
  expect(valueOf((await play({ replies: [write({})], tool })).run)).toBe('done');
});

test('when a reply has several calls then one trace is for all of them, and each is asked about by itself', async () => {
  const verdict = trace({
    'to of call 1': false,
    'subject of call 1': false,
    'to of call 2': true,
    'subject of call 2': false,
  });
  const { run, tool, bench, model } = await play({ replies: [write(whole, { ...whole, to: 'eve' }), verdict] });
  expect(questionsOf(run).map(([name]) => name)).toEqual(['to']);
  expect(valueOf(await bench.resume(run.id, { to: 'bob' }))).toEqual(['sent to ann', 'sent to bob']);
  expect(tool.calls).toHaveLength(2);
  expect(model.requests).toHaveLength(2);
});

test('when a call fails that other arguments may mend then the answers of the person stay, and the failure is a source', async () => {
  const failing = { kind: 'failure' as const, message: 'no subject hi; say hello', retryable: true, not_done: true };
  const tool = mail({ acts: [() => failing, ({ to, subject }) => `${String(subject)}, ${String(to)}`] });
  const replies = [
    write(whole),
    trace({ to: true, subject: false }),
    write({ to: 'ann', subject: 'hello' }),
    trace({ to: true, subject: false }),
  ];
  const { run, bench, model } = await play({ replies, tool });
  expect(valueOf(await bench.resume(run.id, { to: 'bob' }))).toBe('hello, bob');
  expect(textOf(model.requests[2])).toContain('no subject hi; say hello\nThe user gave: {"to":"bob"}');
  expect(textOf(model.requests[3])).toContain('A call before this one:\n<data>\nThe call failed: no subject hi');
});

test.each<[string, Reply]>([
  ['does not call the tool', { text: 'I would write to ann.' }],
  ['writes no object', write([1])],
  ['calls another function', { calls: [['rm', {}]] }],
])('when the model %s then it is told, and may write the arguments once more', async (_what, first) => {
  const { run, tool } = await play({ replies: [first, write(whole), sound] });
  expect(valueOf(run)).toBe('sent to ann');
  expect(tool.calls).toHaveLength(1);
});

describe('how an agent works', () => {
  const plain = { ...step, agent: undefined };

  test('when the settings say verified then steps that say nothing are, and those that say one-shot are not', async () => {
    const around: Surroundings = { agent: 'verified' };
    const steps = [plain, { ...step, agent: 'one-shot', output: '$again' }];
    const { run, model } = await play({ replies: [write(whole), sound, write(whole)], steps, around });
    expect(run).toMatchObject({ state: 'COMPLETE', agent: 'verified' });
    expect(model.left).toEqual([]);
  });

  test('when the settings change while a run waits then it continues as it began', async () => {
    const replies = [write(whole), trace({ to: true, subject: false })];
    const { run, bench, model } = await play({ replies, steps: [plain], around: { agent: 'verified' } });
    const done = await bench.resume(run.id, { to: 'bob' }, { agent: 'react' });
    expect(valueOf(done)).toBe('sent to bob');
    expect(model.left).toEqual([]);
  });

  test('when a plan runs inside another then its agents work as those around it', async () => {
    const plan = { plan_context: { query: 'inner', tool_ids: [] }, steps: [plain] };
    const steps = [{ kind: 'plan', plan, inputs: {}, output: '$inner' }];
    const { run } = await play({ replies: [write(whole), sound], steps, around: { agent: 'verified' } });
    expect(valueOf(run)).toBe('sent to ann');
  });

  test('when a step says react then its model calls the tool until it has an answer', async () => {
    const replies: Reply[] = [
      write(whole),
      write({ ...whole, to: 'bob' }),
      { calls: [['final_result', { result: 'both' }]] },
    ];
    const { run, tool, model } = await play({ replies, steps: [{ ...step, agent: 'react' }] });
    expect(valueOf(run)).toBe('both');
    expect(tool.calls).toHaveLength(2);
    expect(model.requests[0]?.tools?.map(({ name }) => name)).toEqual(['mail', 'ask_user', 'final_result']);
  });
});

/** A model whose reply depends on nothing but the request. */
function makeModel(onCall: () => void) {
  return {
    id: 'scripted/model',
    async complete({ tools, messages }: ModelRequest) {
      onCall();
      const given = { ...whole, copies: messages.some(({ text }) => text.includes('busy')) ? 2 : 1 };
      const toolCalls = tools === undefined ? [] : [{ id: 'call-0', name: 'mail', arguments: JSON.stringify(given) }];
      const verdict = { to: says(true), subject: says(false), copies: says(false) };
      return { text: tools === undefined ? JSON.stringify(verdict) : '', toolCalls, usage: USAGE };
    },
  };
}

async function driveToEnd(kills: Kill[]) {
  const busy = { kind: 'failure' as const, message: 'busy', retryable: true, not_done: true };
  const tool = mail({ acts: ({ to, copies }) => (copies === 1 ? busy : `sent to ${String(to)}`) });
  const sent = () => tool.calls.filter((call) => call.args['copies'] === 2);
  let modelCalls = 0;
  const model = makeModel(() => (modelCalls += 1));
  const driven = await drivePastKills(kills, {
    plan: planOf([step]),
    makeBench: (store) => new Bench({ store, tools: [tool], model, policy: { mail: 'allow' } }),
    answers: (stopped) => {
      const open = stopped === undefined ? [] : openClarifications(stopped).filter(isUnknownOutcome);
      const isDone =
        open.some((question) => question.category === 'Multiple Choice' && question.args?.['copies'] === 2) &&
        sent().length > 0;
      return {
        to: 'bob',
        result: 'sent to bob',
        ...(open.length > 0 && { outcome: isDone ? 'happened' : 'not_done' }),
      };
    },
  });
  return { ...driven, sent, modelCalls };
}

test('when the process dies before or after any event of the conversation then the end is the same', async () => {
  const undisturbed = await driveToEnd([]);
  expect(valueOf(undisturbed.run)).toBe('sent to bob');
  expect(undisturbed.modelCalls).toBe(4);
  for (let event = 2; event <= undisturbed.run.metadata.last_seq; event += 1) {
    for (const when of ['before', 'after'] as const) {
      const { run, sent, modelCalls, killed } = await driveToEnd([{ event, when }]);
      expect({ event, when, ...essence(run) }).toEqual({ event, when, ...essence(undisturbed.run) });
      expect({ event, when, sent: sent().length, killed }).toEqual({ event, when, sent: 1, killed: 1 });
      // A reply that was paid and not yet recorded is lost with its process.
      expect(modelCalls).toBeLessThanOrEqual(undisturbed.modelCalls + killed);
    }
  }
});
