import { describe, expect, test } from 'vitest';

import { PortiaError } from '../../src/domain/errors.js';
import type { Json } from '../../src/domain/values/json.js';
import { Interruption } from '../../src/executor/interruption.js';
import { Bench, outputsOf, planOf, valueOf } from './bench.js';
import { allowed, call, compute, each, fails, sayAllBut } from './failing-steps.js';
import { scriptedModel } from './scripted-model.js';
import { scriptedTool, textsOf } from './scripted-tool.js';

const branch = (steps: unknown[], extra: object = {}) => ({
  kind: 'if',
  branches: [{ when: 'true', steps }],
  ...extra,
});
const inner = (steps: unknown[], extra: object = {}) => ({
  kind: 'plan',
  plan: { plan_context: { query: 'inside', tool_ids: [] }, steps },
  inputs: {},
  output: '$inner',
  ...extra,
});
const broken = compute("$number('x')", '$broken');

describe('on_error around on_error', () => {
  test('when a loop in a loop has failed items then only its own $failures has them', async () => {
    const within = each([call('{{ $item & $other }}')], { over: '[1, 2]', as: 'other', output: '$row' });
    const say = sayAllBut('b1', 'c1', 'c2');
    const run = await allowed(say).start(
      planOf([each([within, compute('$count($failures)', '$lost')]), compute('$failures', '$f')]),
    );
    expect(outputsOf(run)).toMatchObject({ $all: [0, 1, 2], $f: [] });
    expect(textsOf(say)).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2']);
  });

  test('when the loop inside cannot begin then that is an item of the loop around it', async () => {
    const within = each([call('{{ $other }}')], {
      over: "$item = 'b' ? 1 + 'x' : [$item]",
      as: 'other',
      output: '$row',
    });
    const run = await allowed(sayAllBut()).start(planOf([each([within]), compute('[$failures.item]', '$f')]));
    expect(outputsOf(run)).toMatchObject({ $all: [['said a'], null, ['said c']], $f: ['b'] });
  });

  test('when on_error fails itself then its own on_error sees that failure, and the outer one is then seen again', async () => {
    const instead = call('y', '$said', { on_error: [compute('$failure.message', '$second')] });
    const run = await allowed(sayAllBut('x', 'y')).start(
      planOf([call('x', '$said', { on_error: [instead, compute('$failure.message', '$first')] })]),
    );
    expect(outputsOf(run)).toEqual({ $second: 'say: y is broken', $first: 'say: x is broken' });
  });

  test('when on_error of an item fails then the item failed with that', async () => {
    const step = call('{{ $item }}', '$said', { on_error: [call('{{ $item & "2" }}')] });
    const run = await allowed(sayAllBut('a', 'b', 'b2')).start(planOf([each([step]), compute('$failures', '$f')]));
    expect(outputsOf(run)).toMatchObject({
      $all: ['said a2', null, 'said c'],
      $f: [{ index: 1, item: 'b', message: 'say: b2 is broken', step: '0[1].steps.0.on_error.0' }],
    });
  });

  test('when a loop of on_error has failed items then the run continues behind it', async () => {
    const run = await allowed(sayAllBut('x', 'b')).start(
      planOf([call('x', '$said', { on_error: [each([call('{{ $item }}', '$each')])] }), compute('$all', '$end')]),
    );
    expect(valueOf(run)).toEqual(['said a', null, 'said c']);
  });

  test('when steps that only read surround one that fails then its on_error is done, and all others once', async () => {
    const say = scriptedTool('say', {
      acts: ({ text }) => (text === '2' ? fails('no') : `said ${String(text)}`),
    });
    const two = call('2', '$two', { on_error: [call('2b', '$two')] });
    const run = await new Bench({ tools: [say], jobs: 4 }).start(
      planOf([call('1', '$one'), two, call('3', '$three'), compute("$join([$one, $two, $three], ', ')", '$end')]),
    );
    expect(valueOf(run)).toBe('said 1, said 2b, said 3');
    expect(textsOf(say)).toEqual(['1', '2', '2b', '3']);
  });

  test('when a step has retries left then its on_error waits for the last of them', async () => {
    const say = scriptedTool('say', {
      acts: ({ text }) => (text === 'x' ? fails('busy', { retryable: true }) : `said ${String(text)}`),
    });
    const run = await new Bench({ tools: [say] }).start(
      planOf([call('x', '$said', { retries: 1, on_error: [call('y')] })]),
    );
    expect(textsOf(say)).toEqual(['x', 'x', 'y']);
    expect(run.steps[0]).toMatchObject({ status: 'completed', attempts: 2 });
  });

  test('when a block is tried again then what its on_error did inside is kept', async () => {
    const say = scriptedTool('say', {
      acts: [() => fails('no'), () => 'instead', () => fails('busy', { retryable: true }), () => 'last'],
    });
    const steps = [call('x', '$x', { on_error: [call('x2', '$x')] }), call('y', '$y')];
    const run = await new Bench({ tools: [say] }).start(
      planOf([branch(steps, { retries: 1 }), compute('[$x, $y]', '$e')]),
    );
    expect(valueOf(run)).toEqual(['instead', 'last']);
    expect(textsOf(say)).toEqual(['x', 'x2', 'y', 'y']);
  });
});

describe('what fails', () => {
  const instead = { on_error: [compute('$failure', '$f')] };

  test.each<[string, object, object]>([
    [
      'a condition',
      compute('1', '$x', { when: "$number('x') = 1", ...instead }),
      { code: 'expression-failed', step: '0' },
    ],
    [
      'the condition of a branch',
      { kind: 'if', branches: [{ when: "$number('x') = 1", steps: [compute('1', '$x')] }], ...instead },
      { code: 'expression-failed', step: '0' },
    ],
    [
      'the condition of a round',
      { kind: 'while', when: "$number('x') = 1", steps: [compute('1', '$x')], ...instead },
      { code: 'expression-failed', step: '0' },
    ],
    [
      'a loop that comes to no end',
      { kind: 'while', when: 'true', max_iterations: 2, steps: [compute('1', '$x')], ...instead },
      { code: 'step-failed', step: '0' },
    ],
    ['an expression', compute("$number('x')", '$x', instead), { code: 'expression-failed', step: '0' }],
    ['an argument', call("{{ $number('x') }}", '$x', instead), { code: 'expression-failed', step: '0' }],
    [
      'the text of a question',
      { kind: 'user_input', message: "{{ $number('x') }}?", output: '$x', ...instead },
      { code: 'expression-failed', step: '0' },
    ],
    [
      'a value that does not fit',
      compute("'x'", '$x', { output_schema: { type: 'integer' }, ...instead }),
      { step: '0' },
    ],
    ['an inner plan', inner([broken], instead), { code: 'expression-failed', step: '0' }],
    [
      'an inner plan that ends with an error',
      inner([{ kind: 'exit', message: 'no', error: true }], instead),
      { step: '0' },
    ],
    ['a plan in an inner plan', inner([inner([broken])], instead), { code: 'expression-failed', step: '0' }],
  ])('when %s fails then its on_error is done', async (_what, step, failure) => {
    const run = await allowed(sayAllBut()).start(planOf([step]));
    expect(run).toMatchObject({ state: 'COMPLETE', error: null });
    expect(outputsOf(run)['$f']).toMatchObject(failure);
  });

  test('when an inner plan catches its own failure then the step around it does not fail', async () => {
    const steps = [call('x', '$said', { on_error: [compute("'inside'", '$said')] })];
    const run = await allowed(sayAllBut('x')).start(
      planOf([inner(steps, { on_error: [compute("'outside'", '$inner')] })]),
    );
    expect(valueOf(run)).toBe('inside');
  });

  test('when the inner plan of an item fails then the others are done', async () => {
    const step = inner([call('{{ $at }}')], { inputs: { at: '{{ $item }}' } });
    const plan = { ...step.plan, plan_inputs: [{ name: 'at' }] };
    const run = await allowed(sayAllBut('b')).start(planOf([each([{ ...step, plan }])]));
    expect(valueOf(run)).toEqual(['said a', null, 'said c']);
  });
});

describe('what is never caught, however deep', () => {
  const handled = { on_error: [compute('1', '$instead')] };
  const around: [string, (step: unknown) => object][] = [
    ['an item', (step) => each([step])],
    ['a block in a block', (step) => branch([branch([step], handled)], handled)],
    ['an inner plan', (step) => inner([step], handled)],
    ['an item of an inner plan', (step) => each([inner([each([step], { as: 'other' })])])],
    ['on_error', (step) => branch([call('x', '$said', { on_error: [step] })], handled)],
  ];

  test.each(around)('when a person says no in %s then the run ends', async (_where, wrap) => {
    const bench = allowed(sayAllBut('x'));
    const run = await bench.start(planOf([wrap({ kind: 'user_verify', message: 'Really?', ...handled })]));
    expect(run.state).toBe('NEED_CLARIFICATION');
    const ended = await bench.resume(run.id, { verify: false });
    expect(ended).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
  });

  test.each(around)('when the settings forbid a call in %s then the run ends', async (_where, wrap) => {
    const pay = scriptedTool('pay', { effect: 'once', acts: [] });
    const bench = new Bench({ tools: [sayAllBut('x'), pay], policy: { say: 'allow', pay: 'deny' } });
    const step = { kind: 'tool', tool_id: 'pay', args: {}, output: '$paid', ...handled };
    expect(await bench.start(planOf([wrap(step)]))).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
  });

  test.each(around)('when a person says no to a call in %s then the run ends', async (_where, wrap) => {
    const pay = scriptedTool('pay', { effect: 'once', acts: [] });
    const bench = new Bench({ tools: [sayAllBut('x'), pay], policy: { say: 'allow', pay: 'ask' } });
    const step = { kind: 'tool', tool_id: 'pay', args: {}, output: '$paid', ...handled };
    const { id } = await bench.start(planOf([wrap(step)]));
    const ended = await bench.resume(id, { verify: false });
    expect(ended).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
  });

  test.each(around)(
    'when a budget is reached in %s then the run pauses, and continues with a higher one',
    async (_where, wrap) => {
      const say = sayAllBut('x');
      const surroundings = { tools: [say], policy: { say: 'allow' as const } };
      const bench = new Bench({ ...surroundings, limits: { steps: 3 } });
      const run = await bench.start(planOf([wrap(branch([compute('1', '$one'), compute('2', '$two')], handled))]));
      expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'budget' } });
      const done = await bench.resume(run.id, {}, { limits: { steps: 100 } });
      expect(done.state).toBe('COMPLETE');
      expect(done.outputs.step_outputs).not.toHaveProperty('$instead');
    },
  );

  test.each(around)('when the run is interrupted in %s then it continues there later', async (_where, wrap) => {
    const controller = new AbortController();
    const wait = scriptedTool('wait', {
      acts: async (_args, { signal }) => {
        if (controller.signal.aborted) return 'waited';
        setImmediate(() => controller.abort(new Interruption('SIGTERM')));
        return new Promise<Json>((_done, fail) => signal.addEventListener('abort', () => fail(new Error('stopped'))));
      },
    });
    const bench = new Bench({ tools: [sayAllBut('x'), wait], policy: { say: 'allow' }, signal: controller.signal });
    const run = await bench.start(
      planOf([wrap({ kind: 'tool', tool_id: 'wait', args: {}, output: '$w', ...handled })]),
    );
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'signal' } });
    const done = await bench.resume(run.id, {}, { signal: new AbortController().signal });
    expect(done).toMatchObject({ state: 'COMPLETE' });
    expect(done.outputs.step_outputs).not.toHaveProperty('$instead');
  });

  test.each(around)('when the model is away in %s then the run waits for it', async (_where, wrap) => {
    const model = scriptedModel([{ error: new PortiaError('unavailable', 'down') }]);
    const bench = new Bench({ tools: [sayAllBut('x')], policy: { say: 'allow' }, model });
    const step = { kind: 'llm', task: 'Say it', inputs: [], output: '$text', ...handled };
    const run = await bench.start(planOf([wrap(step)]));
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'unavailable' } });
  });
});
