import { expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';

const BIG = '616581622363398142';
const SAYS = /more digits than a number can keep|cannot be kept/;

const plan = (steps: object[], inputs: object[] = []) => ({
  plan_context: { query: 'q', tool_ids: [] },
  plan_inputs: inputs,
  steps,
});
const same = { kind: 'compute', expression: '$id', output: '$same' };
const ask = { kind: 'user_input', message: 'Which?', schema: { type: 'integer' }, output: '$same' };

const FILES = {
  'same.json': plan([same], [{ name: 'id' }]),
  'ask.json': plan([ask]),
  'literal.json': plan([{ ...same, expression: `[${BIG}]` }]),
  'default.json': `{"plan_context":{"query":"q","tool_ids":[]},"plan_inputs":[{"name":"id","default":${BIG}}],"steps":[${JSON.stringify(same)}]}`,
  'default.yaml': `plan_context: { query: q, tool_ids: [] }\nplan_inputs: [{ name: id, default: ${BIG} }]\nsteps: [${JSON.stringify(same)}]\n`,
  'in.json': `{"id":${BIG}}`,
  'lines.ndjson': `{"id":${BIG}}\n`,
  'answers.json': `{"same":${BIG}}`,
};

test.each([
  ['an input', ['run-plan', 'same.json', '-i', `id:=${BIG}`]],
  ['an input with zeros behind the point', ['run-plan', 'same.json', '-i', `id:=${BIG}.00`]],
  ['a file of inputs', ['run-plan', 'same.json', '--inputs', 'in.json']],
  ['a default in JSON', ['check', 'default.json']],
  ['a default in YAML', ['check', 'default.yaml']],
  ['an expression of a plan', ['check', 'literal.json']],
  ['an expression', ['eval', BIG]],
  ['the end of a range', ['eval', `$count([1..${BIG}])`]],
  ['an answer', ['run-plan', 'ask.json', '--answer', `$same:=${BIG}`]],
  ['a file of answers', ['run-plan', 'ask.json', '--answers', 'answers.json']],
  ['a stub', ['run-plan', 'same.json', '-i', 'id=1', '--stub', `t=${BIG}`]],
])('when a person writes a whole number that cannot be kept as %s then it is refused', async (_what, args) => {
  const { code, stdout, stderr } = await portiaHere(args, { cwd: makeProject(FILES) });
  expect(code).toBe(2);
  expect(stdout + stderr).toMatch(SAYS);
});

test('when a line of a batch has one then that line is refused', async () => {
  const { code, stdout } = await portiaHere(['run-plan', 'same.json', '--batch', 'lines.ndjson', '--json'], {
    cwd: makeProject(FILES),
  });
  expect(code).toBe(1);
  expect(stdout).toMatch(SAYS);
});

test('when a JSON file has one then its digits are kept as a text, and a warning says so', async () => {
  const cwd = makeProject(FILES);
  const { stdout, stderr } = await portiaHere(['tools', 'call', 'file_reader_tool', 'filename=in.json'], { cwd });
  expect(stdout).toContain(`"${BIG}"`);
  expect(stderr).toContain(`in.json has the number ${BIG}; its digits are kept`);
  const reading = { kind: 'tool', tool_id: 'file_reader_tool', args: { filename: 'in.json' }, output: '$read' };
  const project = makeProject({ ...FILES, 'read.json': plan([reading, { ...same, expression: '$read.id' }]) });
  const run = await portiaHere(['run-plan', 'read.json', '--format', 'value'], { cwd: project });
  expect(run).toMatchObject({ code: 0, stdout: `${BIG}\n` });
  expect(run.stderr).toContain('its digits are kept');
});

test('when it is written in quotes then its digits are kept', async () => {
  const { stdout } = await portiaHere(['run-plan', 'same.json', '-i', `id:="${BIG}"`, '--format', 'value'], {
    cwd: makeProject(FILES),
  });
  expect(stdout).toBe(`${BIG}\n`);
});
