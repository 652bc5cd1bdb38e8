import { isDeepStrictEqual } from 'node:util';

import * as z from 'zod';

import { describe, expect, test } from 'vitest';

import type { Json } from '../../src/domain/values/json.js';
import { isUnknownOutcome } from '../../src/domain/run/clarification.js';
import type { RunEvent } from '../../src/domain/run/events.js';
import type { Run } from '../../src/domain/run/run.js';
import { answerRun } from '../../src/executor/answer-run.js';
import { Bench, planOf, valueOf, type Surroundings } from './bench.js';
import { drivePastKills } from './drive-past-kills.js';
import { essence } from './dying-processes.js';
import { editedStore } from './edited-run.js';
import { scriptedModel, type Reply, type ScriptedModel } from './scripted-model.js';
import { scriptedTool, textsOf, type ScriptedTool, type ToolScript } from './scripted-tool.js';

const ok = () => 'ok';
const oneCall = planOf([{ kind: 'tool', tool_id: 'act', args: { text: 'x' }, output: '$y' }]);
const oneShot = planOf([{ task: 'do it', tool_id: 'act', output: '$y' }]);
const react = planOf([{ kind: 'react', task: 'do it', tools: ['act'], max_tool_calls: 3, output: '$y' }]);

const calls = (text: string): Reply => ({ calls: [['act', { text }]] });
const finish = (result: string): Reply => ({ calls: [['final_result', { result }]] });

/** What the model was told last about its calls. */
function told(model: ScriptedModel): string {
  const messages = model.requests.at(-1)?.messages ?? [];
  return messages.flatMap((message) => (message.role === 'tool' ? [message.text] : [])).at(-1) ?? '';
}

describe('a no with a reason', () => {
  test('when the plan made the call then the run ends, and its error has the reason', async () => {
    const tool = scriptedTool('act', { effect: 'once', acts: [] });
    const bench = new Bench({ tools: [tool] });
    const { id } = await bench.start(oneCall);
    const run = await bench.resume(id, { verify: { no: 'too expensive' } });
    expect(run).toMatchObject({
      state: 'FAILED',
      error: { code: 'declined', message: 'A person said no to calling act: too expensive', retryable: false },
    });
    expect(run.outputs.clarifications).toMatchObject([{ response: { no: 'too expensive' } }]);
  });

  test.each([
    ['a step with one tool', oneShot, [calls('a'), calls('b')], 'ok'],
    ['a step with several tools', react, [calls('a'), calls('b'), finish('done')], 'done'],
  ])(
    'when an agent made the call in %s then its model is told, and takes another way',
    async (_what, plan, replies, end) => {
      const tool = scriptedTool('act', { effect: 'once', acts: ok });
      const model = scriptedModel(replies);
      const bench = new Bench({ tools: [tool], model });
      const { id, outputs } = await bench.start(plan);
      expect(outputs.clarifications).toMatchObject([{ args: { text: 'a' }, by_agent: true }]);
      const second = await bench.resume(id, { verify: { no: 'a is sold out' } });
      expect(told(model)).toContain('A person said no to this call, and it was not made. The reason: a is sold out');
      expect(second.outputs.clarifications).toMatchObject([{ resolved: true }, { args: { text: 'b' } }]);
      expect(valueOf(await bench.resume(id, { verify: true }))).toBe(end);
      expect(textsOf(tool)).toEqual(['b']);
    },
  );

  test.each([
    ['answers without another call', [calls('a'), { text: 'I cannot.' }], 1],
    ['makes calls until its attempts are used up', ['a', 'b', 'c', 'd'].map(calls), 4],
  ])('when a step with one tool is told no and %s then the run ends as declined', async (_what, replies, times) => {
    const tool = scriptedTool('act', { effect: 'once', acts: [] });
    const bench = new Bench({ tools: [tool], model: scriptedModel(replies) });
    let run = await bench.start(oneShot);
    for (let asked = 0; asked < times; asked += 1) run = await bench.resume(run.id, { verify: { no: 'not today' } });
    expect(run.error).toMatchObject({ code: 'declined', message: 'A person said no to calling act: not today' });
  });

  test('when an agent with several tools is told no each time then it is asked as often as it may call, and answers', async () => {
    const model = scriptedModel([...['a', 'b', 'c'].map(calls), finish('nothing was done')]);
    const bench = new Bench({ tools: [scriptedTool('act', { effect: 'once', acts: [] })], model });
    let run = await bench.start(react);
    for (let asked = 0; asked < 3; asked += 1) run = await bench.resume(run.id, { verify: { no: 'no' } });
    expect(valueOf(run)).toBe('nothing was done');
  });

  test('when some of the calls of a step were made then what they gave is its output', async () => {
    const both: Reply = {
      calls: [
        ['act', { text: 'a' }],
        ['act', { text: 'b' }],
      ],
    };
    const tool = scriptedTool('act', { effect: 'once', acts: ok });
    const bench = new Bench({ tools: [tool], model: scriptedModel([both, { text: 'That is all.' }]) });
    const { id } = await bench.start(oneShot);
    await bench.resume(id, { verify: { no: 'not a' } });
    expect(valueOf(await bench.resume(id, { verify: true }))).toBe('ok');
    expect(textsOf(tool)).toEqual(['b']);
  });

  test.each([oneShot, react])('when no reason is given to an agent then the run ends', async (plan) => {
    const bench = new Bench({
      tools: [scriptedTool('act', { effect: 'once', acts: [] })],
      model: scriptedModel([calls('a')]),
    });
    const { id } = await bench.start(plan);
    expect(await bench.resume(id, { verify: false })).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
  });

  test('when what the refused call would touch is another by now then nobody is asked about it again', async () => {
    let digest = 0;
    const inspect: ToolScript['inspect'] = async () => ({ consent: 'ask', facts: { digest: (digest += 1) } });
    const tool = scriptedTool('act', { effect: 'once', inspect, acts: ok });
    const bench = new Bench({ tools: [tool], model: scriptedModel([calls('a'), calls('b'), finish('done')]) });
    const { id } = await bench.start(react);
    const run = await bench.resume(id, { verify: { no: 'not a' } });
    expect(run.outputs.clarifications.map(({ resolved }) => resolved)).toEqual([true, false]);
  });
});

describe('a yes with other arguments', () => {
  const pay = { args: z.object({ amount: z.number().max(100), currency: z.string().default('EUR') }) };
  const payment = planOf([{ kind: 'tool', tool_id: 'pay', args: { amount: 12 }, output: '$y' }]);
  const changed = (amount: number, currency = 'EUR') => ({ yes: { amount, currency } });

  test('when they fit then the call is made with them, and both are recorded', async () => {
    const tool = scriptedTool('pay', { effect: 'once', ...pay, acts: ok });
    const bench = new Bench({ tools: [tool] });
    const { id } = await bench.start(payment);
    const run = await bench.resume(id, { verify: changed(5) });
    expect(run.state).toBe('COMPLETE');
    expect(tool.calls.map(({ args }) => args)).toEqual([{ amount: 5, currency: 'EUR' }]);
    expect(run.outputs.clarifications).toMatchObject([
      { args: { amount: 12, currency: 'EUR' }, response: changed(5), asked: expect.any(String) },
    ]);
    const started = (await bench.store.readEvents(id)).find(({ type }) => type === 'tool.started');
    expect(started).toMatchObject({ args: { value: { amount: 5, currency: 'EUR' } } });
  });

  test.each<[string, Json, string]>([
    ['do not fit', changed(500), 'The changed arguments do not fit'],
    ['are completed by the tool', { yes: { amount: 5 } }, 'May pay be called'],
  ])('when they %s then it is asked again', async (_what, answer, guidance) => {
    const tool = scriptedTool('pay', { effect: 'once', ...pay, acts: ok });
    const bench = new Bench({ tools: [tool] });
    const { id } = await bench.start(payment);
    const again = await bench.resume(id, { verify: answer });
    expect(again.outputs.clarifications.at(-1)).toMatchObject({
      resolved: false,
      user_guidance: expect.stringContaining(guidance),
      args: { currency: 'EUR' },
    });
    expect(await bench.resume(id, { verify: changed(7) })).toMatchObject({ state: 'COMPLETE' });
    expect(tool.calls.map(({ args }) => args['amount'])).toEqual([7]);
  });

  test('when the call would act upon something that was not shown then it is asked about', async () => {
    const inspect: ToolScript['inspect'] = async ({ text }) =>
      text === 'x' ? { consent: 'ask', facts: {} } : { consent: 'ask', facts: { was: 1 }, note: 'It is there.' };
    const tool = scriptedTool('act', { effect: 'idempotent', builtin: true, inspect, acts: ok });
    const bench = new Bench({ tools: [tool] });
    const { id } = await bench.start(oneCall);
    const again = await bench.resume(id, { verify: { yes: { text: 'z' } } });
    expect(again.outputs.clarifications.at(-1)).toMatchObject({
      resolved: false,
      args: { text: 'z' },
      facts: { was: 1 },
      user_guidance: 'May act be called with these arguments? It is there.',
    });
    expect(await bench.resume(id, { verify: true })).toMatchObject({ state: 'COMPLETE' });
    expect(textsOf(tool)).toEqual(['z']);
  });

  test('when calls with them are denied then the call is not made', async () => {
    const tool = scriptedTool('act', { effect: 'once', acts: [] });
    const policy: Surroundings['policy'] = async (_id, { text }) => ({ policy: text === 'z' ? 'deny' : undefined });
    const bench = new Bench({ tools: [tool], policy });
    const { id } = await bench.start(oneCall);
    expect(await bench.resume(id, { verify: { yes: { text: 'z' } } })).toMatchObject({ error: { code: 'declined' } });
  });

  test('when two calls are changed to the same arguments then both are made, each under a key of its own', async () => {
    const tool = scriptedTool('act', { effect: 'once', acts: ok });
    const bench = new Bench({ tools: [tool], model: scriptedModel([calls('a'), calls('b'), finish('done')]) });
    const { id } = await bench.start(react);
    await bench.resume(id, { verify: { yes: { text: 'z' } } });
    expect(await bench.resume(id, { verify: { yes: { text: 'z' } } })).toMatchObject({ state: 'COMPLETE' });
    expect(textsOf(tool)).toEqual(['z', 'z']);
    expect(new Set(tool.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(2);
  });

  test.each([
    ['a step with one tool', oneShot, []],
    ['a step with several tools', react, [finish('done')]],
  ])('when an agent made the call in %s then its model is told what was called', async (_what, plan, after) => {
    const tool = scriptedTool('act', {
      effect: 'once',
      acts: [() => ({ kind: 'failure', message: 'busy', retryable: true, notDone: true }), ok],
    });
    const model = scriptedModel([calls('a'), calls('b'), ...after]);
    const bench = new Bench({ tools: [tool], model });
    const { id } = await bench.start(plan);
    await bench.resume(id, { verify: { yes: { text: 'z' } } });
    await bench.resume(id, { verify: { yes: { text: 'y' } } });
    expect(textsOf(tool)).toEqual(['z', 'y']);
    if (after.length > 0) expect(told(model)).toContain('It was made with: {"text":"y"}');
  });

  test('when the step is tried again then the same call is made, and one that may have acted is asked about', async () => {
    const fails = () => ({ kind: 'failure' as const, message: 'busy', retryable: true });
    const idempotent = scriptedTool('act', { effect: 'idempotent', acts: [fails, ok] });
    const plan = planOf([{ kind: 'tool', tool_id: 'act', args: { text: 'x' }, output: '$y', retries: 1 }]);
    const bench = new Bench({ tools: [idempotent] });
    const { id } = await bench.start(plan);
    expect(await bench.resume(id, { verify: { yes: { text: 'z' } } })).toMatchObject({ state: 'COMPLETE' });
    expect(textsOf(idempotent)).toEqual(['z', 'z']);
    expect(new Set(idempotent.calls.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);

    const once = scriptedTool('act', { effect: 'once', acts: [fails, ok] });
    const other = new Bench({ tools: [once] });
    const { id: second } = await other.start(oneCall);
    await other.resume(second, { verify: { yes: { text: 'z' } } });
    const asked = await other.resume(second);
    expect(asked.outputs.clarifications.at(-1)).toMatchObject({ unknown_outcome: true, args: { text: 'z' } });
    expect(textsOf(once)).toEqual(['z']);
  });

  test('when somebody puts other arguments into the recorded answer then the call is not made', async () => {
    const tool = scriptedTool('act', { effect: 'once', acts: ok });
    const bench = new Bench({ tools: [tool] });
    const { id } = await bench.start(oneCall);
    const answers = async ({ outputs }: Run) =>
      outputs.clarifications.map((question) => ({
        id: question.id,
        response: { yes: { text: 'z' } },
        channel: 'api' as const,
      }));
    const run = await answerRun(bench.store, id, { answers, redact: (response) => response });
    const edit = (event: RunEvent) => {
      if (event.type === 'clarification.resolved') event.response = { yes: { text: 'evil' } };
    };
    const store = await editedStore(bench.store, { run, plan: oneCall, edit });
    const again = await new Bench({ tools: [tool], store }).resume(id);
    expect(again.outputs.clarifications.at(-1)).toMatchObject({ resolved: false, args: { text: 'x' } });
    expect(textsOf(tool)).toEqual([]);
  });
});

test.each<[string, Json, string[]]>([
  ['no, with a reason', { no: 'not a' }, ['b']],
  ['yes, with other arguments', { yes: { text: 'z' } }, ['z', 'b']],
])(
  'when the process dies at any event around a %s then the end is the same and nothing is done twice',
  async (_what, answer, made) => {
    const drive = async (kills: { event: number; when: 'before' | 'after' }[]) => {
      const tool = scriptedTool('act', { effect: 'once', acts: ok });
      const end = await drivePastKills(kills, {
        plan: react,
        makeBench: (store) => new Bench({ store, tools: [tool], model: replyingModel() }),
        answers: answersFor(answer, tool),
      });
      return { ...end, tool };
    };
    const undisturbed = await drive([]);
    expect(textsOf(undisturbed.tool)).toEqual(made);
    const events = undisturbed.run.metadata.last_seq;
    for (let event = 2; event < events; event += 1) {
      for (const when of ['before', 'after'] as const) {
        const { run, tool } = await drive([{ event, when }]);
        expect({ event, when, ...essence(run), made: textsOf(tool) }).toEqual({
          event,
          when,
          ...essence(undisturbed.run),
          made,
        });
      }
    }
  },
);

/** A model whose reply depends on nothing but the request. */
function replyingModel() {
  const turns = [calls('a'), calls('b'), finish('done')];
  return {
    id: 'scripted/model',
    complete: async ({ messages }: { messages: readonly { role: string }[] }, options: { signal: AbortSignal }) => {
      const turn = messages.filter(({ role }) => role === 'assistant').length;
      return scriptedModel(turns.slice(turn, turn + 1)).complete({ messages: [] }, options);
    },
  };
}

/** What a person says who knows what was done. */
function answersFor(answer: Json, tool: ScriptedTool) {
  return (stopped: Run | undefined): Record<string, Json> => {
    const asked = stopped?.outputs.clarifications ?? [];
    // The question of a process that died may be in the log and not yet in the file that a person reads.
    const isFirst = asked.every(({ resolved, category }) => !resolved || category !== 'User Verification');
    const begun = asked.find((question) => isUnknownOutcome(question) && !question.resolved)?.['args'];
    const hasActed = tool.calls.some(({ args }) => isDeepStrictEqual(args, begun));
    return { verify: isFirst ? answer : true, outcome: hasActed ? { happened: 'ok' } : 'not_done' };
  };
}
