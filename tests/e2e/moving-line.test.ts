import { expect, test } from 'vitest';

import { cleanEnvironment, makeProject, PORTIA, TESTED_NODE } from '../support/portia.js';
import { openTerminal, type TestTerminal } from '../support/terminal.js';

const PLAN = {
  plan_context: { query: 'count', tool_ids: [] },
  steps: [
    {
      kind: 'for_each',
      over: '{{ [1..30] }}',
      as: 'n',
      steps: [{ kind: 'llm', task: 'Think of {{ $n }}', inputs: [], output: '$m' }],
    },
  ],
};

function open(args: string[], files: Record<string, string | object>): TestTerminal {
  const cwd = makeProject(files);
  return openTerminal(TESTED_NODE, [PORTIA, ...args], { cwd, env: cleanEnvironment(cwd) });
}

test('when a loop is long then one moving line says where it is and how long it takes, and it leaves one line', async () => {
  const files = { 'plan.json': PLAN, 'think.sh': 'cat >/dev/null; sleep 0.1; echo thought' };
  const terminal = open(['run-plan', 'plan.json', '--model', 'exec:sh think.sh'], files);
  await terminal.waitFor(/1\[\d+\]\.1 llm {2}\d+ of 30 {2}\$n = \d+/);
  await terminal.waitFor(/ of 30 .* \d+ s left/);
  expect(await terminal.exit()).toMatchObject({ code: 0 });
  expect(terminal.screen()).toMatch(/^ 1 ✔ for each {2}30 rounds {2}\$n in /m);
  expect(terminal.screen()).not.toMatch(/of 30|left/);
});

test('when planning takes long then a moving line says for how many seconds', async () => {
  const terminal = open(['plan', 'think', '--model', 'exec:sh think.sh'], { 'think.sh': 'sleep 2; exit 1' });
  await terminal.waitFor(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] planning 1 s/);
  await terminal.exit();
  expect(terminal.screen()).not.toContain('planning 1 s');
});
