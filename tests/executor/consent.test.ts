import { expect, test } from 'vitest';

import type { RunEvent } from '../../src/domain/run/events.js';
import { Bench, planOf, valueOf } from './bench.js';
import { editedStore } from './edited-run.js';
import { scriptedModel } from './scripted-model.js';
import { scriptedTool, textsOf, type ToolScript } from './scripted-tool.js';

const ok = () => 'ok';
const oneStep = planOf([{ kind: 'tool', tool_id: 'act', args: { text: 'x' }, output: '$y' }]);

type Policy = 'allow' | 'ask' | 'deny' | undefined;
const touchesOwn: ToolScript['inspect'] = async () => ({ consent: 'allow', facts: {} });
const touchesOther: ToolScript['inspect'] = async () => ({ consent: 'ask', facts: { was: 1 }, note: 'It is there.' });

test.each<[string, Omit<ToolScript, 'acts'>, Policy, string]>([
  ['read', { effect: 'read' }, undefined, 'COMPLETE'],
  ['read that the user wants to see', { effect: 'read' }, 'ask', 'NEED_CLARIFICATION'],
  ['denied read', { effect: 'read' }, 'deny', 'FAILED'],
  ['idempotent', { effect: 'idempotent' }, undefined, 'NEED_CLARIFICATION'],
  ['approved idempotent', { effect: 'idempotent' }, 'allow', 'COMPLETE'],
  ['built-in idempotent without a look', { effect: 'idempotent', builtin: true }, undefined, 'NEED_CLARIFICATION'],
  [
    'built-in idempotent on its own',
    { effect: 'idempotent', builtin: true, inspect: touchesOwn },
    undefined,
    'COMPLETE',
  ],
  [
    'built-in idempotent on other',
    { effect: 'idempotent', builtin: true, inspect: touchesOther },
    undefined,
    'NEED_CLARIFICATION',
  ],
  [
    'idempotent that says it is harmless',
    { effect: 'idempotent', inspect: touchesOwn },
    undefined,
    'NEED_CLARIFICATION',
  ],
  ['once', { effect: 'once' }, undefined, 'NEED_CLARIFICATION'],
  [
    'once that says it is harmless',
    { effect: 'once', builtin: true, inspect: touchesOwn },
    undefined,
    'NEED_CLARIFICATION',
  ],
  ['approved once', { effect: 'once' }, 'allow', 'COMPLETE'],
  ['denied once', { effect: 'once' }, 'deny', 'FAILED'],
])('when a call is %s then the run is %#', async (_what, script, policy, state) => {
  const tool = scriptedTool('act', { ...script, acts: [ok] });
  const run = await new Bench({ tools: [tool], policy: policy === undefined ? {} : { act: policy } }).start(oneStep);
  expect(run.state).toBe(state);
  expect(tool.calls).toHaveLength(state === 'COMPLETE' ? 1 : 0);
  if (state === 'FAILED') expect(run.error?.code).toBe('declined');
});

test('when a person is asked then the question has the tool, the arguments and what would be touched', async () => {
  const tool = scriptedTool('act', { effect: 'once', inspect: touchesOther, acts: [ok] });
  const bench = new Bench({ tools: [tool] });
  const run = await bench.start(oneStep);
  expect(run.pause).toEqual({ reason: 'approval', next: `portia resume ${run.id}` });
  expect(run.outputs.clarifications).toMatchObject([
    {
      category: 'User Verification',
      user_guidance: 'May act be called with these arguments? It is there.',
      tool_id: 'act',
      args: { text: 'x' },
      facts: { was: 1 },
    },
  ]);
  expect(valueOf(await bench.resume(run.id, { verify: true }))).toBe('ok');
});

test('when a person says no then the run is over for good and nothing was called', async () => {
  const tool = scriptedTool('act', { effect: 'once', acts: [ok] });
  const bench = new Bench({ tools: [tool] });
  const run = await bench.start(oneStep);
  expect(await bench.resume(run.id, { verify: false })).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
  expect(tool.calls).toEqual([]);
});

test('when a deny comes with a yes to the question then the deny wins', async () => {
  const tool = scriptedTool('act', { effect: 'once', acts: [ok] });
  const bench = new Bench({ tools: [tool] });
  const { id } = await bench.start(oneStep);
  const run = await bench.resume(id, { verify: true }, { policy: { act: 'deny' } });
  expect(run.error?.code).toBe('declined');
  expect(tool.calls).toEqual([]);
});

test('when what was found changes while the question waits then it is asked anew', async () => {
  let digest = 'old';
  const inspect = async () => ({ consent: 'ask' as const, facts: { digest } });
  const seen: unknown[] = [];
  const act = (_args: unknown, { facts }: { facts: object }) => {
    seen.push(facts);
    return 'ok';
  };
  const tool = scriptedTool('act', { effect: 'idempotent', builtin: true, inspect, acts: [act] });
  const bench = new Bench({ tools: [tool] });
  const { id } = await bench.start(oneStep);
  digest = 'new';
  const asked = await bench.resume(id, { verify: true });
  expect(asked.state).toBe('NEED_CLARIFICATION');
  expect(asked.outputs.clarifications.map((question) => question['facts'])).toEqual([
    { digest: 'old' },
    { digest: 'new' },
  ]);
  expect(await bench.resume(id, { verify: true })).toMatchObject({ state: 'COMPLETE' });
  expect(seen).toEqual([{ digest: 'new' }]);
});

test('when a step is tried again then a yes holds for the same arguments and not for others', async () => {
  const failing = () => ({ kind: 'failure' as const, message: 'later', retryable: true });
  const tool = scriptedTool('act', { effect: 'idempotent', acts: [failing, ok, ok] });
  const model = scriptedModel([
    { calls: [['act', { text: 'a' }]] },
    {
      calls: [
        ['act', { text: 'a' }],
        ['act', { text: 'b' }],
      ],
    },
  ]);
  const bench = new Bench({ tools: [tool], model });
  const { id } = await bench.start(planOf([{ task: 'do', tool_id: 'act', output: '$y' }]));
  const second = await bench.resume(id, { verify: true });
  expect(second.outputs.clarifications.map((question) => question['args'])).toEqual([{ text: 'a' }, { text: 'a' }]);
  const third = await bench.resume(id, { verify: true });
  expect(third.outputs.clarifications.at(-1)).toMatchObject({ resolved: false, args: { text: 'b' } });
  expect(await bench.resume(id, { verify: true })).toMatchObject({ state: 'COMPLETE' });
  expect(textsOf(tool)).toEqual(['a', 'a', 'b']);
});

test('when a look before the call breaks then the step fails and can be tried again', async () => {
  let broken = true;
  const inspect = async () => {
    if (broken) throw new Error('disk unplugged');
    return { consent: 'allow' as const, facts: {} };
  };
  const tool = scriptedTool('act', { effect: 'idempotent', builtin: true, inspect, acts: [ok] });
  const bench = new Bench({ tools: [tool] });
  const run = await bench.start(oneStep);
  expect(run.error).toMatchObject({ code: 'tool-failed', message: expect.stringContaining('disk unplugged') });
  broken = false;
  expect(await bench.resume(run.id)).toMatchObject({ state: 'COMPLETE' });
});

const twoCalls = planOf([
  { kind: 'tool', tool_id: 'act', args: { text: 'a' }, output: '$a' },
  { kind: 'tool', tool_id: 'act', args: { text: 'b' }, output: '$b' },
]);

test('when a yes holds for the rest of the run then later calls of the tool are not asked about, also in another process', async () => {
  const tool = scriptedTool('act', { effect: 'once', acts: ok });
  const other = scriptedTool('other', { effect: 'once', acts: ok });
  const bench = new Bench({ tools: [tool, other] });
  const plan = planOf([
    ...twoCalls.steps,
    { kind: 'tool', tool_id: 'other', args: {}, output: '$c' },
    { kind: 'tool', tool_id: 'act', args: { text: 'c' }, output: '$d' },
  ] as Parameters<typeof planOf>[0]);
  const { id } = await bench.start(plan);
  const second = await bench.resume(id, { verify: 'run' });
  // The yes was for this tool only.
  expect(second).toMatchObject({ state: 'NEED_CLARIFICATION' });
  expect(second.outputs.clarifications).toMatchObject([{ response: 'run' }, { tool_id: 'other', resolved: false }]);
  expect(textsOf(tool)).toEqual(['a', 'b']);
  expect(await bench.resume(id, { verify: true })).toMatchObject({ state: 'COMPLETE' });
  expect(textsOf(tool)).toEqual(['a', 'b', 'c']);
  const another = await bench.start(twoCalls);
  expect(another.state).toBe('NEED_CLARIFICATION');
});

test('when a deny comes after a yes for the rest of the run then the deny wins', async () => {
  const tool = scriptedTool('act', { effect: 'once', acts: ok });
  const bench = new Bench({ tools: [tool] });
  const { id } = await bench.start(
    planOf([...twoCalls.steps.slice(0, 1), { kind: 'user_verify', message: 'On?' }, ...twoCalls.steps.slice(1)]),
  );
  const waiting = await bench.resume(id, { verify: 'run' });
  expect(waiting.state).toBe('NEED_CLARIFICATION');
  const run = await bench.resume(id, { verify: true }, { policy: { act: 'deny' } });
  expect(run.error?.code).toBe('declined');
  expect(textsOf(tool)).toEqual(['a']);
});

test.each<[string, Policy, boolean]>([
  ['nothing was approved', undefined, false],
  ['the tool was approved beforehand', 'allow', false],
  ['a yes holds for the rest of the run', undefined, true],
])('when a call must be asked about and %s then it is asked about', async (_what, policy, forRun) => {
  const inspect: ToolScript['inspect'] = async ({ text }) => ({ consent: 'ask', facts: {}, mustAsk: text === 'b' });
  const tool = scriptedTool('act', { effect: 'idempotent', builtin: true, inspect, acts: ok });
  const bench = new Bench({ tools: [tool], policy: policy === undefined ? {} : { act: policy } });
  const { id } = await bench.start(twoCalls);
  if (policy === undefined) await bench.resume(id, { verify: forRun ? 'run' : true });
  expect(textsOf(tool)).toEqual(['a']);
  const run = await bench.resume(id, { verify: true });
  expect(run.state).toBe('COMPLETE');
  expect(run.outputs.clarifications.at(-1)).toMatchObject({ args: { text: 'b' }, response: true });
});

test('when a call that must be asked about waits and its tool is approved then resuming still asks', async () => {
  const inspect: ToolScript['inspect'] = async () => ({ consent: 'ask', facts: {}, mustAsk: true });
  const tool = scriptedTool('act', { effect: 'idempotent', builtin: true, inspect, acts: ok });
  const bench = new Bench({ tools: [tool] });
  const { id, outputs } = await bench.start(oneStep);
  expect(outputs.clarifications).toMatchObject([{ only_this: true }]);
  expect(await bench.resume(id, {}, { policy: { act: 'allow' } })).toMatchObject({ state: 'NEED_CLARIFICATION' });
  expect(tool.calls).toEqual([]);
  expect(await bench.resume(id, { verify: true }, { policy: { act: 'allow' } })).toMatchObject({ state: 'COMPLETE' });
});

test('when somebody takes out of the record that a call must be asked about then its answer does not count', async () => {
  const inspect: ToolScript['inspect'] = async () => ({ consent: 'ask', facts: {}, mustAsk: true });
  const tool = scriptedTool('act', { effect: 'idempotent', builtin: true, inspect, acts: ok });
  const bench = new Bench({ tools: [tool] });
  const run = await bench.start(oneStep);
  const edit = (event: RunEvent) => {
    if (event.type === 'clarification.raised') delete event.clarification['only_this'];
  };
  const store = await editedStore(bench.store, { run, plan: oneStep, edit });
  const edited = new Bench({ tools: [tool], store });
  expect(await edited.resume(run.id, {}, { policy: { act: 'allow' } })).toMatchObject({ state: 'NEED_CLARIFICATION' });
  expect(tool.calls).toEqual([]);
});

test('when a step takes the name of a file from its model then the tool learns whether the step gives it', async () => {
  const seen: (boolean | undefined)[] = [];
  const inspect: ToolScript['inspect'] = async (_args, { isNamed }) => {
    for (const file of ['task.txt', 'reports/may.md', 'other.txt']) seen.push(await isNamed?.(file));
    return { consent: 'allow', facts: {} };
  };
  const tool = scriptedTool('act', { effect: 'idempotent', builtin: true, inspect, acts: ok });
  const model = scriptedModel([{ calls: [['act', { text: 'x' }]] }]);
  const bench = new Bench({ tools: [tool], model });
  await bench.start(planOf([{ task: 'Write task.txt.', tool_id: 'act', writes: ['reports/*.md'], output: '$y' }]));
  await bench.start(oneStep);
  expect(seen).toEqual([true, true, false, undefined, undefined, undefined]);
});
