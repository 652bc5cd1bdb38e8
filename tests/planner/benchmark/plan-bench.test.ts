import { spawn } from 'node:child_process';

import { describe, expect, test } from 'vitest';

import { startModelServer } from '../../support/model-server.js';
import { cleanEnvironment, ended, makeProject } from '../../support/portia.js';
import { playModel } from '../../support/scenario.js';
import { readCases } from './benchmark-case.js';
import { planBench } from './plan-bench.js';

const [RIGHT] = readCases().filter(({ id }) => id === 'reorder-below-level');

async function bench(args: string[], env: Record<string, string> = {}) {
  const texts = { out: '', err: '' };
  const code = await planBench(args, {
    out: (text) => (texts.out += text),
    err: (text) => (texts.err += text),
    env: cleanEnvironment(makeProject(), env),
  });
  return { code, ...texts };
}

const ASK = ['--model', 'openai/m', '--only', 'reorder-below-level'];

describe('the benchmark with a model', () => {
  test('when its plans are right and wrong then a line says it of each, and the last one adds up', async () => {
    const [wrong] = RIGHT?.wrong ?? [];
    const usage = { input: 1000, output: 200 };
    const model = await playModel([
      { reply: { json: RIGHT?.plan }, usage },
      { reply: { json: wrong?.plan }, usage },
    ]);
    const { code, out } = await bench([...ASK, '--trials', '2', '--price', '2,10'], model.environment);
    expect(out.split('\n')).toEqual([
      expect.stringMatching(/^right reorder-below-level +1 calls 1000\+200 tokens \$0.0040$/),
      expect.stringMatching(/^WRONG reorder-below-level .*\$0.0040 {2}asks before order_goods: /),
      '1 of 2 plans are right, 2 calls, 2000+400 tokens $0.0080',
      '',
    ]);
    expect(code).toBe(1);
  });

  test('when enough is spent then no more is asked, and what was not run is told', async () => {
    const model = await playModel([{ reply: { json: RIGHT?.plan }, usage: { input: 1e6, output: 0 } }]);
    const args = [...ASK, '--trials', '3', '--price', '2,10', '--max-cost', '1', '--json'];
    const { code, out } = await bench(args, model.environment);
    const rights = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { right: boolean | null }).right);
    expect({ code, rights }).toEqual({ code: 8, rights: [true, null, null] });
  });

  test('when no plan comes of it then its tokens count, too', async () => {
    const server = await startModelServer(() => ({ json: { steps: [], error: 'I cannot.' } }));
    const { code, out } = await bench([...ASK, '--json'], server.environment);
    await server.close();
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      right: false,
      why: 'planned: refused: I cannot.',
      calls: 1,
      input_tokens: 10,
    });
  });

  test('when there is no key then it says so, and what to do', async () => {
    const { code, err } = await bench(ASK);
    expect(code).toBe(4);
    expect(err).toMatch(/^The model cannot be asked[^]*export OPENAI_API_KEY/);
  });

  test.each([
    [[], 'No model is named.'],
    [['--model', 'openai/m', '--only', 'nothing'], 'No request has nothing in its name. The names:\n  '],
    [[...ASK, '--trials', 'many'], '--trials is a whole number from 1.'],
    [[...ASK, '--max-cost', '1'], 'What a plan costs is not known: --max-cost needs --price.'],
    [[...ASK, '--modell'], "Unknown option '--modell'"],
  ])('when it is called with %j then it says what is wrong', async (args, message) => {
    const { code, err } = await bench(args);
    expect(code).toBe(2);
    expect(err).toContain(message);
    expect(err).toContain('npm run plan-bench -- --model NAME');
  });
});

test('when --only names no request then all names are listed', async () => {
  const { err } = await bench(['--model', 'openai/m', '--only', 'zzz']);
  const listed = err.split('\n').flatMap((line) => (/^ {2}[a-z-]+$/.test(line) ? [line.trim()] : []));
  expect(listed).toEqual(readCases().map(({ id }) => id));
  expect(listed).toHaveLength(40);
});

test('when the script is called then the program runs', async () => {
  const model = await playModel([{ reply: { json: RIGHT?.plan } }]);
  const env = cleanEnvironment(makeProject(), model.environment);
  const child = spawn(process.execPath, ['tests/bench/plan-bench.js', ...ASK], { env });
  const { code, stdout } = await ended(child);
  expect(code).toBe(0);
  expect(stdout).toContain('1 of 1 plans are right');
});
