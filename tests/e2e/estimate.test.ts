import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { startModelServer } from '../support/model-server.js';

const PLAN = {
  plan_context: { query: 'Notes' },
  plan_inputs: [{ name: '$topics', schema: { type: 'array' } }],
  steps: [
    {
      kind: 'for_each',
      over: '$topics',
      as: 'topic',
      steps: [{ kind: 'llm', task: 'Write about {{ $topic }}', output: '$note' }],
      output: '$notes',
    },
  ],
};
const MODEL = { OPENAI_API_KEY: 'sk-test' };
const estimate = async (cwd: string, args: string[]) =>
  portiaHere(['estimate', 'plan.json', ...args], { cwd, env: MODEL });

describe('portia estimate', () => {
  test('when the inputs give the list then calls, tokens and cost are bounded, and no model is asked', async () => {
    const prices = { 'openai/gpt-4.1-mini': { input: 1, output: 10 } };
    const cwd = makeProject({ 'plan.json': PLAN, '.home/.config/portia/config.json': { prices } });
    const { code, stdout } = await estimate(cwd, ['-i', 'topics:=["a", "b"]', '--json']);
    expect(code).toBe(0);
    const record = JSON.parse(stdout) as { models: { input_tokens: { least: number } }[]; cost: { least: number } };
    const input = record.models[0]?.input_tokens.least ?? 0;
    expect(record).toMatchObject({
      model_calls: { least: 2, most: 2 },
      models: [{ role: 'execution', model: 'openai/gpt-4.1-mini', output_tokens: { least: 600, most: 600 } }],
      unbounded: [],
    });
    expect(input).toBeGreaterThan(100);
    expect(record.cost.least).toBeCloseTo((input + 600 * 10) / 1_000_000, 9);
  });

  test('when only the run knows the list and no price is known then both are said', async () => {
    const cwd = makeProject({ 'plan.json': PLAN });
    const { code, stdout } = await estimate(cwd, ['--format', 'human']);
    expect(code).toBe(0);
    expect(stdout).toContain('0 or more model calls');
    expect(stdout).toContain('Step 1 has no upper limit');
    expect(stdout).toMatch(/The price of openai\/gpt-4\.1-mini is not known:\s+portia config set/);
    expect(JSON.parse((await estimate(cwd, ['--json'])).stdout)).toMatchObject({
      model_calls: { least: 0, most: null },
      cost: null,
      unbounded: [{ step: '0' }],
    });
  });

  test('when the model is free and only the run knows the list then the cost is 0', async () => {
    const prices = { 'openai/gpt-4.1-mini': { input: 0, output: 0 } };
    const cwd = makeProject({ 'plan.json': PLAN, '.home/.config/portia/config.json': { prices } });
    expect((await estimate(cwd, ['--format', 'human'])).stdout).toContain('0 or more model calls · $0.0000');
    expect(JSON.parse((await estimate(cwd, ['--json'])).stdout)).toMatchObject({ cost: { least: 0, most: 0 } });
  });
});

test('when an input is an image then it counts as one, not as its name', async () => {
  const step = { kind: 'llm', task: 'What is it?', inputs: [{ name: '$seen' }], output: '$said' };
  const plan = { plan_context: { query: 'Look' }, plan_inputs: [{ name: '$seen' }], steps: [step] };
  const cwd = makeProject({ 'plan.json': plan });
  const tokens = async (value: string) => {
    const { stdout } = await estimate(cwd, ['-i', `seen=${value}`, '--json']);
    return (JSON.parse(stdout) as { models: { input_tokens: { least: number } }[] }).models[0]?.input_tokens.least ?? 0;
  };
  expect((await tokens('look.png')) - (await tokens('look.txt'))).toBe(1_500);
});

test('when the key of the model is missing then that is said, not that there is no model', async () => {
  const cwd = makeProject({ 'plan.json': PLAN });
  const shown = await portiaHere(['estimate', 'plan.json', '-m', 'openai/gpt-4.1', '--format', 'human'], { cwd });
  expect(shown.code).toBe(0);
  expect(shown.stdout).toContain('There is no key for the model openai/gpt-4.1.');
});

test.each([
  ['topic:=["a"]', /did you mean topics\?/],
  ['topics:=5', /topics: must be array/],
])('when the input %s does not fit the plan then nothing is estimated', async (input, why) => {
  const cwd = makeProject({ 'plan.json': PLAN });
  const refused = await estimate(cwd, ['-i', input, '--json']);
  expect(expectError(refused, { code: 'invalid-input', exit: 2 }).why).toMatch(why);
});

describe('when a run that asked models is shown', () => {
  async function shownRun(prices: object): Promise<string> {
    const server = await startModelServer([{ reply: { text: 'one' } }, { reply: { text: 'two' } }]);
    const cwd = makeProject({ 'plan.json': PLAN, '.home/.config/portia/config.json': { prices } });
    const env = server.environment;
    const run = await portiaHere(['run-plan', 'plan.json', '-i', 'topics:=["a", "b"]'], { cwd, env });
    expect(run.code).toBe(0);
    const shown = await portiaHere(['show', 'last', '--as', 'tree'], { cwd, env });
    await server.close();
    return shown.stdout.replaceAll(/\s+/g, ' ');
  }

  test('then the calls and tokens that were expected stand beside those that were spent', async () => {
    expect(await shownRun({})).toMatch(
      /2 model calls, [\d,]+ tokens expected (?:· )?2 model calls, \d+ tokens \$topics/,
    );
  });

  test('then the cost does, too, where the price is known', async () => {
    const price = { input: 100, output: 100 };
    const shown = await shownRun({ 'openai/gpt-4.1-mini': price });
    const [, expected = '', least = '', spent = '', cost = ''] =
      /2 model calls, ([\d,]+) tokens, \$([\d.]+) expected (?:· )?2 model calls, (\d+) tokens, \$([\d.]+) \$topics/.exec(
        shown,
      ) ?? [];
    expect(spent).toBe('30');
    expect(Number(least)).toBeCloseTo(Number(expected.replace(',', '')) / 10_000, 1);
    expect(Number(cost)).toBeCloseTo(Number(spent) / 10_000, 3);
  });

  test('then the expected cost is that of the model that was asked, whatever is set now', async () => {
    const server = await startModelServer([{ reply: { text: 'one' } }, { reply: { text: 'two' } }]);
    const prices = { 'openai/chosen': { input: 100, output: 100 }, 'openai/set': { input: 0, output: 0 } };
    const config = '.home/.config/portia/config.json';
    const cwd = makeProject({ 'plan.json': PLAN, [config]: { prices } });
    const call = { cwd, env: server.environment };
    await portiaHere(['run-plan', 'plan.json', '-i', 'topics:=["a", "b"]', '-m', 'openai/chosen'], call);
    await server.close();
    const without = await portiaHere(['show', 'last', '--as', 'tree'], { cwd });
    writeFileSync(join(cwd, config), JSON.stringify({ prices, model: 'openai/set' }));
    const withOther = await portiaHere(['show', 'last', '--as', 'tree'], call);
    for (const { stdout } of [without, withOther]) {
      expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
        /tokens, \$0\.[1-9]\d* expected (?:· )?2 model calls, 30 tokens, \$0\.003/,
      );
    }
  });
});
