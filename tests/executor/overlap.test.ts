import { describe, expect, test } from 'vitest';

import { openClarifications } from '../../src/domain/run/clarification.js';
import { Bench, outputsOf, planOf, valueOf } from './bench.js';
import { scriptedTool, textsOf, type ToolScript } from './scripted-tool.js';

/** A reader whose calls end when the test says so. */
function gatedReader(): ReturnType<typeof scriptedTool> & {
  open(text: string): void;
  running(): string[];
  most(): number;
} {
  const gates = new Map<string, () => void>();
  let most = 0;
  const acts: ToolScript['acts'] = async ({ text }) => {
    await new Promise<void>((resolve) => {
      gates.set(String(text), resolve);
      most = Math.max(most, gates.size);
    });
    return `read ${String(text)}`;
  };
  const scripted = scriptedTool('look', { acts });
  return {
    ...scripted,
    open(text) {
      gates.get(text)?.();
      gates.delete(text);
    },
    running: () => [...gates.keys()],
    most: () => most,
  };
}

const look = (text: string, output: string, extra: object = {}) => ({
  kind: 'tool',
  tool_id: 'look',
  args: { text },
  output,
  ...extra,
});
const act = (text: string, output: string) => ({ kind: 'tool', tool_id: 'act', args: { text }, output });
const until = async (isSo: () => boolean) => {
  while (!isSo()) await new Promise((resolve) => setImmediate(resolve));
};
const statuses = (run: { steps: { path: string; status: string }[] }) =>
  run.steps.map(({ path, status }) => `${path} ${status}`);

describe('steps that only read', () => {
  test('when neither needs the other then they overlap, as many at a time as the run allows', async () => {
    const reader = gatedReader();
    const steps = ['a', 'b', 'c'].map((name) => look(name, `$${name}`));
    const bench = new Bench({ tools: [reader], jobs: 2 });
    const running = bench.start(planOf(steps));
    await until(() => reader.running().length === 2);
    expect(reader.running()).toEqual(['a', 'b']);
    reader.open('b');
    await until(() => reader.running().includes('c'));
    reader.open('c');
    reader.open('a');
    const run = await running;
    expect(statuses(run)).toEqual(['0 completed', '1 completed', '2 completed']);
    expect(valueOf(run)).toBe('read c');
    expect(reader.most()).toBe(2);
  });

  test('when a call that acts stands in their middle then those before it end first, and those after it begin later', async () => {
    const reader = gatedReader();
    const acting = scriptedTool('act', { effect: 'once', acts: ({ text }) => `did ${String(text)}` });
    const bench = new Bench({ tools: [reader, acting], jobs: 10, policy: { act: 'allow' } });
    const before = ['a', 'b', 'c'];
    const after = ['d', 'e', 'f'];
    const reads = (names: string[]) => names.map((name) => look(name, `$${name}`));
    const running = bench.start(planOf([...reads(before), act('x', '$x'), ...reads(after)]));
    await until(() => reader.running().length === 3);
    reader.open('c');
    reader.open('b');
    expect(textsOf(acting)).toEqual([]);
    reader.open('a');
    await until(() => reader.running().length === 3);
    expect([textsOf(acting), reader.running()]).toEqual([['x'], after]);
    for (const name of after) reader.open(name);
    expect((await running).state).toBe('COMPLETE');
  });

  test('when one needs the other then it waits, also through a computation and behind a template', async () => {
    const reader = gatedReader();
    const bench = new Bench({ tools: [reader], jobs: 4 });
    const running = bench.start(
      planOf([
        look('a', '$a'),
        { kind: 'compute', expression: '$a & "!"', output: '$louder' },
        look('{{ $louder }}', '$b'),
        look('c', '$c'),
      ]),
    );
    await until(() => reader.running().length === 2);
    expect(reader.running()).toEqual(['a', 'c']);
    reader.open('c');
    reader.open('a');
    await until(() => reader.running().includes('read a!'));
    reader.open('read a!');
    expect(outputsOf(await running)).toEqual({ $a: 'read a', $louder: 'read a!', $b: 'read read a!', $c: 'read c' });
  });

  test.each<[string, object]>([
    ['acts', act('x', '$x')],
    ['has a condition of its own', look('x', '$x', { when: 'true' })],
    ['is a block', { kind: 'for_each', over: '[1]', as: 'n', steps: [look('x', '$x')] }],
  ])('when a step between them %s then it waits for all before it, and all after it for it', async (_name, middle) => {
    const reader = gatedReader();
    const order: string[] = [];
    const actor = scriptedTool('act', {
      effect: 'once',
      acts: ({ text }) => {
        order.push(`act with ${reader.running().length} running`);
        return `did ${String(text)}`;
      },
    });
    const bench = new Bench({ tools: [reader, actor], policy: { act: 'allow' }, jobs: 4 });
    const running = bench.start(planOf([look('a', '$a'), look('b', '$b'), middle, look('c', '$c')]));
    await until(() => reader.running().length === 2);
    reader.open('b');
    await new Promise((resolve) => setImmediate(resolve));
    expect(reader.running()).toEqual(['a']);
    reader.open('a');
    await until(() => reader.running().length > 0);
    if (reader.running().includes('x')) reader.open('x');
    await until(() => reader.running().includes('c'));
    reader.open('c');
    expect((await running).state).toBe('COMPLETE');
    expect(order.every((one) => one === 'act with 0 running')).toBe(true);
  });
});

describe('when one of them fails', () => {
  const failing = () =>
    scriptedTool('look', {
      acts: ({ text }) =>
        text === 'bad' ? { kind: 'failure' as const, message: 'no', retryable: false } : `read ${String(text)}`,
    });
  const steps = [look('a', '$a'), look('bad', '$bad'), look('c', '$c')];

  test('then what is shown is what the written order does, and what later ones had done is in the log', async () => {
    const bench = new Bench({ tools: [failing()], jobs: 4 });
    const run = await bench.start(planOf(steps));
    expect(run).toMatchObject({ state: 'FAILED', error: { step: '1' }, current_step_index: 1 });
    expect(statuses(run)).toEqual(['0 completed', '1 failed']);
    expect(outputsOf(run)).toEqual({ $a: 'read a' });
    const written = await new Bench({ tools: [failing()], jobs: 1 }).start(planOf(steps));
    expect(statuses(written)).toEqual(statuses(run));
    expect(bench.told.filter((event) => event.type === 'step.completed').map(({ path }) => path)).toEqual(['0', '2']);
  });

  test('then resuming tries it again, and the later one is not done again', async () => {
    const bench = new Bench({ tools: [failing()], jobs: 4 });
    const { id } = await bench.start(planOf(steps));
    const mended = scriptedTool('look', { acts: ({ text }) => `read ${String(text)} now` });
    const run = await bench.resume(id, {}, { tools: [mended] });
    expect(textsOf(mended)).toEqual(['bad']);
    expect(statuses(run)).toEqual(['0 completed', '1 completed', '2 completed']);
    expect(outputsOf(run)).toEqual({ $a: 'read a', $bad: 'read bad now', $c: 'read c' });
  });

  test('then later ones under way are broken off, and those before it come to their end', async () => {
    const reader = gatedReader();
    const fails = scriptedTool('fails', {
      acts: async () => {
        await until(() => reader.running().length === 2);
        return { kind: 'failure', message: 'no', retryable: false };
      },
    });
    const broken: string[] = [];
    const listening = scriptedTool('look', {
      acts: async ({ text }, { signal }) => {
        signal.addEventListener('abort', () => {
          broken.push(String(text));
          reader.open(String(text));
        });
        return reader.tool.run({ signal } as never, { text: String(text) });
      },
    });
    const bench = new Bench({ tools: [listening, fails], jobs: 4 });
    const running = bench.start(
      planOf([
        look('first', '$first'),
        { kind: 'tool', tool_id: 'fails', args: {}, output: '$no' },
        look('last', '$last'),
      ]),
    );
    await until(() => broken.length > 0);
    reader.open('first');
    const run = await running;
    expect(broken).toEqual(['last']);
    expect(run).toMatchObject({ state: 'FAILED', error: { step: '1' } });
    expect(statuses(run)).toEqual(['0 completed', '1 failed']);
  });
});

describe('when one of them waits for a person', () => {
  const asking = () =>
    scriptedTool('ask', {
      acts: ({ text }, { answers }) =>
        answers.length > 0
          ? `${String(text)}: ${String(answers[0]?.response)}`
          : {
              kind: 'clarifications' as const,
              clarifications: [{ category: 'Input' as const, user_guidance: 'Which?', argument_name: String(text) }],
            },
    });
  const ask = (text: string, output: string) => ({ kind: 'tool', tool_id: 'ask', args: { text }, output });

  test('then those that do not need the answer continue, and open questions are gathered', async () => {
    const reader = scriptedTool('look', { acts: ({ text }) => `read ${String(text)}` });
    const bench = new Bench({ tools: [asking(), reader], jobs: 4 });
    const run = await bench.start(
      planOf([ask('x', '$x'), look('a', '$a'), ask('y', '$y'), look('{{ $x }}', '$needs'), look('b', '$b')]),
    );
    expect(run.state).toBe('NEED_CLARIFICATION');
    expect(openClarifications(run).map((question) => question.path)).toEqual(['0', '2']);
    expect(statuses(run)).toEqual(['0 waiting', '1 completed', '2 waiting', '4 completed']);
    expect(run.current_step_index).toBe(0);
    const end = await bench.resume(run.id, { x: 1, y: 2 });
    expect(outputsOf(end)).toEqual({ $x: 'x: 1', $a: 'read a', $y: 'y: 2', $needs: 'read x: 1', $b: 'read b' });
    expect(textsOf(reader)).toEqual(['a', 'b', 'x: 1']);
  });

  test('then somebody who is there is asked for all of it at once', async () => {
    const asked: string[][] = [];
    const bench = new Bench({
      tools: [asking()],
      jobs: 4,
      handler: {
        async ask(questions) {
          asked.push(questions.map((question) => question.path ?? ''));
          return questions.map(({ id }) => ({ id, response: 'fine', channel: 'prompt' as const }));
        },
      },
    });
    const run = await bench.start(planOf([ask('x', '$x'), ask('y', '$y')]));
    expect(asked).toEqual([['0', '1']]);
    expect(outputsOf(run)).toEqual({ $x: 'x: fine', $y: 'y: fine' });
  });
});

describe('iterations', () => {
  const loop = (steps: object[], extra: object) => ({
    kind: 'for_each',
    over: '["a", "b", "c"]',
    as: 'item',
    steps,
    output: '$all',
    ...extra,
  });

  test('when max_parallel allows it and no step is a barrier then they overlap, and the list keeps its order', async () => {
    const reader = gatedReader();
    const bench = new Bench({ tools: [reader], jobs: 4 });
    const steps = [look('{{ $item }}', '$one'), { kind: 'compute', expression: '$one & "."', output: '$dot' }];
    const running = bench.start(planOf([loop(steps, { max_parallel: 2 })]));
    await until(() => reader.running().length === 2);
    reader.open('b');
    await until(() => reader.running().includes('c'));
    reader.open('c');
    reader.open('a');
    const run = await running;
    expect(valueOf(run)).toEqual(['read a.', 'read b.', 'read c.']);
    expect(statuses(run).map((line) => line.replace(' completed', ''))).toEqual([
      ...['0', '0[0].steps.0', '0[0].steps.1', '0[1].steps.0', '0[1].steps.1', '0[2].steps.0', '0[2].steps.1'],
    ]);
  });

  test('when a step of theirs acts then they keep the written order', async () => {
    const actor = scriptedTool('act', { effect: 'once', acts: ({ text }) => `did ${String(text)}` });
    const bench = new Bench({ tools: [actor], policy: { act: 'allow' }, jobs: 4 });
    const run = await bench.start(planOf([loop([act('{{ $item }}', '$done')], { max_parallel: 3 })]));
    expect(textsOf(actor)).toEqual(['a', 'b', 'c']);
    expect(valueOf(run)).toEqual(['did a', 'did b', 'did c']);
  });
});
