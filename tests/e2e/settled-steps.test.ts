import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

const PLAN = {
  plan_context: { query: 'Weather' },
  steps: [
    { kind: 'tool', tool_id: 'file_reader_tool', args: { filename: 'gone.txt' }, output: '$text' },
    { kind: 'compute', expression: '$uppercase($text)', output: '$loud' },
  ],
};

async function failedProject(): Promise<string> {
  const cwd = makeProject({ 'plan.json': PLAN });
  expect(await portiaHere(['run-plan', 'plan.json'], { cwd })).toMatchObject({ code: 1 });
  return cwd;
}

test('when a step is said to be done by hand then the run continues, and who said so is signed', async () => {
  const cwd = await failedProject();
  const resumed = await portiaHere(['resume', 'last', '--done', '$text=Rain', '--format', 'value'], { cwd });
  expect(resumed).toMatchObject({ code: 0, stdout: 'RAIN\n' });
  const verified = await portiaHere(['verify', 'last', '--json'], { cwd });
  expect(verified.code).toBe(0);
  expect(JSON.parse(verified.stdout)).toMatchObject({
    holds: true,
    consents: [{ step: '0', how: 'done', counts: true }],
  });
});

test('when a step is skipped then show says who skipped it', async () => {
  const cwd = await failedProject();
  expect(await portiaHere(['resume', 'last', '--skip', '0'], { cwd })).toMatchObject({ code: 0 });
  const shown = await portiaHere(['show', 'last', '--as', 'tree'], { cwd });
  expect(shown.stdout).toMatch(/skipped: left out by \S+/);
});

test.each<[string[], RegExp]>([
  [['--skip', '$tex'], /Did you mean \$text\?/],
  [['--done', '$text:=Rain'], /--done '\$text=text'/],
  [['--done', '=5'], /Name it by its output/],
  [['--skip', ''], /Name it by its output/],
  [['--done', '$text'], /--done '0:=VALUE'/],
])('when the flags are %j then nothing is done', async (flags, fix) => {
  const cwd = await failedProject();
  const refused = await portiaHere(['resume', 'last', ...flags, '--json'], { cwd });
  expect(expectError(refused, { code: 'usage', exit: 2 }).fix).toMatch(fix);
});
