import { statSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { makeProject } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, runIds } from '../support/scenario.js';

const LOOP = {
  plan_context: { query: 'count', tool_ids: [] },
  plan_inputs: [{ name: '$times' }],
  steps: [
    { kind: 'compute', expression: '[1..400]', output: '$list' },
    {
      kind: 'for_each',
      over: '$list',
      as: '$item',
      output: '$all',
      steps: [
        { kind: 'compute', expression: '$item * $times', output: '$a' },
        { kind: 'compute', expression: '$a + 1', output: '$b' },
      ],
    },
  ],
};

const run = async (cwd: string, times: number): Promise<void> => {
  const { code } = await portiaHere(['run-plan', 'loop.json', '-i', `times:=${times}`], { cwd });
  expect(code).toBe(0);
};

describe('a loop of 400 rounds', () => {
  test('when it is done then the run has the newest 100 of each step, and show finds the others', async () => {
    const cwd = makeProject({ 'loop.json': LOOP });
    await run(cwd, 2);
    const { id, steps, step_totals: totals } = onlyRun(cwd);
    expect(steps).toHaveLength(202);
    expect(totals).toMatchObject([
      { path: '1[*].steps.0', completed: 400, skipped: 0 },
      { path: '1[*].steps.1', completed: 400, skipped: 0 },
    ]);
    expect(statSync(join(cwd, 'runs', `${id}.json`)).size).toBeLessThan(100_000);
    const show = async (...args: string[]) => portiaHere(['show', 'last', ...args], { cwd });
    expect(JSON.parse((await show('--step', '1[4]', '--json')).stdout)).toMatchObject([
      { path: '1[4].steps.0', status: 'completed', items: { item: 5 }, output: { value: 10 } },
      { path: '1[4].steps.1', output: { value: 11 } },
    ]);
    expect((await show('--step', '1[4].steps.1', '--format', 'human')).stdout).toMatch(
      /^\$item = 5\n\n2\[5\]\.2 ✔ compute +\$a \+ 1 +\d+ ms\n +→ \$b = 11\n$/m,
    );
    expect((await show('--output-of', '1[4].steps.1')).stdout).toBe('11\n');
    expect((await show('--format', 'human')).stdout.match(/\(400 rounds\)/g)).toHaveLength(2);
    const absent = expectError(await show('--step', '1[400]'), { code: 'not-found', exit: 2 });
    expect(absent.fix).toBe(`portia show ${id} --step '1[399]'`);
    const rounds = (await show('--all', '--format', 'human')).stdout.match(/ 2\[\d+\] ✔ round/g);
    expect(rounds).toHaveLength(400);
  });

  test('when two runs differ in a round of long ago then diff says so', async () => {
    const cwd = makeProject({ 'loop.json': LOOP });
    await run(cwd, 2);
    await run(cwd, 2);
    await run(cwd, 3);
    const [first = '', second = '', third = ''] = runIds(cwd);
    const diff = async (other: string): Promise<{ path?: string }[]> => {
      const { stdout } = await portiaHere(['diff', first, other, '--json'], { cwd });
      return (JSON.parse(stdout) as { changes: { path?: string }[] }).changes;
    };
    expect(await diff(second)).toEqual([]);
    expect((await diff(third)).map(({ path }) => path)).toContain('1[3].steps.0');
  });
});
