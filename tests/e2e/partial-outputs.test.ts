import { describe, expect, test } from 'vitest';

import { makeExampleProject } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';

const PLAN = {
  plan_context: { query: 'Add the files up', tool_ids: ['file_reader_tool'] },
  steps: [
    {
      kind: 'for_each',
      over: "['a.txt', 'b.txt', 'c.txt']",
      as: 'file',
      steps: [
        { kind: 'tool', tool_id: 'file_reader_tool', args: { filename: '{{ $file }}' }, output: '$text' },
        { kind: 'compute', expression: '$number($text)', output: '$number' },
      ],
      output: '$all',
    },
    { kind: 'compute', expression: '$sum($all)', output: '$sum' },
  ],
};

async function failedLoop(): Promise<{ cwd: string; id: string }> {
  const files = { 'a.txt': '11', 'b.txt': '22', 'c.txt': 'none', 'sum.json': JSON.stringify(PLAN) };
  const cwd = makeExampleProject(files);
  const run = await portiaHere(['run-plan', 'sum.json', '--json'], { cwd });
  expect(run.code).toBe(1);
  return { cwd, id: (JSON.parse(run.stdout) as { id: string }).id };
}

describe('when a loop fails in its third round', () => {
  test('then the picture shows what the rounds before it left', async () => {
    const { cwd, id } = await failedLoop();
    const { stdout } = await portiaHere(['show', id, '--as', 'tree'], { cwd });
    expect(stdout).toMatch(/ 1 ✖ for each .*\n +→ \$all so far = \[11,22\]\n/);
    expect(stdout).toContain('→ $text = "none"');
  });

  test('then every value of every round can be read', async () => {
    const { cwd, id } = await failedLoop();
    const { stdout } = await portiaHere(['show', id, '--step', '0[1]'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject([
      { output_name: '$text', output: { value: '22' } },
      { output_name: '$number', output: { value: 22 } },
    ]);
    expect((await portiaHere(['show', id, '--output-of', '0[0].steps.1'], { cwd })).stdout).toBe('11\n');
  });

  test('then a resume uses them, and reads no file again', async () => {
    const { cwd, id } = await failedLoop();
    const resumed = await portiaHere(['resume', id, '--json'], { cwd });
    expect(resumed.code).toBe(1);
    const traced = await portiaHere(['show', id, '--trace'], { cwd });
    const paths = (JSON.parse(traced.stdout) as { path: string }[]).map(({ path }) => path);
    expect(paths.filter((path) => path === '0[0].steps.0')).toHaveLength(1);
  });
});

/** Adds 1 to a number in each round; the third fails, because 1 is not a text. */
const ROUND = [
  { kind: 'compute', expression: '$n + 1', output: '$n' },
  { kind: 'compute', expression: '$n = 3 ? $uppercase($n) : $n', output: '$checked' },
];
const ITEM = { kind: 'compute', expression: "$item = 'c' ? $number($item) : $item & $sign", output: '$made' };
const LAST_FAILS = { kind: 'compute', expression: '$n = 300 ? $uppercase($n) : $n', output: '$checked' };
const LIST = { kind: 'for_each', over: "['a', 'b', 'c']", as: 'item', steps: [ITEM], output: '$all' };

const ALL_COLLECTED = '$all so far = [{"of":"a","made":"a!","at":"!"},{"of":"b","made":"b!","at":"!"}]';

function whileLoop(kind: string): object {
  return { kind, when: '$n < 5', steps: ROUND, output: '$left' };
}

describe('when another loop fails in its third round', () => {
  test.each([
    ['a for_each with collect', { ...LIST, collect: "{'of': $item, 'made': $made, 'at': $sign}" }, ALL_COLLECTED],
    ['a while with collect', { ...whileLoop('while'), collect: '$checked * 10' }, '$left so far = [10,20]'],
    [
      'a do_while with collect',
      { ...whileLoop('do_while'), collect: '[$n, $checked]' },
      '$left so far = [[1,1],[2,2]]',
    ],
    ['a while', whileLoop('while'), '$left so far = 2'],
    ['a loop in a branch', { kind: 'if', branches: [{ when: 'true', steps: [LIST] }] }, '$all so far = ["a!","b!"]'],
    [
      'a loop in a loop',
      {
        kind: 'for_each',
        over: '[1, 2]',
        as: 'lap',
        steps: [{ ...LIST, collect: '$made & $lap' }],
        output: '$both',
      },
      '$all so far = ["a!1","b!1"]',
    ],
    [
      'a long loop',
      { kind: 'for_each', over: '[1..300]', as: 'n', steps: [LAST_FAILS], output: '$left' },
      '$left so far = […,',
    ],
    ['a loop with a round that cannot be told', { ...LIST, collect: '$large & $item' }, '$all so far = […,…]'],
  ])('then the picture shows what %s has so far', async (_what, loop, shown) => {
    const steps = [
      { kind: 'compute', expression: "'!'", output: '$sign' },
      { kind: 'compute', expression: "$pad('', 40000, 'x')", output: '$large' },
      { kind: 'compute', expression: '0', output: '$n' },
      loop,
    ];
    const cwd = makeExampleProject({ 'plan.json': JSON.stringify({ plan_context: { query: 'Loops' }, steps }) });
    expect((await portiaHere(['run-plan', 'plan.json'], { cwd })).code).toBe(1);
    const { stdout } = await portiaHere(['show', 'last', '--as', 'tree', '--all'], { cwd });
    expect(stdout.replaceAll(/\s+/g, '')).toContain(`→ ${shown}`.replaceAll(' ', ''));
  });
});
