import { describe, expect, test } from 'vitest';

import type { PortiaError } from '../../src/domain/errors.js';
import type { Settlement } from '../../src/executor/settle-steps.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import { Bench, outputsOf, planOf, valueOf } from './bench.js';
import { dyingStore, Killed } from './dying-processes.js';
import { compute, done, failedRun, pay, refusing, skip } from './refused-payments.js';
import { scriptedTool, textsOf } from './scripted-tool.js';

describe('a step that a person settles', () => {
  test.each(['$paid', 'paid', '0'])(
    'when %s is done by hand then the run continues with that value',
    async (selector) => {
      const { bench, run, tool } = await failedRun([pay('x'), compute("$paid & '!'", '$end')]);
      const resumed = await bench.resume(run.id, {}, { settlements: [done(selector, 'by hand')] });
      expect(resumed.state).toBe('COMPLETE');
      expect(outputsOf(resumed)).toEqual({ $paid: 'by hand', $end: 'by hand!' });
      expect(textsOf(tool)).toEqual(['x']);
      const events = await bench.store.readEvents(run.id);
      expect(events.find(({ type }) => type === 'step.settled')).toMatchObject({
        path: '0',
        how: 'done',
        value: { value: 'by hand' },
        channel: 'flag',
      });
    },
  );

  test('when it is skipped then what needs it is skipped, too', async () => {
    const { bench, run } = await failedRun([pay('x'), compute('$paid', '$needs'), compute('1', '$end')]);
    const resumed = await bench.resume(run.id, {}, { settlements: [skip('$paid')] });
    expect(outputsOf(resumed)).toEqual({ $end: 1 });
    expect(resumed.steps.map(({ status }) => status)).toEqual(['skipped', 'skipped', 'completed']);
    expect(resumed.steps[0]?.reason).toBe('left out by a person');
  });

  test('when it is in a loop then only that round of it is settled', async () => {
    const loop = { kind: 'for_each', over: '["a", "b"]', as: 'i', steps: [pay('{{ $i }}')], output: '$all' };
    const { bench, run } = await failedRun([loop]);
    const next = await bench.resume(run.id, {}, { settlements: [done('0[0].steps.0', 1)] });
    expect(next.error).toMatchObject({ step: '0[1].steps.0' });
    const resumed = await bench.resume(run.id, {}, { settlements: [done('0[1].steps.0', 2)] });
    expect(valueOf(resumed)).toEqual([1, 2]);
  });

  test('when a whole block is done by hand then nothing in it is done any more', async () => {
    const block = { kind: 'if', branches: [{ when: 'true', steps: [pay('x'), pay('y', '$other')] }] };
    const { bench, run, tool } = await failedRun([block, compute('$exists($paid)', '$end')]);
    const resumed = await bench.resume(run.id, {}, { settlements: [done('0')] });
    expect(valueOf(resumed)).toBe(false);
    expect(textsOf(tool)).toEqual(['x']);
  });

  test('when nobody knows how its call ended then the question is closed', async () => {
    const tool = scriptedTool('pay', {
      effect: 'once',
      timeoutMs: 20,
      acts: async (_args, { signal }) =>
        new Promise((_done, fail) => signal.addEventListener('abort', () => fail(new Error('stopped')))),
    });
    const bench = new Bench({ tools: [tool], policy: { pay: 'allow' } });
    const run = await bench.start(planOf([pay('x')]));
    expect(run.state).toBe('NEED_CLARIFICATION');
    const resumed = await bench.resume(run.id, {}, { settlements: [done('$paid', 'seen')] });
    expect(valueOf(resumed)).toBe('seen');
    expect(resumed.outputs.clarifications).toMatchObject([{ resolved: true, response: null }]);
    expect(textsOf(tool)).toEqual(['x']);
  });

  test('when its tool is gone then it can be skipped all the same', async () => {
    const { bench, run } = await failedRun([pay('x'), compute('1', '$end')]);
    const elsewhere = new Bench({ store: bench.store });
    expect(valueOf(await elsewhere.resume(run.id, {}, { settlements: [skip('$paid')] }))).toBe(1);
  });
});

test.each<[string, unknown[], Settlement[], string, RegExp]>([
  ['the name is misspelt', [pay('x')], [skip('$piad')], 'usage', /Did you mean \$paid\?/],
  ['the step is done', [compute('1', '$one'), pay('x')], [skip('0')], 'usage', /Step 0 .* is completed/],
  [
    'it is named as people see it',
    [{ kind: 'if', branches: [{ when: 'true', steps: [pay('x')] }] }],
    [skip('1.1.1')],
    'usage',
    /Did you mean 0\.branches\.0\.steps\.0\?/,
  ],
  [
    'its on_error has begun',
    [pay('x', '$paid', { on_error: [pay('y', '$other')] })],
    [skip('0')],
    'usage',
    /Step 0 .* failed, and the plan says what is done then.*0\.on_error\.0 \(\$other\)/,
  ],
  ['a short name is like no other', [pay('x')], [skip('7')], 'usage', /failed or is open\. They are/],
  ['no step is called so', [pay('x')], [skip('7')], 'usage', /They are: 0 \(\$paid\)/],
  ['it is settled twice', [pay('x')], [skip('0'), done('$paid', 1)], 'usage', /settled twice/],
  ['its value is missing', [pay('x')], [done('0')], 'usage', /its value is missing/],
  [
    'it leaves no value',
    [{ kind: 'if', branches: [{ when: 'true', steps: [pay('x')] }] }],
    [done('0', 1)],
    'usage',
    /leaves no value/,
  ],
  [
    'the value does not fit',
    [pay('x', '$paid', { output_schema: { type: 'integer' } })],
    [done('0', 'one')],
    'invalid-input',
    /does not fit the schema of step/,
  ],
])('when %s then it is refused, and the run stays as it is', async (_name, steps, settlements, code, said) => {
  const { bench, run } = await failedRun(steps);
  const error = (await bench.resume(run.id, {}, { settlements }).catch((thrown: unknown) => thrown)) as PortiaError;
  expect(error).toMatchObject({ code });
  expect(`${error.message} ${error.fix}`).toMatch(said);
  expect((await bench.store.requireRun(run.id)).run.metadata.last_seq).toBe(run.metadata.last_seq);
});

test('when a step asks for a secret then it is not settled with one, which would be kept', async () => {
  const bench = new Bench();
  const schema = { type: 'object', properties: { pin: { type: 'string', format: 'password' } } };
  const run = await bench.start(planOf([{ kind: 'user_input', message: 'PIN?', schema, output: '$card' }]));
  const settlements = [done('$card', { pin: 'hunter2' })];
  await expect(bench.resume(run.id, {}, { settlements })).rejects.toThrow('only an answer gives one');
  expect(JSON.stringify(await bench.store.readEvents(run.id))).not.toContain('hunter2');
});

test('when the run is complete then no step of it is settled', async () => {
  const bench = new Bench();
  const run = await bench.start(planOf([compute('1', '$end')]));
  const refused = bench.resume(run.id, {}, { settlements: [done('$end', 2)] });
  await expect(refused).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining('is complete') });
});

test('when a step asks a person to agree then it is not settled but answered', async () => {
  const bench = new Bench();
  const run = await bench.start(planOf([{ kind: 'user_verify', message: 'Pay?' }, compute('1', '$end')]));
  await expect(bench.resume(run.id, {}, { settlements: [skip('0')] })).rejects.toThrow('only an answer settles that');
});

test('when the process dies at any event behind what a person settled then that holds, and nothing is done twice', async () => {
  const steps = [
    pay('x'),
    { kind: 'for_each', over: '["a"]', as: 'i', steps: [pay('{{ $i }}')] },
    compute("$paid & '!'", '$end'),
  ];
  for (let event = 1; event <= 6; event += 1) {
    const store = createMemoryStore({ now: () => new Date() });
    const surroundings = { policy: { pay: 'allow' as const } };
    const first = refusing();
    const run = await new Bench({ ...surroundings, store, tools: [first] }).start(planOf(steps));
    const dying = new Bench({
      ...surroundings,
      store: dyingStore(store, { event, when: 'after' }),
      tools: [refusing()],
    });
    const settlements = [done('$paid', 'hand')];
    await dying.resume(run.id, {}, { settlements }).catch((error: unknown) => expect(error).toBeInstanceOf(Killed));
    const left = (await store.readEvents(run.id)).some(({ type }) => type === 'step.settled') ? [] : settlements;
    const alive = new Bench({ ...surroundings, store: dyingStore(store, undefined), tools: [refusing()] });
    const failed = await alive.resume(run.id, {}, { settlements: left });
    if (failed.state === 'NEED_CLARIFICATION') continue;
    const resumed = await alive.resume(run.id, {}, { settlements: [done('1')] });
    expect({ event, value: valueOf(resumed) }).toEqual({ event, value: 'hand!' });
    expect(textsOf(first)).toEqual(['x']);
  }
});
