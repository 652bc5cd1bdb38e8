import { expect, test } from 'vitest';

import { portia } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';
import { openPortia, printedError, printedQuestions } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';

const tools = `import { defineTool } from 'portia';
import * as z from 'zod';
const failure = (message, options) => ({ kind: 'failure', message, ...options });
const tool = (id, effect, run) =>
  defineTool({ id, name: id, description: id, effect, args: z.object({ to: z.string() }), run });
export const pay = tool('pay', 'once', () => { throw new Error('the line went dead.'); });
export const refuse = tool('refuse', 'once', () => failure('the bank said no', { retryable: false }));
export const look = tool('look', 'read', () => failure('nothing is there', { retryable: false }));
`;
const call = (tool_id: string) => ({ kind: 'tool', tool_id, args: { to: '{{ $to }}' }, output: '$paid' });
const show = { kind: 'compute', expression: '$paid', output: '$end' };
const plan = (...steps: object[]) => ({
  plan_context: { query: 'Pay it.', tool_ids: ['pay', 'refuse', 'look'] },
  plan_inputs: [{ name: 'to', description: 'whom' }],
  steps,
});
const office = () =>
  makeToolProject(tools, {
    'pay.json': plan(call('pay'), show),
    'refuse.json': plan(call('refuse'), show),
    'look.json': plan(call('look'), show),
    'wrong.json': plan({
      kind: 'tool',
      tool_id: 'look',
      args: { to: '{{ $lookup({ "Ada": 5 }, $to) }}' },
      output: '$paid',
    }),
    'exit.json': plan({ kind: 'exit', message: 'Enough.', error: true }),
  });
const start = (name: string) => ['run-plan', `${name}.json`, '-i', 'to=Ada', '--approve', '*'];
const resume = ['resume', 'last', '--approve', '*'];

test('when a call may have acted then the question says what was heard, and no printed command answers it', async () => {
  const cwd = office();
  const asked = await portia(start('pay'), { cwd });
  expect(asked.code).toBe(8);
  const { questions } = printedQuestions(asked.stderr);
  expect(questions[0]?.['user_guidance']).toContain('it ended with: the line went dead. Check');
  expect(questions[0]?.['commands']).toEqual([expect.stringMatching(/^portia resume \S+ .*--answer outcome=VALUE$/)]);
  const shown = await portiaHere(['show', 'last', '--as', 'tree'], { cwd });
  expect(shown.stdout).toMatch(/happened=RESULT: .*\n.*\n +happened: .*\n +not_done: .*\n +stop: end the run\n/);
  // The call stands above the options: below them it would look like one more.
  expect(shown.stdout).toMatch(/ pay\n +to: .*\n +outcome: one of\n +happened=RESULT/);
});

test('when a call said itself that it failed then a resume shows those words, and says first that it asks', async () => {
  const cwd = office();
  const failed = await portiaHere(start('refuse'), { cwd });
  expect(failed.code).toBe(1);
  const { why, fix } = printedError(failed.stderr);
  expect(why).toBe('It may have acted before it failed: a resume asks whether it did, before it is called again.');
  expect(fix).toMatch(
    /^portia resume .* # continues at that step\nportia run-plan plan-\S+ {3}# a new run, with other inputs$/,
  );
  const { questions } = printedQuestions((await portiaHere(resume, { cwd })).stderr);
  expect(questions[0]?.['user_guidance']).toContain('it ended with: the bank said no.');
});

test.each([
  ['the answer itself', ['outcome=happened=receipt 5'], 'receipt 5'],
  ['JSON in the answer', ['outcome=happened:=[5]'], '[5]'],
  ['a second answer', ['outcome=happened', 'result=receipt 6'], 'receipt 6'],
  ['a second answer with the path', ['0.result=receipt 7', 'outcome=happened'], 'receipt 7'],
])('when %s says what a call gave that happened then nothing more is asked', async (_what, answers, value) => {
  const cwd = office();
  await portiaHere(start('pay'), { cwd });
  const flags = answers.flatMap((answer) => ['--answer', answer]);
  const done = await portiaHere([...resume, ...flags, '--format', 'value'], { cwd });
  expect(done).toMatchObject({ code: 0, stdout: `${value}\n` });
});

test('when an answer records what a call gave then the next process has it', async () => {
  const cwd = office();
  await portiaHere(start('pay'), { cwd });
  expect((await portiaHere(['answer', 'last', 'outcome=happened={"a":1}'], { cwd })).code).toBe(0);
  const done = await portiaHere([...resume, '--format', 'value'], { cwd });
  expect(done).toMatchObject({ code: 0, stdout: '{"a":1}\n' });
});

test('when it is asked in a terminal then nothing is chosen beforehand, and what it gave is asked at once', async () => {
  const cwd = office();
  const terminal = openPortia(start('pay'), { cwd });
  await terminal.waitFor('(h/n/s/l)');
  terminal.press('enter');
  await terminal.waitFor('Type one of these letters');
  terminal.type('h');
  terminal.press('enter');
  await terminal.waitFor('What did it give?');
  terminal.type('receipt 8');
  terminal.press('enter');
  expect(await terminal.exit()).toMatchObject({ code: 0 });
  expect(terminal.screen()).toContain('receipt 8');
});

test.each([
  ['a call that only reads fails', 'look', 1, /^portia resume \S+ .*# continues at that step\nportia run-plan/],
  ['arguments do not fit', 'wrong', 1, /^portia run-plan plan-\S+ {3}# a new run, with other inputs$/],
  ['an exit ends the run', 'exit', 1, /^portia run-plan plan-\S+ {3}# a new run, with other inputs$/],
])('when %s then the way on is the one that helps, also when the run is shown', async (_what, name, code, way) => {
  const cwd = office();
  const failed = await portiaHere(start(name), { cwd });
  expect(failed.code).toBe(code);
  expect(printedError(failed.stderr)['fix']).toMatch(way);
  const shown = await portiaHere(['show', 'last', '--as', 'tree'], { cwd });
  const next = shown.stdout
    .slice(shown.stdout.indexOf('Next  ') + 6)
    .replaceAll('\n      ', '\n')
    .trimEnd();
  expect(next).toMatch(new RegExp(way.source.replace(' .*#', '.*#')));
});
