import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { onlyRun, playModel, printedError } from '../support/scenario.js';

const think = (output: string, extra: object = {}) => ({ kind: 'llm', task: `think of ${output}`, output, ...extra });
const project = (steps: object[], settings: object = {}) =>
  makeProject({ 'plan.json': { plan_context: { query: 'q' }, steps }, 'portia.json': settings });
const PROGRAM = ['-m', "exec:printf 'a thought'"];
const price = { input: 1_000, output: 1_000 };
const run = ['run-plan', 'plan.json', '--json'];

describe('when a program is the model', () => {
  test.each([['--max-tokens'], ['--max-cost'], ['--max-model-calls']])(
    'then %s holds by the estimate',
    async (flag) => {
      const cwd = project([think('$a'), think('$b')], { prices: { 'exec/printf': price } });
      const limit = flag === '--max-cost' ? '0.01' : '1';
      const { code, stdout, stderr } = await portiaHere([...run, ...PROGRAM, flag, limit], { cwd });
      const { usage, pause } = JSON.parse(stdout) as Run;
      expect({ code, calls: usage.calls, estimated: usage.estimated, why: pause?.reason }).toEqual({
        code: 8,
        calls: 1,
        estimated: true,
        why: 'budget',
      });
      expect(printedError(stderr)).toMatchObject({ code: 'budget-reached', fix: expect.stringContaining(flag) });
    },
  );
});

describe('when --max-cost is given and a model has no price', () => {
  const limited = [...run, '--max-cost', '1'];
  const refused = {
    code: 'invalid-settings',
    exit_code: 2,
    message: expect.stringMatching(/^The price of \S+ is not known/),
    fix: expect.stringContaining('portia config set'),
  };

  const asking: [string, object[], string][] = [
    ['an answer', [think('$a')], 'exec/printf'],
    ['a step in a branch', [{ kind: 'if', branches: [{ when: 'false', steps: [think('$a')] }] }], 'exec/printf'],
    ['a condition', [{ kind: 'compute', expression: '1', condition: 'it is so', output: '$a' }], 'exec/printf'],
    [
      'the tool that is the model',
      [{ kind: 'tool', tool_id: 'llm_tool', args: { task: 't' }, output: '$a' }],
      'exec/printf',
    ],
    ['the model of a step', [think('$a', { model: 'ollama/small' })], 'ollama/small'],
    [
      'a plan inside it',
      [{ kind: 'plan', plan: { plan_context: { query: 'q', tool_ids: [] }, steps: [think('$a')] }, output: '$b' }],
      'exec/printf',
    ],
  ];
  test.each(asking)('then a plan with %s is refused before anything is kept', async (_what, steps, model) => {
    const cwd = project(steps);
    const { code, stderr } = await portiaHere([...limited, ...PROGRAM], { cwd });
    expect(code).toBe(2);
    expect(printedError(stderr)).toMatchObject({ ...refused, message: expect.stringContaining(model) });
    expect(() => onlyRun(cwd)).toThrow();
  });

  test('then a summary is refused, too', async () => {
    const cwd = project([{ kind: 'compute', expression: '1', output: '$a' }]);
    expect((await portiaHere([...limited, ...PROGRAM], { cwd })).code).toBe(0);
    expect((await portiaHere([...limited, ...PROGRAM, '--summarize'], { cwd })).code).toBe(2);
  });

  test('then nobody is paid for a plan', async () => {
    const model = await playModel([]);
    const args = ['run', 'think', '--yes', '--json', '--base-url', model.baseUrl, '-m', 'small', '--max-cost', '1'];
    const { code, stderr } = await portiaHere(args, { cwd: makeProject() });
    expect(code).toBe(2);
    expect(printedError(stderr)).toMatchObject(refused);
  });

  test('then a resume is refused, and continues once the price is given', async () => {
    const cwd = project([think('$a'), think('$b')]);
    expect((await portiaHere([...run, ...PROGRAM, '--max-model-calls', '1'], { cwd })).code).toBe(8);
    const resume = ['resume', 'last', '--json', ...PROGRAM, '--max-cost', '1'];
    const { code, stderr } = await portiaHere(resume, { cwd });
    expect([code, printedError(stderr)]).toMatchObject([2, refused]);
    await portiaHere(['config', 'set', 'prices.exec/printf', JSON.stringify(price)], { cwd });
    expect((await portiaHere(resume, { cwd })).code).toBe(0);
  });
});

describe('when a plan is made for a run with --max-cost', () => {
  /** 1,000 tokens, which cost 1 dollar. */
  const usage = { input: 900, output: 100 };
  const plan = { reply: { json: { steps: [think('$a')], error: null } }, usage };
  const wrong = { reply: { json: { steps: [{ kind: 'tool', tool_id: 'no_tool', args: {} }] } }, usage };
  const thought = { reply: { text: 'a thought' }, usage };
  const settings = { prices: { 'openai/gpt-4.1-mini': price } };
  const start = (limit: string) => ['run', 'think a little', '--yes', '--json', '--max-cost', limit];

  test('then what planning cost counts, also when the run is resumed', async () => {
    const model = await playModel([plan, thought]);
    const call = { cwd: makeProject({ 'portia.json': settings }), env: model.environment };
    const first = await portiaHere(start('1'), call);
    expect(first.code).toBe(8);
    expect(printedError(first.stderr)).toMatchObject({
      code: 'budget-reached',
      message: expect.stringContaining('1.0000 US dollars'),
    });
    expect((await portiaHere(['resume', 'last', '--max-cost', '1'], call)).code).toBe(8);
    expect((await portiaHere(['resume', 'last', '--max-cost', '1.5'], call)).code).toBe(0);
  });

  test('then no further attempt is paid once it is reached', async () => {
    const model = await playModel([wrong]);
    const call = { cwd: makeProject({ 'portia.json': settings }), env: model.environment };
    const { code, stderr } = await portiaHere(start('0.5'), call);
    expect(code).toBe(8);
    expect(printedError(stderr)).toMatchObject({
      code: 'budget-reached',
      message: expect.stringContaining('planning has cost 1.0000 US dollars'),
      fix: expect.stringContaining('--max-cost'),
    });
    expect(() => onlyRun(call.cwd)).toThrow();
  });

  test('then a plan that was made before costs nothing again', async () => {
    const model = await playModel([plan, thought]);
    const call = { cwd: makeProject({ 'portia.json': settings }), env: model.environment };
    expect((await portiaHere(['plan', 'think a little'], call)).code).toBe(0);
    expect((await portiaHere([...start('1'), '--cached'], call)).code).toBe(0);
  });

  test('then a planning model without a price is not counted', async () => {
    const model = await playModel([plan, thought]);
    const call = { cwd: makeProject({ 'portia.json': settings }), env: model.environment };
    expect((await portiaHere([...start('1'), '--planning-model', 'openai/large'], call)).code).toBe(0);
  });
});
