import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { addPlan, makeExampleProject } from '../support/example-project.js';
import { portiaHere } from '../support/portia-here.js';
import { portia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';

const step = (tool_id: string, args: object, output: string) => ({ kind: 'tool', tool_id, args, output });
const FILES = { 'orders.csv': 'state,amount\nopen,5\nopen,8\n' };
const read = step('file_reader_tool', { filename: 'orders.csv' }, '$orders');
const total = { kind: 'compute', expression: '$sum($orders.$number(amount))', output: '$total' };
const ORDERS = addPlan({ steps: [read, total] });
const asks = addPlan({ steps: [{ kind: 'llm', task: 'Say it.', inputs: [], output: '$said' }] });
const sends = addPlan({ steps: [step('shop_tool', { order: 7 }, '$sent')] });

/** What becomes of one case, with the exit code. */
async function testOne(plan: object, fields: object, env: Record<string, string> = {}) {
  const cwd = makeExampleProject({
    'orders.json': plan,
    'tests/a.test.json': { plan: '../orders.json', cases: [{ name: 'it', ...fields }] },
  });
  const { code, stdout } = await portiaHere(['test'], { cwd, env });
  const [result] = JSON.parse(stdout) as { outcome: string; unmet: object[]; missed: object[]; problems: string[] }[];
  return { code, ...result };
}

const passed = { code: 0, outcome: 'passed', unmet: [], missed: [], problems: [] };

test.each<[string, object, object]>([
  ['outputs and expressions', ORDERS, { files: FILES, expect: { outputs: { total: 13 }, that: ['$total > 12'] } }],
  ['a reply', asks, { model: [{ match: '/say it/i', reply: 'Hi.' }], expect: { outputs: { $said: 'Hi.' } } }],
  ['a model that is away', asks, { model: [{ fails: 'rate-limited' }], expect: { exit_code: 3 } }],
  [
    'a call and a consent',
    sends,
    { tools: { shop_tool: { returns: 1 } }, approve: ['shop_*'], expect: { asks: ['verify'], outputs: { $sent: 1 } } },
  ],
  [
    'a call that fails',
    sends,
    {
      tools: { shop_tool: { effect: 'read', fails: 'The shop is closed' } },
      expect: { state: 'FAILED', exit_code: 1, error: { step: 0, code: 'tool-failed', message: 'closed' } },
    },
  ],
  [
    'a call that asks, and then gives',
    sends,
    {
      tools: {
        shop_tool: {
          effect: 'read',
          calls: [{ asks: { argument: 'size', question: 'Which?', options: ['S', 'L'] } }, { returns: 'sent' }],
        },
      },
      answers: { size: 'L' },
      expect: { asks: ['size'], outputs: { $sent: 'sent' } },
    },
  ],
  [
    'a call of which nobody knows',
    sends,
    {
      tools: { shop_tool: { unknown: true } },
      approve: ['shop_tool'],
      expect: { exit_code: 8, calls: { order: 'any', list: [{ tool: 'shop_tool', args: { order: 7 }, step: 0 }] } },
    },
  ],
  [
    'a file that is written',
    addPlan({ steps: [step('file_writer_tool', { filename: 'out/a.txt', content: 'hi' }, '$written')] }),
    { expect: { files: { 'out/a.txt': 'hi', 'b.txt': null }, at_least: { tool_calls: 1 } } },
  ],
  ['an input that is missing', addPlan({ plan_inputs: [{ name: '$n' }] }), { expect: { exit_code: 2, error: {} } }],
])('when a case has %s then it passes', async (_what, plan, fields) => {
  expect(await testOne(plan, fields)).toMatchObject(passed);
});

test.each<[string, object, object, object]>([
  [
    'another output',
    ORDERS,
    { files: FILES, expect: { outputs: { $total: 5 } } },
    { about: 'outputs.$total', got: 13 },
  ],
  ['another state', ORDERS, { expect: { state: 'COMPLETE' } }, { about: 'state', got: 'FAILED' }],
  [
    'another value of an expression',
    ORDERS,
    { files: FILES, expect: { that: ['$total = 1'] } },
    { about: 'that $total = 1' },
  ],
  [
    'a call that never was to be',
    ORDERS,
    { files: FILES, expect: { never: ['file_*'] } },
    { about: 'never file_*', got: [{ step: '0', tool: 'file_reader_tool' }] },
  ],
  [
    'other calls',
    ORDERS,
    { files: FILES, expect: { calls: { list: [] } } },
    { about: 'calls (order: same)', got: ['file_reader_tool'] },
  ],
  ['fewer questions', ORDERS, { files: FILES, expect: { asks: ['filename'] } }, { about: 'asks', got: [] }],
  ['more calls', ORDERS, { files: FILES, expect: { at_most: { tool_calls: 0 } } }, { got: 1 }],
])('when %s than expected came out then a case fails with both', async (_what, plan, fields, unmet) => {
  expect(await testOne(plan, fields)).toMatchObject({ code: 1, outcome: 'failed', unmet: [unmet], missed: [] });
});

test('when nothing answers a call then the case fails, and nothing goes out', async () => {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${address.port}`;
  const env = { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `${url}/v1`, TAVILY_API_KEY: 'tvly', TAVILY_BASE_URL: url };
  const expects = { expect: { state: 'COMPLETE' } };
  expect(await testOne(asks, expects, env)).toMatchObject({ code: 1, missed: [{ kind: 'model' }], unmet: [] });
  const search = addPlan({ steps: [step('search_tool', { search_query: 'portia' }, '$found')] });
  expect(await testOne(search, expects, env)).toMatchObject({
    code: 1,
    missed: [{ kind: 'tool', name: 'search_tool', step: '0', content: { search_query: 'portia' } }],
  });
  expect(requests).toBe(0);
});

test('when lines are used up, or left over, then the case says so', async () => {
  const twice = addPlan({ steps: [step('shop_tool', { n: 1 }, '$a'), step('shop_tool', { n: 2 }, '$b')] });
  const lines = (...calls: object[]) => ({ tools: { shop_tool: { effect: 'read', calls } } });
  const expects = { expect: { state: 'COMPLETE' } };
  expect(await testOne(twice, { ...lines({ returns: 1 }), ...expects })).toMatchObject({
    missed: [{ content: { n: 2 }, why: 'The lines of shop_tool are used up: 1.' }],
  });
  const three = lines({ when: '$args.n = 2', returns: 2 }, { returns: 1 }, { returns: 3 });
  const left = { ...three, answers: { city: 'Oslo' }, ...expects };
  expect(await testOne(twice, left)).toMatchObject({
    code: 1,
    unmet: [],
    problems: ['1 line of shop_tool was not used.', 'Nobody asked for city.'],
  });
  expect(await testOne(twice, { ...left, unused: 'allow' })).toMatchObject(passed);
});

test('when a project has settings, files and keys then a case sees none of them', async () => {
  const cwd = makeExampleProject({
    'orders.json': ORDERS,
    ...FILES,
    'portia.json': { tools: { disable: ['file_reader_tool'] }, agent: 'one-shot' },
    'tests/a.test.json': {
      plan: '../orders.json',
      cases: [{ name: 'no file', expect: { error: { code: 'tool-failed' } } }],
    },
  });
  const before = readdirSync(cwd);
  expect(await portiaHere(['test', '--format', 'human'], { cwd })).toMatchObject({ code: 0 });
  expect(readdirSync(cwd)).toEqual(before);
});

const wrong: [string, object | string, RegExp][] = [
  [
    'a key that is not known',
    { plan: 'p', cases: [{ nam: 'a', expect: { state: 'COMPLETE' } }] },
    /did you mean name\?/,
  ],
  ['a wrong type', { plan: 'p', cases: [{ name: 'a', expect: { exit_code: 'one' } }] }, /must be a number/],
  ['no expectation', { plan: 'p', cases: [{ name: 'a', expect: {} }] }, /expects nothing/],
  ['no cases', { plan: 'p', cases: [] }, /at least 1 item/],
  ['text that is not YAML', 'plan: [', /Line 1/],
];
const twoOfOneName = [1, 2].map(() => ({ name: 'a', expect: { state: 'COMPLETE' } }));
const withPlan: [string, object, RegExp][] = [
  ['two cases of one name', { cases: twoOfOneName }, /Another case has the name "a"/],
  ['a glob that names no tool', { never: ['llm_tol'] }, /"llm_tol" names no tool/],
  ['an expression that is broken', { that: ['1 +'] }, /Unexpected end/],
];

test.each([
  ...wrong,
  ...withPlan.map(([what, fields, why]): [string, object, RegExp] => {
    const cases = 'cases' in fields ? fields.cases : [{ name: 'a', expect: fields }];
    return [what, { plan: '../orders.json', cases }, why];
  }),
])('when a file of tests has %s then the exit code is 2, with what is wrong', async (_what, file, why) => {
  const cwd = makeExampleProject({ 'orders.json': ORDERS, 'tests/a.test.yaml': file });
  const { code, stderr } = await portiaHere(['test'], { cwd });
  expect([code, JSON.parse(stderr).error.why]).toEqual([2, expect.stringMatching(why)]);
});

test.each([
  ['no file', ['test', 'gone.test.yaml'], 'There are no tests in gone.test.yaml.'],
  ['a folder without tests', ['test', 'old'], 'There are no tests in old.'],
  ['a filter that fits no case', ['test', '--filter', 'xyz'], 'No case has "xyz" in its name.'],
])('when there is %s then the exit code is 2', async (_what, args, message) => {
  const file = { plan: '../orders.json', cases: [{ name: 'a', expect: { state: 'COMPLETE' } }] };
  const cwd = makeExampleProject({ 'orders.json': ORDERS, 'tests/a.test.yaml': file });
  expect(expectError(await portiaHere(args, { cwd }), { code: 'not-found', exit: 2 }).message).toBe(message);
});

test('when a case fails with --bail then the others are not run, and the report of tests has all of them', async () => {
  const one = (name: string, exit_code: number) => ({ name, files: FILES, expect: { exit_code } });
  const file = { plan: '../orders.json', cases: [one('good', 0), one('bad', 1), one('left', 0)] };
  const cwd = makeExampleProject({ 'orders.json': ORDERS, 'tests/a.test.yaml': file });
  const args = ['test', '--bail', '--jobs', '1', '--junit', 'report.xml', '--format', 'human'];
  const result = await portia(args, { cwd });
  expect(result.code).toBe(1);
  expect(result.stdout).toContain('✖ bad\n      exit_code: expected 1, got 0\n');
  expect(result.stdout).toContain('3 cases: 1 passed, 1 failed, 1 not run');
  const report = readFileSync(join(cwd, 'report.xml'), 'utf8');
  expect(report).toContain('tests="3" failures="1" errors="0" skipped="1"');
  expect(report).toContain('exit_code: expected 1, got 0.');
});

test('when the tests of the example plans are run then all pass, without a key', async () => {
  const result = await portia(['test', 'plans/tests'], { cwd: process.cwd(), env: {} });
  const cases = JSON.parse(result.stdout) as { name: string; outcome: string }[];
  expect(cases.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  expect(cases.length).toBeGreaterThan(10);
  expect(result.code).toBe(0);
});

test('when calls are others than expected then each is shown on a line of its own', async () => {
  const file = {
    plan: '../orders.json',
    cases: [{ name: 'it', files: FILES, expect: { calls: { list: ['llm_tool'] } } }],
  };
  const cwd = makeExampleProject({ 'orders.json': ORDERS, 'tests/a.test.yaml': file });
  const { stdout } = await portiaHere(['test', '--format', 'human'], { cwd });
  expect(stdout).toContain(
    'calls (order: same) differs (- expected, + got):\n        - llm_tool\n        + file_reader_tool\n',
  );
});
