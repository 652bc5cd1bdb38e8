import { describe, expect, test } from 'vitest';

import { PortiaError } from '../../src/domain/errors.js';
import type { Json } from '../../src/domain/values/json.js';
import { Bench, outputsOf, planOf, valueOf } from './bench.js';
import { allowed, call, compute, each, fails, sayAllBut } from './failing-steps.js';
import { scriptedModel } from './scripted-model.js';
import { scriptedTool, textsOf } from './scripted-tool.js';

const broken = (text: string, step: string) => ({ code: 'tool-failed', message: `say: ${text} is broken`, step });
const statuses = (run: { steps: { path: string; status: string }[] }) =>
  run.steps.map(({ path, status }) => `${path} ${status}`);

describe('on_error: continue', () => {
  test('when an item fails then the others are done, and $failures says which failed and why', async () => {
    const say = sayAllBut('b');
    const bench = allowed(say);
    const run = await bench.start(planOf([each([call('{{ $item }}')]), compute('$failures', '$lost')]));
    expect(run.state).toBe('COMPLETE');
    expect(textsOf(say)).toEqual(['a', 'b', 'c']);
    const lost = [{ index: 1, item: 'b', ...broken('b', '0[1].steps.0') }];
    expect(outputsOf(run)).toMatchObject({ $all: ['said a', null, 'said c'], $lost: lost });
    expect(run.steps.find(({ path }) => path === '0')).toMatchObject({
      status: 'completed',
      failed: { count: 1, items: { value: lost } },
    });
    expect(run.steps.find(({ path }) => path === '0[1].steps.0')).toMatchObject({
      status: 'failed',
      caught_by: '0',
      error: { message: 'say: b is broken' },
    });
  });

  test('when nothing fails then $failures is empty', async () => {
    const run = await allowed(sayAllBut()).start(planOf([each([call('{{ $item }}')]), compute('$failures', '$lost')]));
    expect(valueOf(run)).toEqual([]);
    expect(run.steps[0]).not.toHaveProperty('failed');
  });

  test('when collect asks for $failure then it sees it for the items that failed', async () => {
    const collect = "$exists($failure) ? $item & ': ' & $failure.message : $said";
    const run = await allowed(sayAllBut('a', 'c')).start(planOf([each([call('{{ $item }}')], { collect })]));
    expect(valueOf(run)).toEqual(['a: say: a is broken', 'said b', 'c: say: c is broken']);
  });

  test('when collect needs what a failed item did not make then the list has null there', async () => {
    const run = await allowed(sayAllBut('a')).start(planOf([each([call('{{ $item }}')], { collect: '$said' })]));
    expect(valueOf(run)).toEqual([null, 'said b', 'said c']);
  });

  test('when collect itself fails for an item then that item failed', async () => {
    const collect = "$item = 'b' ? $number('x') : $item";
    const run = await new Bench().start(
      planOf([each([compute('$item', '$same')], { collect }), compute('$failures', '$f')]),
    );
    expect(outputsOf(run)).toMatchObject({
      $all: ['a', null, 'c'],
      $f: [{ index: 1, item: 'b', code: 'expression-failed', step: '0' }],
    });
  });

  test('when a step of an item fails in a branch then its later steps are not begun', async () => {
    const say = sayAllBut('b');
    const branch = { kind: 'if', branches: [{ when: 'true', steps: [call('{{ $item }}')] }] };
    const run = await allowed(say).start(planOf([each([branch, call('{{ $item & "2" }}', '$second')])]));
    expect(textsOf(say)).toEqual(['a', 'a2', 'b', 'c', 'c2']);
    expect(valueOf(run)).toEqual(['said a2', null, 'said c2']);
  });

  test('when items are done side by side then the failed ones are in the order of the list', async () => {
    const say = scriptedTool('say', {
      acts: ({ text }) => (text === 'b' ? 'fine' : fails(`no ${String(text)}`)),
    });
    const bench = new Bench({ tools: [say], jobs: 3 });
    const run = await bench.start(
      planOf([each([call('{{ $item }}')], { max_parallel: 3 }), compute('$failures.item', '$f')]),
    );
    expect(outputsOf(run)).toMatchObject({ $all: [null, 'fine', null], $f: ['a', 'c'] });
  });

  test('when an item has retries left then it is tried again first', async () => {
    const say = scriptedTool('say', {
      acts: [() => fails('not yet', { retryable: true }), () => 'one', () => 'two', () => 'three'],
    });
    const run = await new Bench({ tools: [say] }).start(planOf([each([call('{{ $item }}', '$said', { retries: 1 })])]));
    expect(valueOf(run)).toEqual(['one', 'two', 'three']);
  });

  test('when a tool stays unavailable for an item then that item failed', async () => {
    const say = scriptedTool('say', {
      acts: ({ text }) => (text === 'b' ? fails('down', { unavailable: true }) : 'up'),
    });
    const run = await new Bench({ tools: [say] }).start(
      planOf([each([call('{{ $item }}')]), compute('$failures.code', '$f')]),
    );
    expect(outputsOf(run)).toMatchObject({ $all: ['up', null, 'up'], $f: 'unavailable' });
  });

  test('when it has no output then the items after the failed one are done, too', async () => {
    const say = sayAllBut('b');
    const run = await allowed(say).start(
      planOf([each([call('{{ $item }}')], { output: undefined }), compute('$failures.index', '$f')]),
    );
    expect(valueOf(run)).toBe(1);
  });

  test('when hundreds of items fail then the record has the newest and counts all', async () => {
    const steps = [compute("$number('x')", '$n')];
    const run = await new Bench().start(planOf([each(steps, { over: '[1..300]' })]));
    expect(run.steps.filter(({ status }) => status === 'failed')).toHaveLength(100);
    expect(run.step_totals).toMatchObject([{ path: '0[*].steps.0', completed: 0, skipped: 0, failed: 300 }]);
    expect(run.steps[0]?.failed?.count).toBe(300);
  });
});

describe('on_error: steps', () => {
  test('when a step fails then those steps are done, and the run continues behind it', async () => {
    const say = sayAllBut('x');
    const run = await allowed(say).start(
      planOf([
        call('x', '$said', { on_error: [compute("$failure.code & ' at ' & $failure.step", '$said')] }),
        compute("$said & '!'", '$end'),
      ]),
    );
    expect(outputsOf(run)).toEqual({ $said: 'tool-failed at 0', $end: 'tool-failed at 0!' });
    expect(statuses(run)).toEqual(['0 completed', '0.on_error.0 completed', '1 completed']);
    expect(run.steps[0]).toMatchObject({ error: broken('x', '0'), caught_by: '0' });
  });

  test('when a step does not fail then they are passed over', async () => {
    const run = await allowed(sayAllBut()).start(planOf([call('x', '$said', { on_error: [compute('1', '$other')] })]));
    expect(outputsOf(run)).toEqual({ $said: 'said x' });
  });

  test('when they leave no output of its name then what needs it is skipped', async () => {
    const run = await allowed(sayAllBut('x')).start(
      planOf([
        call('x', '$said', { on_error: [compute('1', '$other')] }),
        compute('$said', '$needs'),
        compute("$exists($said) ? 'there' : 'gone'", '$asks'),
      ]),
    );
    expect(outputsOf(run)).toEqual({ $other: 1, $asks: 'gone' });
    expect(run.steps.find(({ path }) => path === '1')).toMatchObject({ status: 'skipped' });
  });

  test('when the last step fails then the result is what they leave', async () => {
    const run = await allowed(sayAllBut('x')).start(
      planOf([call('x', '$said', { on_error: [compute('7', '$other')] })]),
    );
    expect(valueOf(run)).toBe(7);
  });

  test('when they fail themselves then the run fails there, and a resume continues there', async () => {
    const say = scriptedTool('say', {
      effect: 'once',
      acts: [() => fails('first'), () => fails('second', { notDone: true }), () => 'mended'],
    });
    const bench = allowed(say);
    const run = await bench.start(planOf([call('x', '$said', { on_error: [call('y', '$said')] })]));
    expect(run).toMatchObject({ state: 'FAILED', error: { message: 'say: second', step: '0.on_error.0' } });
    const resumed = await bench.resume(run.id);
    expect(resumed.state).toBe('COMPLETE');
    expect(textsOf(say)).toEqual(['x', 'y', 'y']);
    expect(valueOf(resumed)).toBe('mended');
  });

  test('when a block fails inside then its own on_error is done', async () => {
    const block = {
      kind: 'if',
      branches: [{ when: 'true', steps: [compute('1', '$one'), call('x'), compute('2', '$two')] }],
      on_error: [compute('$failure.step', '$where')],
    };
    const run = await allowed(sayAllBut('x')).start(
      planOf([block, compute('[$exists($one), $exists($two)]', '$left')]),
    );
    expect(outputsOf(run)).toMatchObject({ $one: 1, $where: '0.branches.0.steps.1', $left: [true, false] });
  });

  test('when it takes too long then that is a failure, and its on_error has time', async () => {
    const say = scriptedTool('say', {
      acts: async (_args, { signal }) =>
        new Promise((_done, fail) => signal.addEventListener('abort', () => fail(new Error('stopped')))),
    });
    const step = call('x', '$said', { timeout_ms: 20, on_error: [compute('$failure.message', '$said')] });
    expect(valueOf(await new Bench({ tools: [say] }).start(planOf([step])))).toMatch(/longer than|stopped/);
  });

  test('when an exit is among them then the run ends there', async () => {
    const step = call('x', '$said', { on_error: [{ kind: 'exit', message: 'gave up: {{ $failure.message }}' }] });
    const run = await allowed(sayAllBut('x')).start(planOf([step, compute('1', '$never')]));
    expect(valueOf(run)).toBe('gave up: say: x is broken');
  });

  test('when a plan inside fails then what it used is counted once', async () => {
    const inner = {
      plan_context: { query: 'inside', tool_ids: [] },
      steps: [
        { kind: 'llm', task: 'Think', inputs: [], output: '$t' },
        { kind: 'exit', message: 'no', error: true },
      ],
    };
    const bench = new Bench({ model: scriptedModel([{ text: 'thought' }]) });
    const plan = planOf([
      { kind: 'plan', plan: inner, inputs: {}, output: '$x', on_error: [compute("'instead'", '$x')] },
    ]);
    const run = await bench.start(plan);
    expect(run).toMatchObject({ state: 'COMPLETE', usage: { calls: 1 } });
    expect(valueOf(run)).toBe('instead');
  });

  test('when a step around it is tried again then the caught one is tried again, too', async () => {
    const say = scriptedTool('say', { acts: [() => fails('no', { retryable: true }), () => 'yes'] });
    const block = {
      kind: 'if',
      branches: [{ when: 'true', steps: [call('x')] }],
      retries: 1,
      on_error: [compute("'gave up'", '$said')],
    };
    const run = await new Bench({ tools: [say] }).start(planOf([block, compute('$said', '$end')]));
    expect(valueOf(run)).toBe('yes');
  });
});

describe('what no on_error is for', () => {
  test.each<[string, unknown]>([
    ['continue', each([call('{{ $item }}')])],
    ['steps', call('a', '$said', { on_error: [compute('1', '$said')] })],
  ])('when a person says no to a call then the run ends also with on_error: %s', async (_name, step) => {
    const bench = new Bench({ tools: [sayAllBut()], policy: { say: 'deny' } });
    const run = await bench.start(planOf([step]));
    expect(run).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
  });

  test('when nobody knows whether a call acted then a person is asked, and the item is done with the answer', async () => {
    const say = scriptedTool('say', {
      effect: 'once',
      timeoutMs: 30,
      acts: async ({ text }, { signal }) =>
        text === 'b'
          ? new Promise<Json>((_done, fail) => signal.addEventListener('abort', () => fail(new Error('stopped'))))
          : `said ${String(text)}`,
    });
    const bench = allowed(say);
    const run = await bench.start(planOf([each([call('{{ $item }}')])]));
    expect(run).toMatchObject({ state: 'NEED_CLARIFICATION' });
    const asked = await bench.resume(run.id, { outcome: 'happened' });
    const done = await bench.resume(asked.id, { result: 'said by hand' });
    expect(valueOf(done)).toEqual(['said a', 'said by hand', 'said c']);
    expect(textsOf(say)).toEqual(['a', 'b', 'c']);
  });

  test('when a budget is used up then the run pauses', async () => {
    const bench = new Bench({ tools: [sayAllBut()], policy: { say: 'allow' }, limits: { steps: 3 } });
    const run = await bench.start(planOf([each([call('{{ $item }}')])]));
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'budget' } });
  });

  test('when the step around a loop takes too long then the item that was stopped did not fail', async () => {
    const say = scriptedTool('say', {
      acts: [
        async (_args, { signal }) =>
          new Promise<Json>((_done, fail) => signal.addEventListener('abort', () => fail(new Error('stopped')))),
        () => 'a',
        () => 'b',
        () => 'c',
      ],
    });
    const around = {
      kind: 'if',
      branches: [{ when: 'true', steps: [each([call('{{ $item }}')])] }],
      timeout_ms: 500,
      retries: 1,
    };
    const run = await new Bench({ tools: [say] }).start(planOf([around, compute('$failures', '$f')]));
    expect(outputsOf(run)).toMatchObject({ $all: ['a', 'b', 'c'], $f: [] });
  });

  test('when a model is not there then the run waits for it', async () => {
    const bench = new Bench({ model: scriptedModel([{ error: new PortiaError('unavailable', 'down') }]) });
    const run = await bench
      .start(planOf([{ kind: 'llm', task: 'Say it', inputs: [], output: '$x', on_error: [compute('1', '$x')] }]))
      .catch((error: unknown) => error);
    expect(run).toMatchObject({ state: 'IN_PROGRESS', pause: { reason: 'unavailable' } });
  });
});
