import { describe, expect, test } from 'vitest';

import { adviceText } from '../../src/domain/next-step.js';
import { isEndedByExit } from '../../src/domain/run/run.js';
import { wayOn } from '../../src/ui/way-on.js';
import { checkPlan } from '../../src/domain/plan-check/plan-rules.js';
import { Bench, outputsOf, planOf, valueOf } from './bench.js';
import { scriptedModel } from './scripted-model.js';
import { scriptedTool } from './scripted-tool.js';

const compute = (expression: string, output: string, extra: object = {}) => ({
  kind: 'compute',
  expression,
  output,
  ...extra,
});
const count = { kind: 'while', when: '$n < 3', max_iterations: 9, steps: [compute('$n + 1', '$n')], output: '$out' };

describe('collect', () => {
  test('when a for_each collects then its output is what the expression gives at the end of each iteration', async () => {
    const steps = [compute('$i * 2', '$twice'), compute('"noise"', '$noise')];
    const loop = {
      kind: 'for_each',
      over: '[1, 2]',
      as: 'i',
      steps,
      collect: '{"i": $i, "twice": $twice}',
      output: '$all',
    };
    const all = [
      { i: 1, twice: 2 },
      { i: 2, twice: 4 },
    ];
    expect(valueOf(await new Bench().start(planOf([loop])))).toEqual(all);
  });

  test('when a while collects then its output is the list of all rounds, else what the last one left', async () => {
    const run = await new Bench().start(
      planOf([compute('0', '$n'), { ...count, collect: '$n * 10' }, { ...count, output: '$last' }]),
    );
    expect(outputsOf(run)).toMatchObject({ $out: [10, 20, 30], $last: 3 });
  });

  test('when no round is done then what is collected is the empty list', async () => {
    const run = await new Bench().start(planOf([compute('5', '$n'), { ...count, collect: '$n' }]));
    expect(valueOf(run)).toEqual([]);
  });

  test('when what is collected was skipped then there is null in its place', async () => {
    const steps = [compute('$i', '$kept', { when: '$i = 2' })];
    const loop = { kind: 'for_each', over: '[1, 2]', as: 'i', steps, collect: '$kept', output: '$all' };
    expect(valueOf(await new Bench().start(planOf([loop])))).toEqual([null, 2]);
  });

  test('when a run waits inside an iteration then what was collected before it is there when it is resumed', async () => {
    const steps = [{ kind: 'user_input', message: '{{ $i }}?', output: '$a' }];
    const loop = { kind: 'for_each', over: '[1, 2]', as: 'i', steps, collect: '$string($i) & $a', output: '$all' };
    const bench = new Bench();
    const { id } = await bench.start(planOf([loop]));
    await bench.resume(id, { a: 'x' });
    expect(valueOf(await bench.resume(id, { a: 'y' }))).toEqual(['1x', '2y']);
  });
});

describe('on_limit', () => {
  const bounded = { ...count, max_iterations: 2 };

  test('when a loop stops at its limit then the block is done and $exhausted is true', async () => {
    const run = await new Bench().start(
      planOf([compute('0', '$n'), { ...bounded, on_limit: 'stop' }, compute('[$exhausted, $out]', '$said')]),
    );
    expect(valueOf(run)).toEqual([true, 2]);
  });

  test('when a loop with a limit ends by its condition then $exhausted is false', async () => {
    const run = await new Bench().start(
      planOf([compute('0', '$n'), { ...count, on_limit: 'stop' }, compute('$exhausted', '$said')]),
    );
    expect(valueOf(run)).toBe(false);
  });

  test('when the run is resumed behind the loop then $exhausted is still true', async () => {
    const bench = new Bench();
    const { id } = await bench.start(
      planOf([
        compute('0', '$n'),
        { ...bounded, on_limit: 'stop' },
        { kind: 'user_input', message: 'On?', output: '$on' },
        compute('$exhausted', '$said'),
      ]),
    );
    expect(valueOf(await bench.resume(id, { on: 'yes' }))).toBe(true);
  });

  test('when nothing says what the limit does then the step fails and says how to stop there', async () => {
    const run = await new Bench().start(planOf([compute('0', '$n'), bounded]));
    expect(run).toMatchObject({ state: 'FAILED', error: { code: 'step-failed', step: '1' } });
    expect(run.error?.message).toMatch(/after 2 rounds.*"on_limit": "stop"/);
  });
});

test('when a no continues then it is the value of the step, once for each item', async () => {
  const steps = [{ kind: 'user_verify', message: 'Pay {{ $i }}?', on_no: 'continue', output: '$agreed' }];
  const loop = { kind: 'for_each', over: '[1, 2]', as: 'i', steps, output: '$all' };
  const bench = new Bench();
  const { id } = await bench.start(planOf([loop]));
  await bench.resume(id, { verify: false });
  expect(valueOf(await bench.resume(id, { verify: true }))).toEqual([false, true]);
});

test('when a plan inside ends by an exit then only that plan ends, and an error of it names its step', async () => {
  const inner = (error: boolean) => ({
    plan_context: { query: 'q', tool_ids: [] },
    plan_inputs: [],
    steps: [compute('1', '$a'), { kind: 'exit', message: 'enough', error }],
  });
  const step = (error: boolean) => ({ kind: 'plan', plan: inner(error), inputs: {}, output: '$said' });
  const run = await new Bench().start(planOf([step(false), compute('$said & "!"', '$x')]));
  expect(valueOf(run)).toBe('enough!');
  const failing = await new Bench().start(planOf([step(true)]));
  expect(failing.error?.message).toMatch(/failed at its step 2: enough/);
});

test('when a plan inside exits with an error then what helps is a new run, and not a resume', async () => {
  const exit = { kind: 'exit', message: 'enough', error: true };
  const inner = { plan_context: { query: 'q', tool_ids: [] }, plan_inputs: [], steps: [exit] };
  const outer = (plan: object) => ({ kind: 'plan', plan, inputs: {}, output: '$said' });
  const middle = { ...inner, steps: [outer(inner)] };
  const run = await new Bench().start(planOf([outer(middle)]));
  expect(isEndedByExit(run)).toBe(true);
  expect(adviceText(wayOn(run, run.error?.code))).toMatch(/^portia run-plan plan-\S+ {3}# a new run/);
});

test('when a plan exits with an error then the error names the step and says why it ended', async () => {
  const plan = planOf([compute('1', '$a'), { kind: 'exit', message: 'too few', error: true }]);
  const run = await new Bench().start(plan);
  expect(run.error).toMatchObject({
    message: 'too few',
    step: '1',
    why: expect.stringContaining('a resume ends in the same way') as string,
  });
});

describe('an output_schema of a list', () => {
  const list = { type: 'array', items: { type: 'number' } };
  const any = scriptedTool('give', { effect: 'read', acts: ({ text }) => (text === 'none' ? null : 7) });

  test.each<[string, object, unknown]>([
    ['an expression that finds one', compute('$d[a = 1].a', '$x', { output_schema: list }), [1]],
    ['an expression that finds nothing', compute('$d[a = 9].a', '$x', { output_schema: list }), []],
    [
      'a tool that gives one',
      { kind: 'tool', tool_id: 'give', args: { text: 'x' }, output: '$x', output_schema: list },
      [7],
    ],
    [
      'a tool that gives null',
      { kind: 'tool', tool_id: 'give', args: { text: 'none' }, output: '$x', output_schema: list },
      [],
    ],
  ])('when there is %s then it is a list', async (_name, step, value) => {
    const run = await new Bench({ tools: [any] }).start(planOf([compute('[{"a": 1}]', '$d'), step]));
    expect(valueOf(run)).toEqual(value);
  });

  test('when a model replies with one object then it is a list of one', async () => {
    const model = scriptedModel([{ json: { a: 1 } }]);
    const schema = { type: 'array', items: { type: 'object' } };
    const run = await new Bench({ model }).start(
      planOf([{ kind: 'llm', task: 't', output: '$x', output_schema: schema }]),
    );
    expect(valueOf(run)).toEqual([{ a: 1 }]);
  });

  test('when the whole plan promises a list then one value becomes a list without a model', async () => {
    const run = await new Bench().start(planOf([compute('5', '$x')], { output_schema: list }));
    expect(valueOf(run)).toEqual([5]);
  });

  test('when what a step without a model leaves does not fit then the step fails and says where', async () => {
    const run = await new Bench().start(planOf([compute('["a"]', '$x', { output_schema: list })]));
    expect(run).toMatchObject({ state: 'FAILED', error: { code: 'step-failed', step: '0' } });
    expect(run.error?.message).toMatch(/does not fit its output_schema: 0: /);
  });

  test('when a tool has it then check says nothing, and the run holds its result to it', async () => {
    const call = (output_schema: object) => ({ kind: 'tool', tool_id: 'six', args: {}, output: '$x', output_schema });
    const run = async (schema: object) => {
      const tool = scriptedTool('six', { acts: () => 6 });
      expect(checkPlan(planOf([call(schema)]), { tools: new Map([['six', tool.tool]]) })).toEqual([]);
      return new Bench({ tools: [tool] }).start(planOf([call(schema)]));
    };
    expect(valueOf(await run({ type: 'array', items: { type: 'number' } }))).toEqual([6]);
    expect((await run({ type: 'string' })).error?.message).toMatch(/does not fit its output_schema: the value: /);
  });
});
