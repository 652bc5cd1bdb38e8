import { existsSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { portia } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { openPortia, playModel, printedQuestions, readEvents } from '../support/scenario.js';
import { makeToolProject } from '../support/tool-project.js';

const payTool = `import { appendFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';

export const pay = defineTool({
  id: 'pay',
  name: 'Pay',
  description: 'Pays.',
  args: z.object({ to: z.string(), amount: z.number() }),
  run(context, args) {
    appendFileSync(context.environment.projectRoot + '/paid.ndjson', JSON.stringify(args) + '\\n');
    return 'paid ' + args.amount;
  },
});
`;

const CALL = { to: 'shop', amount: 12 };
const project = (step: object = { kind: 'tool', tool_id: 'pay', args: CALL, output: '$paid' }) =>
  makeToolProject(payTool, {
    'pay.json': { plan_context: { query: 'Pay the shop.', tool_ids: ['pay'] }, steps: [step] },
  });
const paid = (cwd: string): unknown[] => {
  const file = join(cwd, 'paid.ndjson');
  const text = existsSync(file) ? readFileSync(file, 'utf8').trimEnd() : '';
  return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line) as unknown);
};
const RUN = ['run-plan', 'pay.json', '--no-prompt'];

test('when a no has a reason then the error of the run and show have it, and the exit code is 9', async () => {
  const cwd = project();
  expect((await portiaHere(RUN, { cwd })).code).toBe(8);
  expect((await portiaHere(['answer', 'last', 'verify=no=too expensive'], { cwd })).code).toBe(0);
  const resumed = await portiaHere(['resume', 'last'], { cwd });
  expect(resumed.code).toBe(9);
  expect((JSON.parse(resumed.stdout) as Run).error).toMatchObject({
    code: 'declined',
    message: 'A person said no to calling pay: too expensive',
  });
  const shown = await portiaHere(['show', 'last', '--format', 'human'], { cwd });
  expect(shown.stdout).toContain('verify = no=too expensive');
  expect(paid(cwd)).toEqual([]);
});

test.each<[string, (cwd: string) => string[]]>([
  ['answer', () => ['answer', 'last', 'verify=yes:={"to":"shop","amount":5}']],
  ['--answer', () => ['resume', 'last', '--answer', 'verify=yes:={"to":"shop","amount":5}']],
  [
    '--answers',
    (cwd) => {
      writeFileSync(join(cwd, 'answers.json'), '{"verify": {"yes": {"to": "shop", "amount": 5}}}');
      return ['resume', 'last', '--answers', 'answers.json'];
    },
  ],
])('when the arguments are changed by %s then the call is made with them, and both are shown', async (_what, words) => {
  const cwd = project();
  const paused = await portiaHere(RUN, { cwd });
  expect(printedQuestions(paused.stderr).questions).toMatchObject([
    {
      args: CALL,
      args_schema: { type: 'object', required: ['to', 'amount'] },
      effect: 'once',
      sources: { to: [{ from: 'plan' }], amount: [{ from: 'plan' }] },
    },
  ]);
  expect((await portiaHere(words(cwd), { cwd })).code).toBe(0);
  // In a process of its own: what was answered elsewhere counts.
  expect((await portia(['resume', 'last'], { cwd })).code).toBe(0);
  expect(paid(cwd)).toEqual([{ to: 'shop', amount: 5 }]);
  const { stdout } = await portiaHere(['show', 'last', '--format', 'human'], { cwd });
  expect(stdout).toContain('verify = yes, with other arguments');
  expect(stdout).toContain('amount was 12 and is 5');
  expect((await portiaHere(['verify', 'last'], { cwd })).code).toBe(0);
  const { id } = JSON.parse((await portiaHere(['show', 'last', '--json'], { cwd })).stdout) as Run;
  expect(readEvents(cwd, id).find(({ type }) => type === 'clarification.resolved')).toMatchObject({
    response: { yes: { to: 'shop', amount: 5 } },
    signature: { key: expect.any(String) },
  });
});

test.each([
  ['verify=yes:={"to":"shop","amount":"much"}', 'amount'],
  ['verify=yes:={"to":"shop"', 'not JSON that can be used'],
  ['verify=yes:={"to":"shop","to":"me","amount":5}', 'the name "to" is given twice'],
  ['verify=yes:=7', 'not a JSON object'],
])('when %s is answered then it is refused with what is wrong, and the question stays open', async (answer, why) => {
  const cwd = project();
  await portiaHere(RUN, { cwd });
  const error = expectError(await portiaHere(['answer', 'last', answer], { cwd }), { code: 'answer-refused', exit: 2 });
  expect(error.why).toContain(why);
  expect(error.fix).toContain('no=REASON');
  expect((await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd })).code).toBe(0);
  expect(paid(cwd)).toEqual([CALL]);
});

test('when a person tells an agent why not at the prompt then it takes another way', async () => {
  const cwd = project({ task: 'Pay the shop.', tool_id: 'pay', output: '$paid' });
  const model = await playModel([
    { match: /Task: Pay the shop/, reply: { toolCalls: [{ name: 'pay', arguments: CALL }] } },
    {
      match: /The reason: we get a discount/,
      reply: { toolCalls: [{ name: 'pay', arguments: { ...CALL, amount: 9 } }] },
    },
  ]);
  const terminal = openPortia(['run-plan', 'pay.json', '--format', 'value'], { cwd, env: model.environment });
  await terminal.waitFor('(y/e/a/k/n/w/l)');
  expect(terminal.screen()).toContain('w No, and tell the agent why');
  terminal.type('w');
  terminal.press('enter');
  await terminal.waitFor('Why not?');
  terminal.type('we get a discount');
  terminal.press('enter');
  await terminal.waitFor('amount: 9');
  await terminal.waitFor(/(Call pay with exactly these 2 arguments\?[^]*){2}/);
  terminal.type('y');
  terminal.press('enter');
  expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
  expect(paid(cwd)).toEqual([{ ...CALL, amount: 9 }]);
});

test('when a call is asked of somebody else then no rule answers for them', async () => {
  const cwd = project({ kind: 'tool', tool_id: 'pay', args: CALL, output: '$paid', assignees: ['ben'] });
  expect((await portiaHere(RUN, { cwd })).code).toBe(8);
  expect((await portiaHere(['resume', 'last', '--no-prompt', '--approve', 'pay'], { cwd })).code).toBe(8);
  expect(paid(cwd)).toEqual([]);
});

describe('when a call is always allowed', () => {
  const answerAlways = async (cwd: string) => {
    const paused = await portiaHere(RUN, { cwd });
    expect(printedQuestions(paused.stderr).questions).toMatchObject([{ may_keep: true }]);
    expect((await portiaHere(['answer', 'last', 'verify=always'], { cwd })).code).toBe(0);
    expect((await portia(['resume', 'last'], { cwd })).code).toBe(0);
  };

  test('then other runs of the project do not ask, and trust lists it and takes it back', async () => {
    const cwd = project();
    await answerAlways(cwd);
    expect((await portia(RUN, { cwd })).code).toBe(0);
    expect((await portiaHere(['tools', 'call', 'pay', 'to=shop', 'amount=1'], { cwd })).code).toBe(0);
    expect(paid(cwd)).toHaveLength(3);
    const listed = JSON.parse((await portiaHere(['trust', '--allowed'], { cwd })).stdout) as unknown;
    expect(listed).toEqual([
      {
        root: realpathSync(cwd),
        tools: [{ tool_id: 'pay', fingerprint: expect.any(String), allowed_at: expect.any(String) }],
      },
    ]);
    const slip = await portiaHere(['trust', '--revoke', '--tool', 'pat'], { cwd });
    expectError(slip, { code: 'not-found', exit: 2 });
    expect((await portiaHere(['trust', '--revoke', '--tool', 'pay'], { cwd })).code).toBe(0);
    expect((await portiaHere(RUN, { cwd })).code).toBe(8);
    const { stdout } = await portiaHere(['trust', '--allowed', '--format', 'human'], { cwd });
    expect(stdout).toBe('No tool is always allowed.\n');
  });

  test('then a tool that has changed is asked about again', async () => {
    const cwd = project();
    await answerAlways(cwd);
    const file = join(cwd, 'tools', readdirSync(join(cwd, 'tools'))[0] ?? '');
    writeFileSync(file, readFileSync(file, 'utf8').replace("'paid '", "'PAID '"));
    expect((await portiaHere(RUN, { cwd })).code).toBe(8);
  });

  test.each([
    ['asks', 'ask', 8],
    ['denies', 'deny', 9],
  ])('then a rule that %s comes first, and the question does not offer it', async (_what, rule, code) => {
    const cwd = project();
    await answerAlways(cwd);
    expect((await portiaHere(['config', 'set', 'approvals.pay', rule], { cwd })).code).toBe(0);
    const run = await portiaHere(RUN, { cwd });
    expect(run.code).toBe(code);
    if (code === 9) return;
    expect(printedQuestions(run.stderr).questions).not.toMatchObject([{ may_keep: true }]);
    const refused = await portiaHere(['answer', 'last', 'verify=always'], { cwd });
    expectError(refused, { code: 'answer-refused', exit: 2 });
  });

  test('then runs that wait with the same question continue', async () => {
    const cwd = project();
    const waiting = JSON.parse((await portiaHere(RUN, { cwd })).stdout) as Run;
    await answerAlways(cwd);
    expect((await portiaHere(['resume', waiting.id], { cwd })).code).toBe(0);
    expect(paid(cwd)).toHaveLength(2);
  });

  test('then it is at the prompt, and where nothing can be kept the run is left as it is', async () => {
    const cwd = project();
    const blocked = join(cwd, 'blocked');
    writeFileSync(blocked, '');
    const terminal = openPortia(['run-plan', 'pay.json'], { cwd });
    await terminal.waitFor('(y/e/a/k/n/w/l)');
    terminal.type('always');
    terminal.press('enter');
    expect(await terminal.exit()).toEqual({ code: 0, signal: 0 });
    expect(await portiaHere(RUN, { cwd })).toMatchObject({ code: 0 });
    expect(paid(cwd)).toEqual([CALL, CALL]);

    const env = { PORTIA_CONFIG_DIR: blocked };
    expect((await portiaHere(RUN, { cwd, env })).code).toBe(8);
    const failed = await portiaHere(['resume', 'last', '--answer', 'verify=always'], { cwd, env });
    expectError(failed, { code: 'storage-failed', exit: 10 });
    expect((await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd, env })).code).toBe(0);
  });
});
