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
