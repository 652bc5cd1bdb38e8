import { describe, expect, test } from 'vitest';

import { openClarifications } from '../../src/domain/run/clarification.js';
import type { PortiaError } from '../../src/domain/errors.js';
import type { Settlement } from '../../src/executor/settle-steps.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import { Bench, outputsOf, planOf, valueOf } from './bench.js';
import { dyingStore, Killed } from './dying-processes.js';
import { compute, done, failedRun, pay, refusing, skip } from './refused-payments.js';
import { textsOf } from './scripted-tool.js';

const each = (steps: unknown[], extra: object = {}) => ({
  kind: 'for_each',
  over: '["a", "b"]',
  as: 'item',
  steps,
  output: '$all',
  ...extra,
});

describe('a settled step in a block', () => {
  test('when the step of one round is skipped then the list has null for it', async () => {
    const { settle, tool } = await failedRun([each([pay('{{ $item }}')])], 'a');
    expect(valueOf(await settle(skip('0[0].steps.0')))).toEqual([null, 'paid b']);
    expect(textsOf(tool)).toEqual(['a', 'b']);
  });

  test('when the first of two steps of a round is done by hand then the second is done with its value', async () => {
    const { settle, tool } = await failedRun([each([pay('{{ $item }}', '$x'), pay('{{ $x & "!" }}')])], 'b');
    expect(valueOf(await settle(done('$x', 'hand')))).toEqual(['paid paid a!', 'paid hand!']);
    expect(textsOf(tool)).toEqual(['a', 'paid a!', 'b', 'hand!']);
  });

  test('when a whole loop is done by hand then none of its other items is done', async () => {
    const { settle, tool } = await failedRun([each([pay('{{ $item }}')]), compute('$all', '$end')], 'a');
    expect(outputsOf(await settle(done('$all', ['x', 'y'])))).toMatchObject({ $all: ['x', 'y'], $end: ['x', 'y'] });
    expect(textsOf(tool)).toEqual(['a']);
  });

  test('when a loop that continues after failures is done by hand then $failures is empty', async () => {
    const loop = each([pay('{{ $item }}')], { on_error: 'continue', collect: '$paid', over: "$number('x')" });
    const { settle } = await failedRun([loop, compute('$failures', '$end')]);
    expect(outputsOf(await settle(done('$all', ['x'])))).toEqual({ $all: ['x'], $end: [] });
  });

  test('when a block is done by hand then what its steps left before it failed is there, also after a later failure', async () => {
    const within = { kind: 'if', branches: [{ when: 'true', steps: [compute('2', '$two'), pay('x')] }] };
    const block = { kind: 'if', branches: [{ when: 'true', steps: [compute('1', '$one'), within, pay('y', '$y')] }] };
    const end = compute('[$one, $two, $exists($paid), $exists($y)]', '$end');
    const { bench, run, settle, tool } = await failedRun([block, pay('z', '$z'), end], 'x', 'z');
    expect(await settle(done('0'))).toMatchObject({ state: 'FAILED', error: { step: '1' } });
    expect(textsOf(tool)).toEqual(['x', 'z']);
    expect(valueOf(await bench.resume(run.id, {}, { settlements: [done('$z', 'hand')] }))).toEqual([
      1,
      2,
      false,
      false,
    ]);
  });

  test('when a block is left out then what its steps left before it failed is left out, too', async () => {
    const block = { kind: 'if', branches: [{ when: 'true', steps: [compute('1', '$one'), pay('x')] }] };
    const { settle } = await failedRun([block, compute('$exists($one)', '$end')], 'x');
    expect(valueOf(await settle(skip('0')))).toBe(false);
  });

  test('when a step in a branch of a loop in a loop is done by hand then only there', async () => {
    const branch = { kind: 'if', branches: [{ when: 'true', steps: [pay('{{ $item & $string($n) }}')] }] };
    const within = each([branch], { over: '[1, 2]', as: 'n', output: '$row' });
    const { settle, tool } = await failedRun([each([within])], 'a2', 'b2');
    const next = await settle(done('0[0].steps.0[1].steps.0.branches.0.steps.0', 'hand a2'));
    expect(next).toMatchObject({ state: 'FAILED', error: { step: '0[1].steps.0[1].steps.0.branches.0.steps.0' } });
    expect(valueOf(await settle(skip('0[1].steps.0[1].steps.0.branches.0.steps.0')))).toEqual([
      ['paid a1', 'hand a2'],
      ['paid b1', null],
    ]);
    expect(textsOf(tool)).toEqual(['a1', 'a2', 'b1', 'b2']);
  });
});

describe('a settled step with on_error', () => {
  const handled = pay('x', '$paid', { on_error: [pay('y', '$paid')] });

  test('when the step of on_error is done by hand then the run continues behind the step', async () => {
    const { settle, tool } = await failedRun([handled, compute("$paid & '!'", '$end')], 'x', 'y');
    expect(outputsOf(await settle(done('0.on_error.0', 'hand')))).toEqual({ $paid: 'hand', $end: 'hand!' });
    expect(textsOf(tool)).toEqual(['x', 'y']);
  });

  test('when the step of on_error is skipped then what needs its output is skipped', async () => {
    const { settle } = await failedRun([handled, compute("$paid & '!'", '$needs'), compute('1', '$end')], 'x', 'y');
    const resumed = await settle(skip('0.on_error.0'));
    expect(outputsOf(resumed)).toEqual({ $end: 1 });
  });
});

describe('what cannot be settled', () => {
  const fits = { output_schema: { type: 'integer' } };
  const continues = each([pay('{{ $item }}')], { on_error: 'continue' });

  test.each<[string, unknown[], Settlement, string, RegExp]>([
    ['a round that is done', [each([pay('{{ $item }}')])], done('0[0].steps.0', 1), 'usage', /is completed/],
    ['a round that has not begun', [each([pay('{{ $item }}')])], done('0[7].steps.0', 1), 'usage', /They are: 0 /],
    [
      'an item that failed in a loop that continues',
      [continues, pay('b', '$end')],
      done('0[1].steps.0', 1),
      'usage',
      /the plan says what is done then/,
    ],
    ['a loop that continued', [continues, pay('b', '$end')], skip('0'), 'usage', /is completed/],
    [
      'a step whose on_error is done',
      [pay('b', '$x', { on_error: [compute('1', '$x')] }), pay('b')],
      skip('0'),
      'usage',
      /the plan says what is done then/,
    ],
    ['a step that comes later', [pay('b'), compute('1', '$end')], done('$end', 1), 'usage', /has failed or is open/],
    [
      'a value in a loop that does not fit',
      [each([pay('{{ $item }}', '$paid', fits)], { over: '["b"]' })],
      done('$paid', 'one'),
      'invalid-input',
      /does not fit the schema/,
    ],
    [
      'a value of on_error that does not fit',
      [pay('b', '$paid', { on_error: [pay('b', '$paid', fits)] })],
      done('0.on_error.0', [1]),
      'invalid-input',
      /does not fit the schema/,
    ],
  ])('when it is %s then the run stays as it is', async (_what, steps, settlement, code, said) => {
    const { bench, run, settle } = await failedRun(steps, 'b');
    const error = (await settle(settlement).catch((thrown: unknown) => thrown)) as PortiaError;
    expect(error).toMatchObject({ code });
    expect(`${error.message} ${error.fix}`).toMatch(said);
    expect((await bench.store.requireRun(run.id)).run.metadata.last_seq).toBe(run.metadata.last_seq);
  });

  test('when a step was settled before then it is not settled again', async () => {
    const { settle } = await failedRun([pay('b'), pay('b', '$other')], 'b');
    const next = await settle(done('$paid', 'hand'));
    expect(next).toMatchObject({ state: 'FAILED', error: { step: '1' } });
    await expect(settle(done('$paid', 'again'))).rejects.toThrow('Step $paid');
    expect(outputsOf(await settle(done('$other', 'last')))).toEqual({ $paid: 'hand', $other: 'last' });
  });

  test('when a block was settled then the steps that failed in it are not settled any more', async () => {
    const { settle } = await failedRun([each([pay('{{ $item }}')]), pay('b', '$other')], 'b');
    expect(await settle(done('$all', ['x']))).toMatchObject({ state: 'FAILED', error: { step: '1' } });
    await expect(settle(done('0[1].steps.0', 'late'))).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringMatching(/is inside step 0, which is completed\.$/),
      fix: expect.stringMatching(/They are: 1 \(\$other\)$/),
    });
  });

  test('when one of two settlements is refused then the other is not recorded', async () => {
    const { bench, run, settle } = await failedRun([pay('b')], 'b');
    await expect(settle(done('$paid', 'hand'), skip('7'))).rejects.toMatchObject({ code: 'usage' });
    expect((await bench.store.readEvents(run.id)).map(({ type }) => type)).not.toContain('step.settled');
  });
});

test.each<[string, Settlement, string, string]>([
  ['a step of a round', done('$x', 'hand'), 'b', 'paid paid a!, paid hand!, paid x'],
  ['a loop', done('$all', ['one', 'two']), 'b', 'one, two, paid x'],
  ['a step of on_error', done('2.on_error.0', 'hand'), 'xy', 'paid paid a!, paid paid b!, hand'],
])(
  'when the process dies at any event behind %s that was settled then that holds',
  async (_what, settlement, refused, end) => {
    const plan = planOf([
      each([pay('{{ $item }}', '$x'), pay('{{ $x & "!" }}')]),
      compute('1', '$one'),
      pay('x', '$last', { on_error: [pay('y', '$last')] }),
      compute("$join($append($all, [$last]), ', ')", '$end'),
    ]);
    let kills = 0;
    for (let event = 1; ; event += 1) {
      const store = createMemoryStore({ now: () => new Date() });
      const tool = refusing(...refused);
      const surroundings = { tools: [tool], policy: { pay: 'allow' as const } };
      const { id } = await new Bench({ ...surroundings, store }).start(plan);
      const dying = new Bench({ ...surroundings, store: dyingStore(store, { event, when: 'after' }) });
      const killed = await dying.resume(id, {}, { settlements: [settlement] }).catch((error: unknown) => error);
      if (!(killed instanceof Killed)) break;
      kills += 1;
      const isSettled = (await store.readEvents(id)).some(({ type }) => type === 'step.settled');
      const alive = new Bench({ ...surroundings, store: dyingStore(store, undefined) });
      let run = await alive.resume(id, {}, { settlements: isSettled ? [] : [settlement] });
      // Died with a call under way, a person is asked what became of it.
      const [asked] = openClarifications(run);
      const text = asked?.category === 'Multiple Choice' ? asked.args?.['text'] : undefined;
      const outcome = textsOf(tool).includes(text) ? 'happened' : 'not_done';
      if (asked !== undefined) run = await alive.resume(id, { outcome });
      if (outcome === 'happened') run = await alive.resume(id, { result: `paid ${text}` });
      expect({ event, end: valueOf(run) }).toEqual({ event, end });
      expect(new Set(textsOf(tool)).size).toBe(tool.calls.length);
    }
    expect(kills).toBeGreaterThan(4);
  },
);
