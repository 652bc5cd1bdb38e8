import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { Plan } from '../../src/domain/plan/plan.js';
import { makeProject } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { playModel } from '../support/scenario.js';

const REPLY = { json: { steps: [{ kind: 'compute', expression: '1 + 2', output: '$sum' }], error: null } };

/** The request that the plan keeps, when the model was asked for exactly this one. */
async function requestOf(text: string, flags: string[], input = ''): Promise<string> {
  const cwd = makeProject({ 'request.txt': text, 'inputs.yaml': 'city: Oslo\ncount: 3\n' });
  const model = await playModel([{ reply: REPLY }]);
  const made = await portiaHere(['plan', ...flags], { cwd, env: model.environment, input });
  expect(made.code, made.stderr).toBe(0);
  const { query } = (JSON.parse(made.stdout) as Plan).plan_context;
  expect(model.requests[0]?.messages.map(({ content }) => content).join('\n')).toContain(`## Request\n${query}`);
  return query;
}

const FILE = '@request.txt';

test.each([
  ['a text', 'Greet {city}, {city}!', ['-i', 'city=Oslo'], 'Greet Oslo, Oslo!'],
  ['a file of inputs', 'Greet {city} {count} times', ['--inputs', 'inputs.yaml'], 'Greet Oslo 3 times'],
  ['both', 'Greet {who} in {city}', ['-i', 'who=Ada', '--inputs', 'inputs.yaml'], 'Greet Ada in Oslo'],
  ['any other value', 'Add {list}', ['-i', 'list:=[1, {"a": null}]'], 'Add [1,{"a":null}]'],
  ['a value with braces', 'Greet {a}{b}', ['-i', 'a={b}', '-i', 'b=$& {{ $a }}'], 'Greet {b}$& {{ $a }}'],
  ['a name in another script', 'Greet {größe}', ['-i', 'größe=XL'], 'Greet XL'],
])('when %s is given then it stands in the request of a file', async (_what, text, flags, query) => {
  expect(await requestOf(text, [FILE, ...flags])).toBe(query);
});

test.each([
  'Give {"city": "…", "list": [{}]}',
  'Fill {{city}}, {{ $city }} and {{{{city}}',
  'Keep { city }, {}, {3}, {a,b}, {a-b} and {$city}',
])('when the braces of %s do not hold a placeholder then they stay', async (text) => {
  expect(await requestOf(text, [FILE])).toBe(text);
  expect(await requestOf(`${text} {city}`, [FILE, '-i', 'city=Oslo'])).toBe(`${text} Oslo`);
});

test('when the request is typed or piped in then its braces stay', async () => {
  expect(await requestOf('', ['Greet {city}', '-i', 'city=Oslo'])).toBe('Greet {city}');
  expect(await requestOf('', ['-'], 'Greet {city}')).toBe('Greet {city}');
  expect(await requestOf('', ['@-'], 'Greet {city}')).toBe('Greet {city}');
});

test.each(['plan', 'run'])('when inputs are missing then %s names each once, and asks no model', async (command) => {
  const cwd = makeProject({ 'a request.txt': 'Greet {who} and {who} in {city}, {constructor}' });
  const model = await playModel([]);
  const args = [command, '@a request.txt', '-i', 'city=Oslo'];
  const { message, why, fix } = expectError(await portiaHere(args, { cwd, env: model.environment }), {
    code: 'missing-input',
    exit: 2,
  });
  expect(message).toBe('a request.txt needs 2 inputs that are not given: who, constructor.');
  expect(why).toContain('{who}, {constructor}');
  expect(fix).toContain('-i who=… -i constructor=…');
  expect(fix).toContain("portia run - < 'a request.txt'");
});

test('when the filled request is empty or too long then it is refused', async () => {
  const cwd = makeProject({ 'request.txt': '{text}' });
  writeFileSync(join(cwd, 'big.txt'), 'x'.repeat(1_000_001));
  const refused = async (input: string) =>
    expectError(await portiaHere(['plan', FILE, '-i', input], { cwd }), { code: 'usage', exit: 2 }).message;
  expect(await refused('text= ')).toContain('request is empty');
  expect(await refused('text=@big.txt')).toContain('more than 1000000 characters');
});

test('when a request of a file is not approved then the printed command gives its inputs again', async () => {
  const cwd = makeProject({ 'request.txt': 'Greet {city}' });
  const model = await playModel([{ reply: REPLY }]);
  const args = ['run', FILE, '-i', 'city=Oslo'];
  const { fix } = expectError(await portiaHere(args, { cwd, env: model.environment }), {
    code: 'approval-needed',
    exit: 8,
  });
  expect(fix).toMatch(/^portia run-plan plan-\S+ -i city=Oslo$/);
});
