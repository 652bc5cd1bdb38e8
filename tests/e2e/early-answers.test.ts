import { expect, test } from 'vitest';

import { expectError } from '../support/printed-error.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { printedQuestions } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';

const ask = (name: string) => ({ kind: 'user_input', message: `${name}?`, output: `$${name}` });
const FILES = {
  'p.json': {
    plan_context: { query: 'q', tool_ids: [] },
    steps: [ask('a'), ask('b'), { kind: 'compute', expression: '$a & $b', output: '$both' }],
  },
  'secret.json': {
    plan_context: { query: 'q', tool_ids: ['calculator_tool'] },
    steps: [
      ask('a'),
      { ...ask('otp'), schema: { type: 'string', format: 'password' } },
      { kind: 'tool', tool_id: 'calculator_tool', args: { math_question: '{{ $otp }}' }, output: '$x' },
    ],
  },
};

const start = async (plan = 'p.json') => {
  const cwd = makeProject(FILES);
  expect((await portiaHere(['run-plan', plan], { cwd })).code).toBe(8);
  return cwd;
};

test.each(['$typo=2', '7.steps.3.zzz=2', '0.zzz=2', '$b.other=2', 'c=2', 'x=2'])(
  'when %s answers nothing that the plan can ask then it is refused, and nothing is recorded',
  async (flag) => {
    const cwd = await start();
    for (const args of [
      ['answer', 'last', flag],
      ['resume', 'last', '--answer', flag],
      ['run-plan', 'p.json', '--answer', flag],
    ]) {
      expectError(await portiaHere(args, { cwd }), { code: 'answer-refused', exit: 2 });
    }
    expect((await portiaHere(['list', '--json'], { cwd })).stdout.match(/"id": "prun-/g)).toHaveLength(1);
  },
);

test('when only the name of an agreement is given then the fix says how to select it, also in a loop', async () => {
  const agree = { kind: 'user_verify', message: 'Keep it?' };
  const loop = { kind: 'for_each', over: '[1, 2]', as: 'item', steps: [agree], output: '$all' };
  const steps = [{ ...agree, output: '$kept', on_no: 'continue' }, loop];
  const cwd = makeProject({ 'agree.json': { plan_context: { query: 'q', tool_ids: [] }, steps } });
  const refused = await portiaHere(['run-plan', 'agree.json', '--answer', 'verify=yes'], { cwd });
  expectError(refused, { code: 'answer-refused', exit: 2 });
  expect(refused.stderr).toContain(`Use one of: '$kept', '1[0].steps.0.verify'`);
  const answers = ['$kept=yes', '1[0].steps.0.verify=yes', '1[1].steps.0.verify=yes'];
  const done = await portiaHere(['run-plan', 'agree.json', ...answers.flatMap((text) => ['--answer', text])], { cwd });
  expect(done.code).toBe(0);
});

test.each(['b=early', '$b=early', '1=early', '1.b=early', '$b.b:="early"'])(
  'when %s is given before its question then the next processes have it',
  async (flag) => {
    const cwd = await start();
    expect((await portiaHere(['answer', 'last', flag], { cwd })).code).toBe(0);
    const done = await portiaHere(['resume', 'last', '--answer', 'a=1', '--format', 'value'], { cwd });
    expect(done).toMatchObject({ code: 0, stdout: '1early\n' });
  },
);

test('when a resume does not reach the question of its answer then the answer stays given', async () => {
  const cwd = await start();
  expect((await portiaHere(['resume', 'last', '--answer', '$b=early'], { cwd })).code).toBe(8);
  const done = await portiaHere(['resume', 'last', '--answer', 'a=1', '--format', 'value'], { cwd });
  expect(done).toMatchObject({ code: 0, stdout: '1early\n' });
});

test('when a new run brings an answer for a later question then it is there in the next process', async () => {
  const cwd = makeProject(FILES);
  const { code, stderr } = await portiaHere(['run-plan', 'p.json', '--answer', '$b=early'], { cwd });
  expect({ code, told: /--answer \$b .*/.exec(stderr)?.[0] }).toEqual({
    code: 8,
    told: '--answer $b is not used yet: it is kept until its question is asked.',
  });
  const done = await portiaHere(['resume', 'last', '--answer', 'a=1', '--format', 'value'], { cwd });
  expect(done).toMatchObject({ code: 0, stdout: '1early\n' });
});

test('when an answer before its question does not fit, or is not for that person, then its question is asked', async () => {
  const steps = [ask('a'), { ...ask('b'), schema: { type: 'integer' } }, { ...ask('c'), assignees: ['ann'] }];
  const cwd = makeProject({ 'p.json': { plan_context: { query: 'q', tool_ids: [] }, steps } });
  const given = ['--answer', '$b=one', '--answer', '$c=x'];
  expect((await portiaHere(['run-plan', 'p.json', ...given], { cwd })).code).toBe(8);
  const unfit = await portiaHere(['resume', 'last', '--answer', 'a=1'], { cwd });
  expect(unfit.code).toBe(8);
  expect(unfit.stderr).toContain('The answer $b (given earlier) does not fit its question.');
  expect(unfit.stderr).toContain('$c (given earlier) is not used yet: it is kept until its question is asked.');
  const wrong = await portiaHere(['resume', 'last', '--answer', 'b=2'], { cwd });
  expect(wrong.code).toBe(8);
  expect(wrong.stderr).toContain(
    'An answer that was given before its question does not count. The question is for ann,',
  );
});

test('when a secret is given before its question then it is not written down', async () => {
  const cwd = await start('secret.json');
  const refused = await portiaHere(['answer', 'last', '$otp=12345678'], { cwd });
  expectError(refused, { code: 'answer-refused', exit: 2 });
  const events = await portiaHere(['show', 'last', '--json'], { cwd });
  expect(events.stdout).not.toContain('12345678');
});

const LOOP = {
  plan_context: { query: 'q', tool_ids: [] },
  steps: [
    {
      kind: 'for_each',
      over: '["x", "y", "z"]',
      as: 'item',
      steps: [
        { kind: 'user_verify', message: 'Keep {{ $item }}?', on_no: 'continue', output: '$kept' },
        { kind: 'compute', expression: '$item & $string($kept)', output: '$said' },
      ],
      output: '$all',
    },
  ],
};

test('when one answer is given for a question in a loop then it is for one iteration, and the next one asks', async () => {
  const cwd = makeProject({ 'loop.json': LOOP });
  const asked = await portiaHere(['run-plan', 'loop.json', '--answer', '$kept=yes'], { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ path: '0[1].steps.0' }]);
});

test.each([
  ['to the start', ['run-plan', 'loop.json'], []],
  ['to a resume', ['resume', 'last'], ['run-plan', 'loop.json']],
])(
  'when several answers for a loop are given %s then each iteration takes the next one',
  async (_where, args, before) => {
    const cwd = makeProject({ 'loop.json': LOOP });
    if (before.length > 0) expect((await portiaHere(before, { cwd })).code).toBe(8);
    const answers = ['yes', 'no', 'yes'].flatMap((word) => ['--answer', `$kept=${word}`]);
    const done = await portiaHere([...args, ...answers, '--format', 'value'], { cwd });
    expect(done).toMatchObject({ code: 0, stdout: '["xtrue","yfalse","ztrue"]\n' });
  },
);

test('when iterations side by side ask then all of it is asked at once, and answers given before are taken in order', async () => {
  const tool = `import { defineTool } from 'portia';
import * as z from 'zod';
const args = z.object({ n: z.number(), colour: z.string() });
const run = (_context, { n, colour }) => n + colour;
export const paint = defineTool({ id: 'paint', name: 'Paint', description: 'Paints.', effect: 'read', args, run });
`;
  const call = { kind: 'tool', tool_id: 'paint', args: { n: '{{ $n }}' }, output: '$painted' };
  const loop = { kind: 'for_each', over: '[1, 2, 3]', as: 'n', max_parallel: 3, steps: [call], output: '$all' };
  const plan = { plan_context: { query: 'q', tool_ids: ['paint'] }, steps: [loop] };
  const cwd = makeToolProject(tool, { 'paint.json': plan });
  const asked = await portiaHere(['run-plan', 'paint.json'], { cwd });
  expect(printedQuestions(asked.stderr).questions).toHaveLength(3);
  const answers = ['red', 'blue', 'green'].flatMap((word) => ['--answer', `$painted.colour=${word}`]);
  const done = await portiaHere(['run-plan', 'paint.json', ...answers, '--format', 'value'], { cwd });
  expect(done).toMatchObject({ code: 0, stdout: '["1red","2blue","3green"]\n' });
});

test('when an answer is for no question of the plan then the open questions are named', async () => {
  const steps = [{ kind: 'user_input', message: 'Your name?', output: '$name' }];
  const cwd = makeProject({ 'plan.json': { plan_context: { query: 'greet', tool_ids: [] }, steps } });
  expect((await portiaHere(['run-plan', 'plan.json'], { cwd })).code).toBe(8);
  const result = await portiaHere(['resume', 'last', '--answer', '7=Ada'], { cwd });
  expect(expectError(result, { code: 'answer-refused', exit: 2 }).fix).toBe('Use one of: name');
});
