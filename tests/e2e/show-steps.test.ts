import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';

const PLAN = {
  plan_context: { query: 'Think, read and ask', tool_ids: ['file_reader_tool'] },
  steps: [
    {
      kind: 'for_each',
      over: "['tea', 'milk']",
      as: 'drink',
      steps: [{ kind: 'llm', task: 'Think of {{ $drink }}', inputs: [], output: '$thought' }],
    },
    { kind: 'tool', name: 'Read it', tool_id: 'file_reader_tool', args: { filename: 'note.txt' }, output: '$note' },
    { kind: 'user_input', message: 'How many?', output: '$many' },
  ],
};

/** A run whose second step failed once, and whose third waits for a person. */
async function askingProject(): Promise<(...args: string[]) => Promise<string>> {
  const cwd = makeProject({ 'plan.json': PLAN, 'think.sh': 'cat >/dev/null; echo warm' });
  const model = ['--model', 'exec:sh think.sh'];
  expect((await portiaHere(['run-plan', 'plan.json', ...model], { cwd })).code).toBe(1);
  writeFileSync(join(cwd, 'note.txt'), 'three');
  expect((await portiaHere(['resume', 'last', ...model], { cwd })).code).toBe(8);
  return async (...args) => (await portiaHere(['show', 'last', '--as', 'tree', ...args], { cwd })).stdout;
}

test('when a step is shown then it has its values, attempts, calls and questions', async () => {
  const show = await askingProject();
  const round = await show('--step', '0[1]');
  expect(round).toMatch(
    /^Step 0\[1\] of prun-\S+\n\$drink = "milk"\n\n1\[2\]\.1 ✔ llm +Think of milk .*\n +→ \$thought = "warm"\n/,
  );
  expect(round).toMatch(/\nCalls\n[^]* 1\[2\]\.1 +✔ model exec\/sh\n\n1 model call, 0 tool calls/);
  expect(await show('--step', '$thought')).toMatch(/Think of tea[^]*Think of milk/);

  const read = await show('--step', 'Read it');
  expect(read).toMatch(/2 ✔ file_reader_tool .*\n +with filename: "note\.txt"\n +→ \$note = "three"\n +attempt 2\n/);
  expect(read).toMatch(/\nFailed before\n {2}step 2, attempt 1: .*note\.txt/);
  expect(read).not.toContain('How many?');
  expect(await show('--step', '2')).toMatch(/1 open question[^]*How many\?[^]*portia resume/);
});

test('when all is shown then every round of a loop has its lines', async () => {
  const show = await askingProject();
  expect(await show('--all')).toMatch(
    / 1 ✔ for each .*\n +1\[1\] ✔ round +\$drink = "tea" .*\n +1\[1\]\.1 ✔ llm +Think of tea .*\n.*\n +1\[2\] ✔ round +\$drink = "milk" .*\n/,
  );
  expect(await show()).toMatch(/1\.1 ✔ llm +Think of milk \(2 rounds\)/);
});
