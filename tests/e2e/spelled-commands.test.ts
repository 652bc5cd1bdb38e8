import { expect, test } from 'vitest';

import { makeProject } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';
import { printedQuestions } from '../support/scenario.js';

const TEXT = 'Type portia resume last now';
const plan = {
  plan_context: { query: TEXT, tool_ids: [] },
  steps: [{ kind: 'user_input', message: TEXT, options: ['portia resume last', 'wait'], output: '$x' }],
};
const project = () => makeProject({ 'sub/portia.json': {}, 'sub/plan.json': plan });
const AT = ['-C', 'sub'];

test('when a question holds the words of a command then only the commands that answer it say the folder', async () => {
  const { stderr } = await portiaHere([...AT, 'run-plan', 'plan.json'], { cwd: project() });
  const { questions, next, run_id } = printedQuestions(stderr);
  expect(questions).toMatchObject([
    {
      user_guidance: TEXT,
      options: ['portia resume last', 'wait'],
      commands: [`portia -C sub resume ${run_id} --answer 'x=portia resume last'`],
    },
  ]);
  expect(next).toBe(`portia -C sub resume ${run_id}`);
});

test('when the same is said to a person then the texts of the plan stay as they are', async () => {
  const cwd = project();
  const { stderr } = await portiaHere([...AT, 'run-plan', 'plan.json', '--format', 'human'], { cwd });
  expect(stderr).toContain(TEXT);
  expect(stderr).toMatch(/portia -C sub resume \S+ --answer 'x=portia resume last'\n/);
  expect(stderr).toMatch(/Next {2}portia -C sub resume \S+ {3}asks here/);
  const shown = await portiaHere([...AT, 'show', 'last', '--format', 'human'], { cwd });
  expect(shown.stdout.match(/Type portia resume last now/g)?.length).toBeGreaterThan(1);
  expect(shown.stdout).toMatch(/Next {2}portia -C sub resume/);
});

test.each(['json', 'human'])('when an error in %s quotes a text then only its fix is spelled', async (format) => {
  const cwd = project();
  const said = await portiaHere([...AT, 'show', 'my portia list runs', '--format', format], { cwd });
  expect(said.stderr).toMatch(/There is no run or plan \\?"my portia list runs/);
  expect(said.stderr).toContain('Make one: portia -C sub plan');
});
