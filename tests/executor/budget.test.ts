import { describe, expect, test } from 'vitest';

import { Bench, outputsOf, planOf } from './bench.js';
import { Interruption } from '../../src/executor/interruption.js';
import type { ExecutorServices } from '../../src/executor/services.js';
import type { Model } from '../../src/models/model.js';
import { scriptedModel, USAGE } from './scripted-model.js';
import { scriptedTool, textsOf } from './scripted-tool.js';

const think = (output: string) => ({ kind: 'llm', task: `think of ${output}`, output });
const count = { kind: 'compute', expression: '$exists($n) ? $n + 1 : 1', output: '$n' };
const endless = (extra: object = {}) => ({ kind: 'while', when: 'true', steps: [count], output: '$last', ...extra });

describe('when a budget is used up', () => {
  test('after one step then the message has one step', async () => {
    const run = await new Bench({ limits: { steps: 1 } }).start(planOf([count, count]));
    expect(run.error?.message).toContain('1 step has begun');
  });

  test('then an endless loop pauses at its step, and continues with a higher limit', async () => {
    const bench = new Bench({ limits: { steps: 5 } });
    const run = await bench.start(planOf([endless()]));
    expect(run).toMatchObject({
      state: 'IN_PROGRESS',
      pause: { reason: 'budget' },
      error: { code: 'budget-reached', fix: 'Continue with a higher --max-steps.' },
    });
    // The loop itself, and four rounds.
    expect(run.steps).toHaveLength(5);
    const more = await bench.resume(run.id, {}, { limits: { steps: 9 } });
    expect(more).toMatchObject({ pause: { reason: 'budget' }, outputs: { step_outputs: { $n: { value: 8 } } } });
    expect(await bench.resume(run.id, {}, { limits: { steps: 9 } })).toMatchObject({ pause: { reason: 'budget' } });
  });

  test('then no model call more is made, also in another process', async () => {
    const model = scriptedModel([{ text: 'one' }, { text: 'two' }, { text: 'three' }]);
    const bench = new Bench({ model, limits: { modelCalls: 2 } });
    const run = await bench.start(planOf([think('$a'), think('$b'), think('$c')]));
    expect(run).toMatchObject({ pause: { reason: 'budget' }, usage: { calls: 2 } });
    expect(outputsOf(run)).toEqual({ $a: 'one', $b: 'two' });
    expect(await bench.resume(run.id)).toMatchObject({ pause: { reason: 'budget' }, usage: { calls: 2 } });
    const end = await bench.resume(run.id, {}, { limits: { modelCalls: 3 } });
    expect(end).toMatchObject({ state: 'COMPLETE', usage: { calls: 3 } });
  });

  test('inside a tool then what its earlier questions cost is not forgotten', async () => {
    const chat = scriptedTool('chat', {
      acts: async (_args, { environment, signal }) => {
        await environment.askModel({ system: '', text: 'one' }, signal);
        return environment.askModel({ system: '', text: 'two' }, signal);
      },
    });
    const askModel: ExecutorServices['environment']['askModel'] = async (_prompt, _signal, onUsage) => {
      onUsage?.(USAGE);
      return 'said';
    };
    const bench = new Bench({ tools: [chat], askModel, limits: { modelCalls: 1 } });
    const run = await bench.start(planOf([{ kind: 'tool', tool_id: 'chat', args: {}, output: '$said' }]));
    expect(run).toMatchObject({ pause: { reason: 'budget' }, usage: USAGE });
    expect(await bench.resume(run.id)).toMatchObject({ pause: { reason: 'budget' }, usage: { calls: 1 } });
    const end = await bench.resume(run.id, {}, { limits: { modelCalls: 3 } });
    expect(end).toMatchObject({ state: 'COMPLETE', usage: { calls: 3 } });
  });

  test('then steps side by side make no call more together', async () => {
    const model = scriptedModel([{ text: 'one' }, { text: 'two' }, { text: 'three' }, { text: 'four' }]);
    const bench = new Bench({ model, jobs: 4, limits: { modelCalls: 2 } });
    const run = await bench.start(planOf([think('$a'), think('$b'), think('$c'), think('$d')]));
    expect(run).toMatchObject({ pause: { reason: 'budget' }, usage: { calls: 2 } });
    expect(outputsOf(run)).toEqual({ $a: 'one', $b: 'two' });
    const end = await bench.resume(run.id, {}, { limits: { modelCalls: 4 } });
    expect(end).toMatchObject({ state: 'COMPLETE', usage: { calls: 4 } });
  });

  describe('by tokens or money, with steps side by side', () => {
    const replies = () => scriptedModel(Array.from({ length: 6 }, (_reply, index) => ({ text: String(index) })));
    const plan = planOf(['$a', '$b', '$c', '$d', '$e', '$f'].map(think));
    const each = USAGE.input_tokens + USAGE.output_tokens;

    test.each([
      [1, 1],
      [each, 1],
      [each + 1, 2],
      [3 * each, 3],
      [5 * each + 1, 6],
    ])('then with %i tokens as many calls are made as in the written order: %i', async (tokens, calls) => {
      const inOrder = await new Bench({ model: replies(), limits: { tokens } }).start(plan);
      const bench = new Bench({ model: replies(), jobs: 6, limits: { tokens } });
      const run = await bench.start(plan);
      expect([inOrder.usage.calls, run.usage.calls, outputsOf(run)]).toEqual([calls, calls, outputsOf(inOrder)]);
      expect((await bench.resume(run.id, {}, { limits: {} })).state).toBe('COMPLETE');
    });

    test('then the cost does not pass its limit by more than one call', async () => {
      const model = replies();
      const prices = { [model.id]: { input: 1_000_000 / each, output: 1_000_000 / each } };
      const run = await new Bench({ model, jobs: 6, prices, limits: { cost: 2.5 } }).start(plan);
      expect(run).toMatchObject({ pause: { reason: 'budget' }, usage: { calls: 3 } });
    });

    test('then calls are made side by side while there is room for them', async () => {
      let open = 0;
      let most = 0;
      const model: Model = {
        id: 'scripted/model',
        async complete() {
          open += 1;
          most = Math.max(most, open);
          await new Promise((resolve) => setTimeout(resolve, 5));
          open -= 1;
          return { text: 'x', toolCalls: [], usage: USAGE };
        },
      };
      await new Bench({ model, jobs: 6, limits: { tokens: 100 * each } }).start(plan);
      expect(most).toBe(5);
    });

    test('then a step that waits for room can be interrupted', async () => {
      const stop = new AbortController();
      const model = scriptedModel([{ hangs: 'deaf' }], () => stop.abort(new Interruption('SIGINT')));
      const run = await new Bench({ model, jobs: 6, limits: { tokens: 100 }, signal: stop.signal }).start(plan);
      expect(run).toMatchObject({ state: 'IN_PROGRESS', usage: { calls: 0 } });
    });
  });

  test('then a reply that cannot be used is not asked for again', async () => {
    const output_schema = { type: 'object', properties: { n: { type: 'number' } }, required: ['n'] };
    const model = scriptedModel([{ text: 'rubbish' }, { json: { n: 1 } }]);
    const bench = new Bench({ model, limits: { modelCalls: 1 } });
    const run = await bench.start(planOf([{ ...think('$a'), output_schema }]));
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'budget' }, usage: { calls: 1 } });
    const end = await bench.resume(run.id, {}, { limits: { modelCalls: 2 } });
    expect(end).toMatchObject({ state: 'COMPLETE', usage: { calls: 2 } });
  });

  test('then tokens and money are counted before each call', async () => {
    const replies = () => scriptedModel([{ text: 'one' }, { text: 'two' }]);
    const plan = planOf([think('$a'), think('$b')]);
    const first = await new Bench({ model: replies() }).start(planOf([think('$a')]));
    const tokens = first.usage.input_tokens + first.usage.output_tokens;
    expect(tokens).toBeGreaterThan(0);
    const byTokens = await new Bench({ model: replies(), limits: { tokens } }).start(plan);
    expect(byTokens).toMatchObject({ pause: { reason: 'budget' }, usage: { calls: 1 } });
    const price = { input: 1_000_000 / tokens, output: 1_000_000 / tokens };
    const model = replies();
    const byCost = await new Bench({ model, limits: { cost: 0.9 }, prices: { [model.id]: price } }).start(plan);
    expect(byCost).toMatchObject({ pause: { reason: 'budget' }, usage: { calls: 1 } });
    expect(byCost.error?.message).toContain('1.0000 US dollars');
  });

  test('then a model without a price is not called', async () => {
    const run = await new Bench({ model: scriptedModel([]), limits: { cost: 1 } }).start(planOf([think('$a')]));
    expect(run).toMatchObject({ pause: { reason: 'budget' }, usage: { calls: 0 } });
    expect(run.error?.fix).toContain('portia config set prices.scripted/model');
  });

  test('then what plans inside it use counts, too', async () => {
    const inner = { plan_context: { query: 'q', tool_ids: [] }, steps: [think('$a'), think('$b')] };
    const model = scriptedModel([{ text: 'one' }, { text: 'two' }]);
    const bench = new Bench({ model, limits: { modelCalls: 1 } });
    const run = await bench.start(planOf([{ kind: 'plan', plan: inner, output: '$inner' }]));
    expect(run).toMatchObject({ pause: { reason: 'budget' } });
    const end = await bench.resume(run.id, {}, { limits: { modelCalls: 2 } });
    expect(end).toMatchObject({ state: 'COMPLETE', usage: { calls: 2 } });
  });

  test('then time that is over ends a model call, and lets a tool come to its end', async () => {
    const model = scriptedModel([{ hangs: 'until aborted' }]);
    const slow = scriptedTool('slow', {
      effect: 'once',
      acts: async ({ text }) => {
        await new Promise((resolve) => setTimeout(resolve, 60));
        return `did ${String(text)}`;
      },
    });
    const bench = new Bench({ model, tools: [slow], policy: { slow: 'allow' }, limits: { timeMs: 20 } });
    const thinking = await bench.start(planOf([think('$a')]));
    expect(thinking).toMatchObject({
      pause: { reason: 'budget' },
      error: { fix: 'Continue with a higher --timeout.' },
    });
    const act = (output: string) => ({ kind: 'tool', tool_id: 'slow', args: { text: output }, output });
    const acting = await bench.start(planOf([act('$a'), act('$b')]));
    expect(acting).toMatchObject({ pause: { reason: 'budget' } });
    expect(outputsOf(acting)).toEqual({ $a: 'did $a' });
    expect(textsOf(slow)).toEqual(['$a']);
  });
});
