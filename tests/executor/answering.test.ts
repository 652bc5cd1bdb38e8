import { expect, test } from 'vitest';
import * as z from 'zod';

import type { ClarificationHandler } from '../../src/clarifications/clarification-handler.js';
import { selectorName, type Clarification, type ClarificationRequest } from '../../src/domain/run/clarification.js';
import type { Json } from '../../src/domain/values/json.js';
import { Interruption } from '../../src/executor/interruption.js';
import { cancelRun } from '../../src/executor/cancel-run.js';
import { answerRun } from '../../src/executor/answer-run.js';
import { Bench, planOf, valueOf } from './bench.js';
import { scriptedTool } from './scripted-tool.js';

const args = z.object({ name: z.string(), size: z.number() });
const make = () => scriptedTool('make', { args, acts: (given) => given });
const plan = planOf([{ kind: 'tool', tool_id: 'make', args: {}, output: '$made' }]);

/** Answers by the name of the argument, and leaves the others open. */
function handlerOf(answers: Record<string, Json>): ClarificationHandler & { asked: Clarification[][] } {
  const asked: Clarification[][] = [];
  return {
    asked,
    async ask(open) {
      asked.push(structuredClone(open));
      return open.flatMap((question) => {
        const response = answers[selectorName(question)];
        return response === undefined ? [] : [{ id: question.id, response, channel: 'prompt' as const }];
      });
    },
  };
}

test('when somebody is there then the questions are asked while the run continues', async () => {
  const handler = handlerOf({ name: 'box', size: 3 });
  const bench = new Bench({ tools: [make()], handler });
  const run = await bench.start(plan);
  expect(valueOf(run)).toEqual({ name: 'box', size: 3 });
  expect(handler.asked).toHaveLength(1);
  expect(await bench.story()).toEqual([
    ...['run.created', 'run.started', 'step.started 0 #1', 'clarification.raised name', 'clarification.raised size'],
    ...['clarification.resolved', 'clarification.resolved'],
    ...['step.started 0 #1', 'tool.started 0/1/2', 'tool.finished 0/1/2', 'step.completed 0', 'run.completed'],
  ]);
});

test('when somebody answers only some then the run pauses and keeps those', async () => {
  const bench = new Bench({ tools: [make()], handler: handlerOf({ name: 'box' }) });
  const run = await bench.start(plan);
  expect(run).toMatchObject({ state: 'NEED_CLARIFICATION', pause: { reason: 'clarification' } });
  expect(run.outputs.clarifications.map((question) => question.response)).toEqual(['box', null]);
  expect(valueOf(await bench.resume(run.id, { size: 4 }, { handler: undefined as never }))).toEqual({
    name: 'box',
    size: 4,
  });
});

test('when answers were given in advance then they are taken before anybody is asked', async () => {
  const handler = handlerOf({ size: 5 });
  const inAdvance = async (open: Clarification[]) =>
    open
      .filter((question) => selectorName(question) === 'name')
      .map(({ id }) => ({ id, response: 'early', channel: 'flag' as const }));
  const run = await new Bench({ tools: [make()], handler, inAdvance }).start(plan);
  expect(valueOf(run)).toEqual({ name: 'early', size: 5 });
  expect(handler.asked.map((open) => open.length)).toEqual([1]);
});

test('when a run is resumed while it waits then the handler is asked again', async () => {
  const bench = new Bench({ tools: [make()] });
  const { id } = await bench.start(plan);
  const run = await bench.resume(id, {}, { handler: handlerOf({ name: 'a', size: 1 }) });
  expect(run.state).toBe('COMPLETE');
});

test('when nothing new is known then resuming gives back the waiting run and changes nothing', async () => {
  const bench = new Bench({ tools: [make()] });
  const run = await bench.start(plan);
  await bench.story();
  expect(await bench.resume(run.id)).toEqual(run);
  expect(await bench.story()).toEqual([]);
});

test('when answers are only recorded then the run is ready to resume once none is open', async () => {
  const bench = new Bench({ tools: [make()] });
  const { id, outputs } = await bench.start(plan);
  const [name, size] = outputs.clarifications;
  const give = (question: Clarification | undefined, response: Json) =>
    answerRun(bench.store, id, {
      answers: async () => (question ? [{ id: question.id, response, channel: 'flag' }] : []),
      redact: (value) => value,
    });
  expect(await give(name, 'n')).toMatchObject({ state: 'NEED_CLARIFICATION' });
  expect(await give(size, 2)).toMatchObject({ state: 'READY_TO_RESUME' });
  expect(valueOf(await bench.resume(id))).toEqual({ name: 'n', size: 2 });
});

test('when it is interrupted while somebody is asked then the question stays and is asked again', async () => {
  const controller = new AbortController();
  const handler: ClarificationHandler = {
    async ask() {
      controller.abort(new Interruption('SIGINT'));
      return [];
    },
  };
  const bench = new Bench({ tools: [make()] });
  await bench.store.savePlan(plan);
  const stopped = new Bench({ tools: [make()], handler, signal: controller.signal, store: bench.store });
  const run = await stopped.start(plan);
  expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' } });
  const waiting = await bench.resume(run.id);
  expect(waiting).toMatchObject({ state: 'NEED_CLARIFICATION', outputs: { clarifications: [{}, {}] } });
  expect(await bench.resume(run.id, { name: 'n', size: 2 })).toMatchObject({ state: 'COMPLETE' });
});

test('when a paused run is cancelled then it is over for good', async () => {
  const bench = new Bench({ tools: [make()] });
  const { id } = await bench.start(plan);
  expect(await cancelRun(bench.store, id, { reason: 'no longer needed' })).toMatchObject({
    state: 'FAILED',
    error: { code: 'declined' },
  });
  await expect(bench.resume(id, { name: 'x', size: 1 })).rejects.toMatchObject({ code: 'declined' });
  await expect(cancelRun(bench.store, id, { reason: 'again' })).rejects.toMatchObject({ code: 'run-final' });
});

test('when answered arguments do not fit together then the problem stands without the name of an argument', async () => {
  const ask = () => ({
    kind: 'clarifications' as const,
    clarifications: [{ category: 'Input' as const, user_guidance: '?', argument_name: 'text' }],
  });
  const refined = z.object({ text: z.string() }).refine(({ text }) => text !== 'no', { error: 'must not be no' });
  const bench = new Bench({ tools: [scriptedTool('ask', { args: refined, acts: ask })] });
  const { id, outputs } = await bench.start(
    planOf([{ kind: 'tool', tool_id: 'ask', args: { text: 'first' }, output: '$x' }]),
  );
  const [question] = outputs.clarifications;
  await answerRun(bench.store, id, {
    answers: async () => (question ? [{ id: question.id, response: 'no', channel: 'flag' }] : []),
    redact: (value) => value,
  });
  expect((await bench.resume(id)).error?.message).toBe('ask: The answered arguments do not fit: must not be no');
});

test.each<[string, ClarificationRequest, Json, Json | undefined]>([
  ['Input', { category: 'Input', user_guidance: '?', argument_name: 'text' }, 'typed', 'typed'],
  [
    'Multiple Choice',
    { category: 'Multiple Choice', user_guidance: '?', argument_name: 'text', options: ['a', 'b'] },
    'b',
    'b',
  ],
  [
    'confirmed value',
    { category: 'Value Confirmation', user_guidance: '?', argument_name: 'text', value: 'v' },
    true,
    'v',
  ],
  [
    'replaced value',
    { category: 'Value Confirmation', user_guidance: '?', argument_name: 'text', value: 'v' },
    'w',
    'w',
  ],
  [
    'declined value',
    { category: 'Value Confirmation', user_guidance: '?', argument_name: 'text', value: 'v' },
    false,
    undefined,
  ],
  ['verified', { category: 'User Verification', user_guidance: '?' }, true, 'first'],
  [
    'verified with arguments',
    { category: 'User Verification', user_guidance: '?', args: { text: 'these' } },
    true,
    'these',
  ],
  ['not verified', { category: 'User Verification', user_guidance: '?' }, false, undefined],
  ['action', { category: 'Action', user_guidance: '?', action_url: 'https://x.example' }, true, 'first'],
  ['custom', { category: 'Custom', user_guidance: '?', name: 'extra' }, { a: 1 }, 'first'],
])(
  'when a tool asks and the answer is %s then the call is made accordingly',
  async (_what, request, response, text) => {
    const ask = () => ({ kind: 'clarifications' as const, clarifications: [request] });
    const tool = scriptedTool('ask', {
      acts: [ask, (given, context) => [given['text'] ?? null, context.answers.length]],
    });
    const bench = new Bench({ tools: [tool] });
    const { id, outputs } = await bench.start(
      planOf([{ kind: 'tool', tool_id: 'ask', args: { text: 'first' }, output: '$x' }]),
    );
    const [question] = outputs.clarifications;
    await answerRun(bench.store, id, {
      answers: async () => (question ? [{ id: question.id, response, channel: 'flag' }] : []),
      redact: (value) => value,
    });
    const run = await bench.resume(id);
    if (text === undefined) expect(run.error?.code).toBe('declined');
    else expect(valueOf(run)).toEqual([text, 1]);
  },
);
