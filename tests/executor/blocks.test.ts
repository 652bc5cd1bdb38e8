import { describe, expect, test } from 'vitest';

import type { Json } from '../../src/domain/values/json.js';
import { Bench, outputsOf, planOf, valueOf } from './bench.js';
import { scriptedModel } from './scripted-model.js';
import { scriptedTool, textsOf } from './scripted-tool.js';

const compute = (expression: string, output: string, extra: object = {}) => ({
  kind: 'compute',
  expression,
  output,
  ...extra,
});
const say = () => scriptedTool('say', { effect: 'read', acts: ({ text }) => `said ${String(text)}` });
const call = (text: string, output = '$said') => ({ kind: 'tool', tool_id: 'say', args: { text }, output });
const paths = (run: { steps: { path: string; status: string }[] }) =>
  run.steps.map(({ path, status }) => `${path} ${status}`);

describe('for_each', () => {
  test('when a list is gone through then the block gives the list of what each iteration left', async () => {
    const run = await new Bench().start(
      planOf([{ kind: 'for_each', over: '[1, 2, 3]', as: 'n', steps: [compute('$n + 1', '$next')], output: '$all' }]),
    );
    expect(valueOf(run)).toEqual([2, 3, 4]);
    expect(outputsOf(run)).toEqual({ $next: 4, $all: [2, 3, 4] });
    expect(paths(run)).toEqual([
      ...['0 completed', '0[0].steps.0 completed', '0[1].steps.0 completed', '0[2].steps.0 completed'],
    ]);
  });

  test.each<[string, string | number[], unknown]>([
    ['an empty list', '[]', []],
    ['one match, which JSONata gives as itself', '$rows[a > 1].a', [3]],
    ['no match, which JSONata gives as nothing', '$rows[a > 5].a', []],
    ['a list in the plan', [5, 6], [6, 7]],
  ])('when there is %s then there are as many iterations', async (_name, over, all) => {
    const run = await new Bench().start(
      planOf([
        compute('[{"a": 1}, {"a": 2}]', '$rows'),
        { kind: 'for_each', over, as: '$n', steps: [compute('$n + 1', '$next')], output: '$all' },
        compute('$count($all)', '$size'),
      ]),
    );
    expect(outputsOf(run)).toMatchObject({ $all: all, $size: (all as unknown[]).length });
  });

  test.each<[string, Json, string | undefined]>([
    ['$d.itms', { items: [1] }, 'The list $d.itms is empty, because there is no field itms.'],
    [
      '{{ $d.rows.items }}',
      { rows: [[{}], { n: 1 }] },
      'The list $d.rows.items is empty, because there is no field items.',
    ],
    ['$d.items', 'items: none', 'The list $d.items is empty, because there is no field items.'],
    ['$d.items', { items: [] }, undefined],
    ['$d.rows.items', { rows: [] }, undefined],
    ['$d.rows[n > 5]', { rows: [{ n: 1 }] }, undefined],
  ])(
    'when a loop goes over %s of %j then a list that is empty for want of a field is told',
    async (over, d, warning) => {
      const bench = new Bench();
      const loop = { kind: 'for_each', over, as: 'n', steps: [compute('$n', '$o')], output: '$all' };
      const run = await bench.start(planOf([loop], { plan_inputs: [{ name: 'd' }] }), { d });
      expect(valueOf(run)).toEqual([]);
      const warnings = (await bench.store.readEvents(run.id)).filter(({ type }) => type === 'warning');
      expect(warnings).toMatchObject(warning === undefined ? [] : [{ message: warning }]);
    },
  );

  test('when an iteration leaves nothing then it counts as null, and no iteration sees what another left', async () => {
    const run = await new Bench().start(
      planOf([
        {
          kind: 'for_each',
          over: '[1, 2]',
          as: 'n',
          steps: [compute('$n', '$odd', { when: '$n = 1' }), compute('$exists($odd)', '$saw')],
          output: '$all',
        },
      ]),
    );
    expect(valueOf(run)).toEqual([true, false]);
  });
});

describe('while and do_while', () => {
  test('when a round counts on from the one before then the loop ends', async () => {
    const run = await new Bench().start(
      planOf([
        compute('0', '$n'),
        { kind: 'while', when: '$n < 4', steps: [compute('$n + 1', '$n')], output: '$last', max_iterations: 10 },
      ]),
    );
    expect(valueOf(run)).toBe(4);
    expect(paths(run)).toHaveLength(6);
  });

  test('when the condition is looked at afterwards then there is at least one round', async () => {
    const run = await new Bench().start(
      planOf([
        compute('9', '$x'),
        { kind: 'do_while', when: '$x < 4', steps: [compute('$x + 1', '$x')], max_iterations: 9 },
      ]),
    );
    expect(valueOf(run)).toBe(10);
  });

  test('when a loop does not end within its rounds then it fails', async () => {
    const run = await new Bench().start(
      planOf([{ kind: 'while', when: 'true', steps: [compute('1', '$one')], max_iterations: 3 }]),
    );
    expect(run).toMatchObject({ state: 'FAILED', error: { code: 'step-failed', step: '0' } });
    expect(paths(run)).toHaveLength(4);
  });

  test('when a sentence decides then the model judges each round once', async () => {
    const model = scriptedModel([
      { json: { outcome: 'continue', reason: 'not yet' } },
      { json: { outcome: 'skip', reason: 'enough' } },
    ]);
    const run = await new Bench({ model }).start(
      planOf([{ kind: 'while', condition: 'there is work left', steps: [compute('1', '$one')], max_iterations: 5 }]),
    );
    expect(run).toMatchObject({ state: 'COMPLETE', usage: { calls: 2 } });
  });
});

describe('if', () => {
  const branches = (n: number) =>
    planOf([
      compute(String(n), '$n'),
      {
        kind: 'if',
        branches: [
          { when: '$n > 10', steps: [compute('"big"', '$size')] },
          { when: '$n > 5', steps: [compute('"middle"', '$size')] },
        ],
        else: [compute('"small"', '$size')],
      },
      compute('$size & "!"', '$told'),
    ]);

  test.each([
    [20, 'big!', '1.branches.0.steps.0'],
    [7, 'middle!', '1.branches.1.steps.0'],
    [1, 'small!', '1.else.0'],
  ])('when n is %d then one branch is taken, and what it leaves is there afterwards', async (n, told, path) => {
    const run = await new Bench().start(branches(n));
    expect(valueOf(run)).toBe(told);
    expect(run.steps.map((step) => step.path)).toEqual(['0', '1', path, '2']);
  });

  test('when no branch holds and there is no else then later steps that need it are skipped', async () => {
    const run = await new Bench().start(
      planOf([{ kind: 'if', branches: [{ when: 'false', steps: [compute('1', '$a')] }] }, compute('$a', '$b')]),
    );
    expect(run).toMatchObject({ state: 'COMPLETE', steps: [{ status: 'completed' }, { status: 'skipped' }] });
  });
});

describe('exit', () => {
  test('when an exit is reached in a branch of a loop then the run is complete with its message and nothing else is done', async () => {
    const tool = say();
    const run = await new Bench({ tools: [tool] }).start(
      planOf([
        {
          kind: 'for_each',
          over: '[1, 2, 3]',
          as: 'n',
          steps: [
            call('n {{ $n }}'),
            { kind: 'if', branches: [{ when: '$n = 2', steps: [{ kind: 'exit', message: 'stopped at {{ $n }}' }] }] },
          ],
        },
        call('never'),
      ]),
    );
    expect(run).toMatchObject({ state: 'COMPLETE', outputs: { final_output: { value: 'stopped at 2' } } });
    expect(textsOf(tool)).toEqual(['n 1', 'n 2']);
  });

  test('when the exit is an error then the run fails with its message', async () => {
    const run = await new Bench().start(planOf([{ kind: 'exit', message: 'too expensive', error: true }]));
    expect(run).toMatchObject({ state: 'FAILED', error: { code: 'step-failed', message: 'too expensive' } });
  });
});

describe('user steps', () => {
  test('when a value is asked for in a loop then each iteration asks, and resuming continues inside it', async () => {
    const bench = new Bench();
    const plan = planOf([
      {
        kind: 'for_each',
        over: '["a", "b"]',
        as: 'item',
        steps: [{ kind: 'user_input', message: 'How many of {{ $item }}?', options: [1, 2], output: '$count' }],
        output: '$counts',
      },
      { kind: 'user_verify', message: 'Order {{ $sum($counts) }}?' },
      compute('$sum($counts)', '$total'),
    ]);
    const first = await bench.start(plan);
    expect(first).toMatchObject({ state: 'NEED_CLARIFICATION', current_step_index: 0 });
    expect(first.outputs.clarifications).toMatchObject([
      { category: 'Multiple Choice', user_guidance: 'How many of a?', path: '0[0].steps.0', output: '$count' },
    ]);
    const second = await bench.resume(first.id, { count: 2 });
    expect(second.outputs.clarifications[1]).toMatchObject({ user_guidance: 'How many of b?', path: '0[1].steps.0' });
    const third = await bench.resume(first.id, { count: 1 });
    expect(third.outputs.clarifications[2]).toMatchObject({ category: 'User Verification', user_guidance: 'Order 3?' });
    const done = await bench.resume(first.id, { verify: true });
    expect(done).toMatchObject({ state: 'COMPLETE', outputs: { final_output: { value: 3 } } });
  });

  test('when a person says no to a verification then the run is over for good', async () => {
    const bench = new Bench();
    const asked = await bench.start(planOf([{ kind: 'user_verify', message: 'Sure?', output: '$sure' }]));
    const run = await bench.resume(asked.id, { verify: false });
    expect(run).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
  });
});
