import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { makeProject, portia, UNTRUSTED } from '../support/portia.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { makeToolProject } from '../support/tool-project.js';

const tools = `import { appendFileSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';

export const pay = defineTool({
  id: 'pay', name: 'Pay', description: 'Pays an amount.', effect: 'once', args: z.object({ amount: z.number() }),
  run(context, { amount }) {
    appendFileSync(context.environment.projectRoot + '/paid', amount + '\\n');
    return amount;
  },
});
`;

const plan = (amount: number) => ({
  steps: [{ kind: 'tool', tool_id: 'pay', args: { amount }, output: '$paid' }],
  plan_context: { query: 'Pay', tool_ids: ['pay'] },
});

const SMALL_ONLY = [
  { when: '$args.amount <= 10', then: 'allow' },
  { when: '$args.amount > 1000', then: 'deny' },
];

function project(rule: unknown, amount = 5): string {
  const settings = { tools: { modules: ['./tools/*.mjs'] }, approvals: { 'p*': rule } };
  return makeToolProject(tools, { 'portia.json': settings, 'plan.json': plan(amount) });
}

const paid = (cwd: string) => existsSync(join(cwd, 'paid')) && readFileSync(join(cwd, 'paid'), 'utf8');

test.each([
  [5, 0, '5\n'],
  [50, 8, false],
  [5000, 9, false],
])('when %d is paid then the rule about its amount decides', async (amount, code, done) => {
  const cwd = project(SMALL_ONLY, amount);
  expect((await portia(['run-plan', 'plan.json'], { cwd })).code).toBe(code);
  expect(paid(cwd)).toBe(done);
  expect((await portiaHere(['tools', 'call', 'pay', `amount=${amount}`], { cwd })).code).toBe(code);
});

test('when an expression of a rule is broken then the question names it, and no approval of the tool answers it', async () => {
  const cwd = project([{ when: '$args.amount <', then: 'allow' }]);
  const { code, stderr } = await portia(['run-plan', 'plan.json', '--approve', 'pay'], { cwd });
  expect(code).toBe(8);
  expect(stderr.replaceAll(/\s+/g, ' ')).toContain('The rule portia.json approvals.p*[0] cannot be judged.');
  expect(paid(cwd)).toBe(false);
  expect((await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd })).code).toBe(0);
  expect(paid(cwd)).toBe('5\n');
});

test.each([
  ['run-plan', 'plan.json'],
  ['check', 'plan.json'],
  ['config', 'list'],
  ['tools', 'call', 'pay', 'amount=5'],
])('when an expression of a rule is broken then %s %s says so before anything is asked', async (...command) => {
  const cwd = project([{ when: '$args.amount <', then: 'allow' }]);
  const stderr = (await portiaHere(command, { cwd })).stderr.replaceAll(/\s+/g, ' ');
  const told = 'The rule portia.json approvals.p*[0] cannot be judged, so a person is asked about such calls.';
  expect(stderr.split(told)).toHaveLength(2);
  expect(stderr.indexOf(told)).toBeLessThan(`${stderr}May pay be called`.indexOf('May pay be called'));
});

test('when an expression of a rule is broken then doctor has a line for it', async () => {
  const cwd = project([{ when: '$arg.amount < 3', then: 'allow' }]);
  const { stdout } = await portiaHere(['doctor'], { cwd });
  expect((JSON.parse(stdout) as { checks: unknown[] }).checks).toContainEqual(
    expect.objectContaining({
      status: 'warning',
      what: expect.stringContaining('uses $arg, and a rule sees only $args'),
    }),
  );
});

test('when a new rule can never be judged then config does not write it, and writes others beside an old one', async () => {
  const cwd = project([{ when: '$args.', then: 'allow' }]);
  const set = async (name: string, value: unknown) =>
    portiaHere(['config', 'set', '--local', name, JSON.stringify(value)], { cwd });
  const { why } = expectError(await set('approvals.send', [{ when: '$args.to =', then: 'allow' }]), {
    code: 'usage',
    exit: 2,
  });
  expect(why).toContain('The rule approvals.send[0] cannot be judged');
  expect((await set('approvals.send', [{ when: "$args.to = 'a'", then: 'allow' }])).code).toBe(0);
});

test.each([
  [['--deny', 'p*'], undefined, 'The rule --deny says so.', 'Leave --deny out, or let it name other tools.'],
  [
    [],
    [{ when: 'true', then: 'deny' }],
    'The rule portia.json approvals.p*[0] says so.',
    'Change portia.json approvals.p*[0], if it is yours to decide.',
  ],
])('when a rule denies a call (%j) then the error names it', async (flags, rule, why, fix) => {
  const cwd = project(rule ?? 'ask');
  const run = await portiaHere(['run-plan', 'plan.json', ...flags], { cwd });
  expect(run.code).toBe(9);
  expect((JSON.parse(run.stdout) as Run).error).toMatchObject({ code: 'declined', why, fix });
  if (rule === undefined) return;
  const called = await portiaHere(['tools', 'call', 'pay', 'amount=5'], { cwd });
  expect(expectError(called, { code: 'declined', exit: 9 })).toMatchObject({ why, fix });
});

test('when a rule changes what is allowed after the question then resume decides by it', async () => {
  const cwd = project('ask');
  expect((await portiaHere(['run-plan', 'plan.json'], { cwd })).code).toBe(8);
  const rule = JSON.stringify(SMALL_ONLY);
  expect((await portiaHere(['config', 'set', '--local', 'approvals.p*', rule], { cwd })).code).toBe(0);
  expect((await portiaHere(['resume', 'last'], { cwd })).code).toBe(0);
  expect(paid(cwd)).toBe('5\n');
});

test('when a project is not trusted then only its cases that tighten count, and trust lists the others', async () => {
  const rule = [
    { when: "$args.content = 'a'", then: 'allow' },
    { when: 'true', then: 'deny' },
  ];
  const step = { kind: 'tool', tool_id: 'file_writer_tool', args: { filename: 'a.txt', content: 'a' }, output: '$a' };
  const cwd = makeProject({
    'portia.json': { approvals: { file_writer_tool: rule } },
    'plan.json': { steps: [step], plan_context: { query: 'Write', tool_ids: ['file_writer_tool'] } },
  });
  expect((await portiaHere(['run-plan', 'plan.json'], { cwd, env: UNTRUSTED })).code).toBe(9);
  const { stdout, stderr } = await portiaHere(['trust'], { cwd, env: UNTRUSTED });
  expect(`${stdout}${stderr}`).toContain("file_writer_tool: allow when $args.content = 'a'");
  expect((await portiaHere(['run-plan', 'plan.json'], { cwd })).code).toBe(0);
});

test('when a rule is neither a word nor a list of cases then the settings say how it is written', async () => {
  const cwd = project([{ when: 'true', then: 'maybe' }]);
  const { why } = expectError(await portiaHere(['tools', 'list'], { cwd }), { code: 'invalid-settings', exit: 2 });
  expect(why).toContain('expected ask, allow or deny, or a list such as');
});
