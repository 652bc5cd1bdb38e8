import { describe, expect, test } from 'vitest';

import { openClarifications } from '../../src/domain/run/clarification.js';
import type { EventOf } from '../../src/domain/run/events.js';
import type { HookedResult, Hooks } from '../../src/hooks/hooks.js';
import { Bench, outputsOf, planOf, valueOf, type Surroundings } from './bench.js';
import { drivePastKills } from './drive-past-kills.js';
import { scriptedModel } from './scripted-model.js';
import { scriptedTool, textsOf, type ScriptedTool, type ToolScript } from './scripted-tool.js';

const echo: ToolScript['acts'] = ({ text }) => `sent ${String(text)}`;
const send = (script: Partial<ToolScript> = {}) => scriptedTool('send', { effect: 'once', acts: echo, ...script });
const plan = planOf([{ kind: 'tool', tool_id: 'send', args: { text: 'ann@example.com' }, output: '$sent' }]);

function benchOf(tool: ScriptedTool, hooks: Hooks, more: Surroundings = {}): Bench {
  return new Bench({ tools: [tool], hooks, policy: { send: 'allow' }, ...more });
}

const changed = (bench: Bench) =>
  bench.told.filter((event): event is EventOf<'hook.changed'> => event.type === 'hook.changed');

describe('beforeToolCall', () => {
  test('when it changes the arguments then the tool gets those, and the record says so before the call', async () => {
    const tool = send();
    const bench = benchOf(tool, { beforeToolCall: ({ args }) => ({ args: { ...args, text: 'hidden' } }) });
    expect(valueOf(await bench.start(plan))).toBe('sent hidden');
    expect(textsOf(tool)).toEqual(['hidden']);
    expect(changed(bench)).toMatchObject([
      { path: '0', did: ['args'], reply: { value: { args: { text: 'hidden' } } } },
    ]);
    expect(await bench.story()).toEqual([
      ...['run.created', 'run.started', 'step.started 0 #1', 'hook.changed beforeToolCall args'],
      ...['tool.started 0/1/1', 'tool.finished 0/1/1', 'step.completed 0', 'run.completed'],
    ]);
  });

  test('when a person is asked about the call then what the hook changed is what is asked', async () => {
    const tool = send();
    let called = 0;
    const hooks: Hooks = {
      beforeToolCall() {
        called += 1;
        return { args: { text: `hidden ${called}` } };
      },
    };
    const bench = benchOf(tool, hooks, { policy: {} });
    const run = await bench.start(plan);
    expect(openClarifications(run)).toMatchObject([
      { tool_id: 'send', args: { text: 'hidden 1' }, sources: { text: [{ from: 'hook' }] } },
    ]);
    expect(await bench.resume(run.id, { verify: true })).toMatchObject({ state: 'COMPLETE' });
    expect(textsOf(tool)).toEqual(['hidden 1']);
    expect(called).toBe(1);
  });

  test('when it asks with a sentence then a person decides about the call, whatever was approved beforehand', async () => {
    const tool = send({ effect: 'read' });
    const bench = benchOf(tool, { beforeToolCall: () => ({ ask: 'It leaves the house.' }) });
    const run = await bench.start(plan);
    expect(openClarifications(run)).toMatchObject([
      { tool_id: 'send', only_this: true, user_guidance: expect.stringContaining('It leaves the house.') },
    ]);
    expect(await bench.resume(run.id, { verify: false })).toMatchObject({ error: { code: 'declined' } });
    expect(tool.calls).toEqual([]);
  });

  test('when it changes and asks at once then the question is about the changed call', async () => {
    const tool = send();
    const bench = benchOf(tool, { beforeToolCall: () => ({ args: { text: 'short' }, ask: 'Shortened.' }) });
    const run = await bench.start(plan);
    expect(openClarifications(run)).toMatchObject([{ args: { text: 'short' }, only_this: true }]);
    await bench.resume(run.id, { verify: true });
    expect(textsOf(tool)).toEqual(['short']);
  });

  test('when it asks a question of its own then it is called again with the answer', async () => {
    const tool = send();
    const seen: unknown[] = [];
    const ask = { category: 'Input' as const, user_guidance: 'Which list?', argument_name: 'list' };
    const hooks: Hooks = {
      beforeToolCall({ args, answers }) {
        seen.push(answers.map(({ response }) => response));
        return answers.length === 0
          ? { ask }
          : { args: { text: `${String(args['text'])} ${String(answers[0]?.response)}` } };
      },
    };
    const bench = benchOf(tool, hooks);
    const run = await bench.start(plan);
    expect(openClarifications(run)).toMatchObject([{ ...ask, source: 'the hook beforeToolCall' }]);
    await bench.resume(run.id, { list: 'news' });
    expect(textsOf(tool)).toEqual(['ann@example.com news']);
    expect(seen).toEqual([[], ['news']]);
  });

  test('when a person says no to its question then the call is not made', async () => {
    const tool = send();
    const ask = { category: 'User Verification' as const, user_guidance: 'Really?' };
    const bench = benchOf(tool, { beforeToolCall: ({ answers }) => (answers.length === 0 ? { ask } : undefined) });
    const run = await bench.start(plan);
    expect(await bench.resume(run.id, { verify: false })).toMatchObject({
      state: 'FAILED',
      error: { code: 'declined' },
    });
    expect(tool.calls).toEqual([]);
  });

  test('when it refuses the call then the step fails with its reason', async () => {
    const tool = send();
    const bench = benchOf(tool, { beforeToolCall: () => ({ refuse: 'not on Sundays' }) });
    const run = await bench.start(plan);
    expect(run.error).toMatchObject({
      code: 'tool-failed',
      message: 'send: refused by the hook beforeToolCall: not on Sundays',
    });
    expect(tool.calls).toEqual([]);
  });

  test('when it refuses the call of a model then the model is told and can take another way', async () => {
    const tool = send();
    const model = scriptedModel([{ calls: [['send', { text: 'all' }]] }, { calls: [['send', { text: 'ann' }]] }]);
    const hooks: Hooks = {
      beforeToolCall: ({ args }) => (args['text'] === 'all' ? { refuse: 'too many' } : undefined),
    };
    const run = await benchOf(tool, hooks, { model }).start(
      planOf([{ task: 'Tell Ann', tool_id: 'send', output: '$x' }]),
    );
    expect(valueOf(run)).toBe('sent ann');
    expect(textsOf(tool)).toEqual(['ann']);
  });

  test('when it gives the result then the tool is not called, nobody is asked, and the record says so', async () => {
    const tool = send();
    const bench = benchOf(tool, { beforeToolCall: () => ({ result: { id: 7 } }) }, { policy: {} });
    expect(valueOf(await bench.start(plan))).toEqual({ id: 7 });
    expect(await bench.story()).toEqual([
      ...['run.created', 'run.started', 'step.started 0 #1', 'hook.changed beforeToolCall result'],
      ...['step.completed 0', 'run.completed'],
    ]);
    expect(tool.calls).toEqual([]);
  });

  test('when the result of a call is recorded then a later attempt neither calls the tool nor asks the hook before it', async () => {
    const tool = send();
    let called = 0;
    let ended = 0;
    const hooks: Hooks = {
      beforeToolCall: () => ({ args: { text: `n${(called += 1)}` } }),
      afterToolCall: () => ((ended += 1) === 1 ? { fail: 'not yet' } : undefined),
    };
    const retrying = planOf([{ ...plan.steps[0], retries: 1 }]);
    const run = await benchOf(tool, hooks).start(retrying);
    expect(run).toMatchObject({ state: 'COMPLETE', steps: [{ attempts: 2 }] });
    expect(textsOf(tool)).toEqual(['n1']);
    expect([called, ended]).toEqual([1, 2]);
  });
});

describe('afterToolCall', () => {
  test('when it changes the result then the step has that, and the tool is not called again', async () => {
    const tool = send();
    const seen: HookedResult[] = [];
    const hooks: Hooks = {
      afterToolCall(about) {
        seen.push(about);
        return { result: 'hidden' };
      },
    };
    expect(valueOf(await benchOf(tool, hooks).start(plan))).toBe('hidden');
    expect(seen).toMatchObject([{ path: '0', attempt: 1, tool: { id: 'send' }, result: 'sent ann@example.com' }]);
    expect(tool.calls).toHaveLength(1);
  });

  test('when it says that the call failed then the step fails with that', async () => {
    const run = await benchOf(send(), { afterToolCall: () => ({ fail: 'no receipt' }) }).start(plan);
    expect(run.error).toMatchObject({ code: 'tool-failed', message: 'send: no receipt' });
  });

  test('when it asks then it is called again with the answer, and the tool is not', async () => {
    const tool = send();
    const hooks: Hooks = {
      afterToolCall: ({ answers, result = '' }) =>
        answers.length === 0 ? { ask: `Is ${JSON.stringify(result)} right?` } : undefined,
    };
    const bench = benchOf(tool, hooks);
    const run = await bench.start(plan);
    expect(openClarifications(run)).toMatchObject([{ user_guidance: 'Is "sent ann@example.com" right?' }]);
    expect(await bench.resume(run.id, { verify: true })).toMatchObject({ state: 'COMPLETE' });
    expect(tool.calls).toHaveLength(1);
  });

  test('when the tool fails then the hook sees why', async () => {
    const seen: unknown[] = [];
    const failing = send({ acts: () => ({ kind: 'failure', message: 'busy', retryable: false, notDone: true }) });
    const run = await benchOf(failing, { afterToolCall: ({ failure }) => void seen.push(failure) }).start(plan);
    expect(run).toMatchObject({ state: 'FAILED', error: { message: 'send: busy' } });
    expect(seen).toEqual([{ message: 'busy', retryable: false }]);
  });
});

describe('a hook that does wrong', () => {
  const hanging = async () => new Promise<never>(() => undefined);
  test.each<[string, Hooks, RegExp]>([
    [
      'throws',
      {
        beforeToolCall: () => {
          throw new Error('no key');
        },
      },
      /^The hook beforeToolCall threw: no key\.$/,
    ],
    [
      'rejects',
      { afterToolCall: async () => Promise.reject(new Error('late')) },
      /^The hook afterToolCall threw: late\.$/,
    ],
    [
      'replies an unknown key',
      { beforeToolCall: () => ({ arg: {} }) as never },
      /returned the key "arg": did you mean args\?$/,
    ],
    [
      'replies no object',
      { beforeToolCall: () => 'no' as never },
      /returned "no": return \{ args: … \} or .*, or nothing/,
    ],
    ['replies nothing in an object', { beforeToolCall: () => ({}) as never }, /returned an empty object/],
    ['replies two things', { beforeToolCall: () => ({ args: {}, refuse: 'x' }) }, /args and refuse together/],
    ['replies what is not JSON', { afterToolCall: () => ({ result: 1n }) as never }, /not JSON/],
    [
      'asks a question of an unknown kind',
      { beforeToolCall: () => ({ ask: { category: 'Inptu' } }) as never },
      /malformed question: \/category: must be one of: Action, Input, /,
    ],
    [
      'asks a question without its words',
      { beforeToolCall: () => ({ ask: { category: 'Input', argument_name: 5 } }) as never },
      /malformed question: \/user_guidance: user_guidance is missing; must be a string; \/argument_name: must be a string, not number/,
    ],
    [
      'gives arguments that do not fit',
      { beforeToolCall: () => ({ args: { text: 5 } }) },
      /arguments that do not fit: .*text/,
    ],
    [
      'asks for ever',
      {
        beforeToolCall: () => ({ ask: { category: 'Action', user_guidance: 'x', action_url: 'https://example.com' } }),
      },
      /asked 20 times/,
    ],
  ])('when it %s then the step fails with its name', async (_what, hooks, message) => {
    const tool = send();
    const handler = {
      ask: async (open: { id: `clar-${string}` }[]) =>
        open.map(({ id }) => ({ id, response: 'done', channel: 'api' as const })),
    };
    const run = await benchOf(tool, hooks, { handler }).start(plan);
    expect(run).toMatchObject({ state: 'FAILED', error: { code: 'hook-failed', step: '0', retryable: false } });
    expect(run.error?.message).toMatch(message);
  });

  test('when it does not end and the step has a time then the step fails with that time', async () => {
    const late = planOf([{ ...plan.steps[0], timeout_ms: 20 }]);
    const run = await benchOf(send(), { beforeToolCall: hanging }).start(late);
    expect(run.error).toMatchObject({ code: 'timed-out', step: '0' });
  });
});

test('when the process dies at any event then no hook is called again for what is recorded, and the end is the same', async () => {
  const both = planOf([
    { kind: 'tool', tool_id: 'send', args: { text: 'a' }, output: '$a' },
    { kind: 'tool', tool_id: 'send', args: { text: '{{ $a }}' }, output: '$b' },
  ]);
  const drive = async (kills: Parameters<typeof drivePastKills>[0]) => {
    const calls: string[] = [];
    const tool = scriptedTool('send', { effect: 'read', acts: echo });
    const hooks: Hooks = {
      beforeToolCall({ path, args, answers }) {
        calls.push(`before ${path} ${answers.length}`);
        if (path === '1') return { args: { text: 'changed' }, ask: 'Changed.' };
        return answers.length === 0
          ? { ask: { category: 'Input', user_guidance: 'More?', argument_name: 'more' } }
          : { args: { text: `${String(args['text'])}+${String(answers[0]?.response)}` } };
      },
      afterToolCall({ path, result }) {
        calls.push(`after ${path}`);
        return { result: `${String(result)}!` };
      },
    };
    const makeBench = (store: Bench['store']) => new Bench({ store, tools: [tool], hooks });
    const { run } = await drivePastKills(kills, {
      plan: both,
      makeBench,
      answers: () => ({ more: 'x', verify: true }),
    });
    return { run, calls };
  };
  const { run: whole, calls: once } = await drive([]);
  expect(outputsOf(whole)).toEqual({ $a: 'sent a+x!', $b: 'sent changed!' });
  for (let event = 1; event <= whole.metadata.last_seq; event += 1) {
    const { run, calls } = await drive([{ event, when: 'after' }]);
    expect({ event, outputs: outputsOf(run) }).toEqual({ event, outputs: outputsOf(whole) });
    expect({ event, calls }).toEqual({ event, calls: once });
  }
});
