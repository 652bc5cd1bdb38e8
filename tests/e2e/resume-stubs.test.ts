import { expect, test } from 'vitest';

import { makeProject } from '../support/portia.js';
import { portiaHere as portia } from '../support/portia-here.js';
import { runIds } from '../support/scenario.js';

const ask = { kind: 'user_input', message: 'How many?', schema: { type: 'number' }, output: '$n' };
const write = {
  kind: 'tool',
  tool_id: 'file_writer_tool',
  args: { filename: 'n.txt', content: '{{ $string($n) }}' },
  output: '$written',
};
const add = { kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '1 + 2' }, output: '$sum' };

const planOf = (...steps: object[]) => ({ plan_context: { query: 'Count.', tool_ids: [] }, steps });

/** The commands that a picture of a run ends with; the questions of a run have several. */
const resumes = (text: string): string[] => text.match(/portia resume [^\n]*/g) ?? [];

test.each<[string, string[], string]>([
  ['as a dry run', ['--dry-run'], '--dry-run'],
  ['with the only tool that acts as a stub', ['--stub', 'file_writer_tool=done'], '--dry-run'],
  [
    'as a dry run with another stub',
    ['--dry-run', '--stub', 'calculator_tool=4'],
    '--stub calculator_tool=VALUE --dry-run',
  ],
  ['with a tool that reads as a stub', ['--stub', 'calculator_tool=4'], '--stub calculator_tool=VALUE'],
])('when a run was started %s then what show and answer print says so', async (_name, flags, words) => {
  const cwd = makeProject({ 'plan.json': planOf(ask, add, write) });
  expect(await portia(['run-plan', 'plan.json', ...flags], { cwd })).toMatchObject({ code: 8 });
  const [id = ''] = runIds(cwd);
  const shown = await portia(['show', id, '--format', 'human'], { cwd });
  expect(resumes(shown.stdout).map((line) => line.replace(/ {3}.*/, ''))).toEqual([
    expect.stringMatching(`^portia resume ${words} ${id} --answer `),
    `portia resume ${words} ${id}`,
  ]);
  const answered = await portia(['answer', id, 'n=3', '--format', 'human'], { cwd });
  expect(answered.stdout).toContain(`portia resume ${words} ${id}\n`);
  const waiting = await portia(['show', id, '--format', 'human'], { cwd });
  const [next = '', ...others] = resumes(waiting.stdout);
  expect(others).toEqual([]);
  const resumed = await portia(next.split(' ').slice(1), { cwd });
  expect(resumed).toMatchObject({ code: 0 });
});

test('when a dry run waits inside another run then the run around it says so', async () => {
  const cwd = makeProject({ 'plan.json': planOf({ kind: 'plan', plan: planOf(ask), output: '$n' }, write) });
  expect(await portia(['run-plan', 'plan.json', '--dry-run'], { cwd })).toMatchObject({ code: 8 });
  for (const id of runIds(cwd)) {
    const { stdout } = await portia(['show', id, '--format', 'human'], { cwd });
    expect(resumes(stdout)[0]).toContain('portia resume --dry-run prun-');
  }
});

test('when a run was started with stubs then the command in its record says so, in words that may be kept', async () => {
  const cwd = makeProject({ 'plan.json': planOf(ask, add, write) });
  const flags = ['--stub', 'calculator_tool={"my": "=secret"}', '--dry-run'];
  const { stdout } = await portia(['run-plan', 'plan.json', ...flags], { cwd });
  const [id = ''] = runIds(cwd);
  const next = `portia resume ${id} --dry-run --stub calculator_tool=VALUE`;
  expect(JSON.parse(stdout)).toMatchObject({ pause: { next } });
  const resumed = await portia([...next.split(' ').slice(1), '--answer', 'n=3'], { cwd });
  expect(resumed).toMatchObject({ code: 0 });
});

test('when nothing was a stub then the command is the run alone', async () => {
  const cwd = makeProject({ 'plan.json': planOf(ask) });
  expect(await portia(['run-plan', 'plan.json'], { cwd })).toMatchObject({ code: 8 });
  const [id = ''] = runIds(cwd);
  const { stdout } = await portia(['show', id, '--format', 'human'], { cwd });
  expect(resumes(stdout)[0]).toContain(`portia resume ${id} --answer `);
});
