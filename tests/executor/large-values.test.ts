import { expect, test } from 'vitest';

import { digestText } from '../../src/domain/values/digest.js';
import { eventSchema } from '../../src/domain/run/event-schema.js';
import { LIMITS } from '../../src/storage/limits.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import { Bench, planOf, valueOf, type Surroundings } from './bench.js';
import { scriptedTool, type ToolScript } from './scripted-tool.js';

const LIMIT = 2_000;
const fits = 'x'.repeat(LIMIT - 2);
const tooMuch = 'x'.repeat(LIMIT - 1);

/** A bench in which values have at most 2,000 bytes, and an event 20,000. */
function small(surroundings: Surroundings = {}): Bench {
  const limits = { ...LIMITS, valueBytes: LIMIT, eventBytes: 20_000 };
  const store = createMemoryStore({ now: () => new Date(), limits });
  return new Bench({ largeOutputTokens: 10, store, policy: { big: 'allow', take: 'allow' }, ...surroundings });
}

const big = (script: ToolScript) => scriptedTool('big', script);
const plan = planOf([
  { kind: 'tool', tool_id: 'big', args: {}, output: '$big', retries: 2 },
  { kind: 'compute', expression: '$length($big)', output: '$length' },
]);

test('when a value is as large as it may be then it passes through the run', async () => {
  const bench = small({ tools: [big({ acts: [() => fits] })] });
  expect(valueOf(await bench.start(plan))).toBe(LIMIT - 2);
});

test.each(['read', 'idempotent'] as const)(
  'when a %s call gives more then the call fails with the limit and the cure, and is not tried again',
  async (effect) => {
    const tool = big({ effect, acts: [() => tooMuch, () => fits] });
    const bench = small({ tools: [tool] });
    const run = await bench.start(plan);
    expect(run).toMatchObject({ state: 'FAILED', error: { code: 'tool-failed', step: '0', retryable: false } });
    expect(run.error?.message).toBe(
      'big: gave 2001 bytes, the limit is 2000 bytes: let it pass on a part of it, or write it to a file and pass on its name.',
    );
    expect(tool.calls).toHaveLength(1);
    // It may give less by now.
    expect(valueOf(await bench.resume(run.id))).toBe(LIMIT - 2);
  },
);

test('when a once call gives more then it is recorded as done, and its result is asked for instead of a second call', async () => {
  const tool = big({ effect: 'once', acts: [() => tooMuch] });
  const bench = small({ tools: [tool] });
  const { id, error } = await bench.start(plan);
  expect(error?.message).toMatch(/^big: gave 2001 bytes/);
  expect(error?.why).toContain('it is not called again');
  const text = JSON.stringify(tooMuch);
  const done = bench.told.find((event) => event.type === 'tool.finished');
  expect(done).toMatchObject({ outcome: { kind: 'too-large', digest: digestText(text), bytes: LIMIT + 1 } });
  expect(eventSchema.safeParse(done).error).toBeUndefined();
  const asked = await bench.resume(id);
  expect(asked).toMatchObject({ state: 'NEED_CLARIFICATION' });
  expect(asked.outputs.clarifications).toMatchObject([{ argument_name: 'result', resolved: false }]);
  expect(valueOf(await bench.resume(id, { result: 'receipt 5' }))).toBe(9);
  expect(tool.calls).toHaveLength(1);
});

test('when the process died before the step failed with that then a once call is not made again either', async () => {
  const tool = big({ effect: 'once', acts: [() => tooMuch] });
  const dying = new AbortController();
  const bench = small({
    tools: [tool],
    onEvent: (event) => {
      if (event.type === 'tool.finished') dying.abort();
      if (dying.signal.aborted) throw new Error('killed');
    },
  });
  await expect(bench.start(plan)).rejects.toThrow('killed');
  const [id] = await bench.store.listRunIds();
  if (id === undefined) throw new Error('no run');
  const asked = await bench.resume(id, {}, { onEvent: () => undefined });
  expect(asked.outputs.clarifications).toMatchObject([{ argument_name: 'result' }]);
  expect(tool.calls).toHaveLength(1);
});

test.each([
  [
    'an expression',
    [{ kind: 'compute', expression: '$pad("", 2000, "x")', output: '$x' }],
    /The output \$x has 2002 bytes/,
  ],
  [
    'the list of a loop',
    [
      {
        kind: 'for_each',
        over: '[1..5]',
        as: 'n',
        output: '$list',
        steps: [{ kind: 'compute', expression: '$pad("", 500, "x")', output: '$x' }],
      },
    ],
    /The output \$list has 25\d\d bytes/,
  ],
])('when %s gives more then its step fails with the limit and the cure', async (_what, steps, message) => {
  const run = await small().start(planOf(steps));
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'step-failed', retryable: false } });
  expect(run.error?.message).toMatch(message);
  expect(run.error?.fix).toMatch(/file/);
});

test('when the arguments of a call are more then it is not made', async () => {
  const take = scriptedTool('take', { effect: 'once', acts: [() => 'taken'] });
  const passing = planOf([
    { kind: 'tool', tool_id: 'big', args: {}, output: '$big' },
    { kind: 'tool', tool_id: 'take', args: { text: '{{ $big }}' }, output: '$end' },
  ]);
  const run = await small({ tools: [big({ acts: [() => fits] }), take] }).start(passing);
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'step-failed', step: '1', retryable: false } });
  expect(take.calls).toEqual([]);
});

test('when an input is more then the run is not begun', async () => {
  const bench = small();
  const taking = planOf([{ kind: 'compute', expression: '$text', output: '$x' }], { plan_inputs: [{ name: 'text' }] });
  const refused = bench.start(taking, { text: tooMuch });
  await expect(refused).rejects.toMatchObject({
    code: 'invalid-input',
    message: 'The input text has 2001 bytes, the limit is 2000 bytes.',
  });
});

test('when what is asked is more than an event can carry then the step fails, and the log can still be written', async () => {
  const take = scriptedTool('take', { effect: 'once', acts: [() => 'taken'] });
  const asking = planOf([
    { kind: 'compute', expression: '$pad("", 1000, "x")', output: '$a' },
    { kind: 'tool', tool_id: 'take', args: { text: `{{ $a }}${'y'.repeat(20_000)}` }, output: '$end' },
  ]);
  const store = createMemoryStore({ now: () => new Date(), limits: { ...LIMITS, eventBytes: 20_000 } });
  const bench = small({ store, tools: [take], policy: { take: 'ask' } });
  const run = await bench.start(asking);
  expect(run).toMatchObject({ state: 'FAILED', error: { code: 'step-failed', step: '1', retryable: false } });
  expect(run.error?.message).toMatch(/^What is asked has \d+ bytes, the limit is 20000 bytes/);
});

test('when the threshold lets every value stand in the log then a large one is kept aside all the same', async () => {
  const text = 'x'.repeat(110_000);
  const bench = new Bench({ largeOutputTokens: 1e9, tools: [big({ acts: [() => text] })] });
  const run = await bench.start(plan);
  expect(valueOf(run)).toBe(text.length);
  expect(run.outputs.step_outputs['$big']).toMatchObject({ bytes: text.length + 2, digest: expect.any(String) });
});

test('when an exit fails the run with an endless message then its beginning is recorded', async () => {
  const text = 'no '.repeat(100_000);
  const ending = planOf([{ kind: 'exit', message: 'It is {{ $text }}', error: true }], {
    plan_inputs: [{ name: 'text' }],
  });
  const run = await new Bench().start(ending, { text });
  expect(run.error?.message.length).toBe(64 * 1024);
  expect(run.error?.message).toSatisfy((said: string) => said.startsWith('It is no no ') && said.endsWith('…'));
});

test('when an exit ends the run with a large message then it is kept as other values are', async () => {
  const ending = planOf([
    { kind: 'compute', expression: '$pad("", 500, "x")', output: '$x' },
    { kind: 'exit', message: 'It is {{ $x }}' },
  ]);
  const run = await small().start(ending);
  expect(run).toMatchObject({ state: 'COMPLETE', outputs: { final_output: { bytes: 508 } } });
});
