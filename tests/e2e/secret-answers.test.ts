import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { allBytes } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { makeToolProject } from '../support/tool-project.js';
import { portia, type Ended } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, openPortia, playModel, readRun, runIds } from '../support/scenario.js';

const CANARY = 'canary-0f9e8d7c';
const SPELLINGS = [
  CANARY,
  Buffer.from(CANARY).toString('base64').slice(0, -3),
  Buffer.from(`x${CANARY}`).toString('base64').slice(2, -3),
  Buffer.from(CANARY).toString('hex'),
];

/** Tools that note what they were called with outside of the project's own folders, and repeat it in every way. */
const TOOLS = `
import { appendFileSync, existsSync } from 'node:fs';
import { defineTool } from 'portia';
import * as z from 'zod';
const note = ({ environment }, line) => appendFileSync(environment.projectRoot + '/.home/calls', line);
const password = z.string().min(8).meta({ format: 'password' });
const make = (id, effect, more = {}) => defineTool({
  id, name: id, description: id, effect, args: z.object({ password: z.string().min(8), user: z.string().default('ann') }),
  run: async (context, args) => {
    note(context, id + ' ' + args.user + ' ' + args.password + '\\n');
    return { kind: 'output', value: { said: 'signed in with ' + args.password, coded: Buffer.from('x' + args.password).toString('base64'), [args.password]: args.password } };
  },
  ...more,
});
export const login = make('login', 'read');
export const pay = make('pay', 'once', { inspect: async (args) => ({ consent: 'ask', facts: { seen: args.password }, note: 'It pays with ' + args.password + '.' }) });
export const failing = make('failing', 'read', { run: async (_context, args) => ({ kind: 'failure', message: 'wrong: ' + args.password, retryable: false }) });
export const throwing = make('throwing', 'once', { run: async (_context, args) => { throw new Error('wrong: ' + args.password); } });
export const asking = defineTool({ id: 'asking', name: 'asking', description: 'asks', effect: 'read', args: z.object({ pin: z.string().min(8).meta({ format: 'password' }) }),
  run: async (context, { pin }) => { note(context, 'asking ' + pin + '\\n'); return { kind: 'output', value: 'with ' + pin }; } });
export const inside = defineTool({ id: 'inside', name: 'inside', description: 'asks while it runs', effect: 'read', args: z.object({ token: z.string().optional() }),
  run: async (context, { token }) => {
    const told = context.answers[0]?.response;
    if (token === undefined) return { kind: 'clarifications', clarifications: [{ category: 'Input', user_guidance: 'Token?', argument_name: 'token', schema: { type: 'string', writeOnly: true } }] };
    note(context, 'inside ' + token + ' ' + told + '\\n');
    return { kind: 'output', value: token };
  } });
export const once = make('once_killed', 'idempotent', { run: async (context, args) => {
  note(context, 'once_killed ' + args.password + '\\n');
  const second = context.environment.projectRoot + '/.home/second';
  if (!existsSync(second)) { appendFileSync(second, 'x'); process.kill(process.ppid, 'SIGKILL'); await new Promise(() => {}); }
  return { kind: 'output', value: 'done with ' + args.password };
} });
export const echo = defineTool({ id: 'echo', name: 'echo', description: 'echo', effect: 'read', args: z.object({ otp: z.string() }),
  run: async (_context, { otp }) => ({ kind: 'output', value: { text: 'it is ' + otp + '.', number: Number(otp) || 0 } }) });
export const prompting = make('prompting', 'read', { run: async ({ environment, signal }, args) => ({ kind: 'output', value: await environment.askModel({ text: 'say ' + args.password }, signal) }) });
`;

const ask = {
  kind: 'user_input',
  message: 'Which password?',
  schema: { type: 'string', format: 'password' },
  output: '$otp',
};
const call = (tool_id: string, args: object = { password: '{{ $otp }}' }, output = '$result') => ({
  kind: 'tool',
  tool_id,
  args,
  output,
});

const planOf = (steps: object[], more: object = {}) => ({ plan_context: { query: 'q', tool_ids: [] }, steps, ...more });

function project(steps: object[], more: object = {}, files: Record<string, string | object> = {}): string {
  const cwd = makeToolProject(TOOLS, { 'plan.json': planOf(steps, more), '.home/secret.txt': `${CANARY}\n`, ...files });
  return cwd;
}

const GIVEN = 'otp=@.home/secret.txt';
const env = { PORTIA_TRUST_PROJECT: '1' };

/** What the tools were called with: the one place where the secret may be. */
const calls = (cwd: string): string =>
  existsSync(join(cwd, '.home/calls')) ? readFileSync(join(cwd, '.home/calls'), 'utf8') : '';

/** Nothing that was printed or written, but what the tools noted themselves, holds the secret. */
function expectSecret(cwd: string, ...commands: Ended[]): void {
  const printed = commands.map(({ stdout, stderr }) => `${stdout}\n${stderr}`).join('\n');
  const written = ['plans', 'runs', 'users'].filter((folder) => existsSync(join(cwd, folder)));
  const everything = [printed, ...written.map((folder) => allBytes(join(cwd, folder)))].join('\n');
  for (const spelling of SPELLINGS) expect(everything).not.toContain(spelling);
}

describe('an answer that is a secret', () => {
  test('when a tool is called with it, then the tool has it and nothing else does', async () => {
    const cwd = project([
      ask,
      call('login', { password: '{{ $otp }}', user: 'user:{{ $otp }}' }),
      call('login', { password: '{{ $result.said }}' }, '$again'),
    ]);
    const paused = await portiaHere(['run-plan', 'plan.json'], { cwd, env });
    expect(paused.code).toBe(8);
    expect(paused.stderr).toContain('otp=@FILE');
    const ended = await portiaHere(['resume', 'last', '--answer', GIVEN, '-v', '--events', 'runs/events'], {
      cwd,
      env,
    });
    expect(ended.code).toBe(0);
    // A result that repeats it is seen without it by later steps, too.
    expect(calls(cwd)).toBe(`login user:${CANARY} ${CANARY}\nlogin ann signed in with ‹secret otp›\n`);
    const run = onlyRun(cwd);
    expect(run.outputs.clarifications).toMatchObject([{ response: '‹secret otp›', resolved: true }]);
    expect(run.outputs.step_outputs['$otp']).toMatchObject({ value: '‹secret otp›' });
    expect(run.outputs.step_outputs['$result']).toMatchObject({
      value: { said: 'signed in with ‹secret otp›', '‹secret otp›': '‹secret otp›' },
    });
    const shown = await portiaHere(['show', 'last'], { cwd, env });
    const picture = await portiaHere(['show', 'last', '--as', 'tree'], { cwd, env });
    const events = await portiaHere(['show', 'last', '--format', 'ndjson'], { cwd, env });
    expect(events.stdout).toContain('"args":{"value":{"password":"‹secret otp›","user":"user:‹secret otp›"}}');
    expectSecret(cwd, paused, ended, shown, picture, events);
  });

  test.each(['failing', 'throwing', 'pay'])(
    'when the tool %s tells it, then it is hidden in errors, facts and questions',
    async (tool) => {
      const cwd = project([ask, call(tool)]);
      const flags = tool === 'pay' ? [] : ['--approve', tool];
      const ended = await portiaHere(['run-plan', 'plan.json', '--answer', `$${GIVEN}`, '-v', ...flags], { cwd, env });
      expect(ended.code).toBe(tool === 'failing' ? 1 : 8);
      const shown = await portiaHere(['show', 'last', '--as', 'tree'], { cwd, env });
      expect(`${ended.stderr}${shown.stdout}`).toContain('‹secret otp›');
      expectSecret(cwd, ended, shown);
    },
  );

  test('when a later process needs it, then it asks again, and takes it by its name', async () => {
    const cwd = project([ask, call('pay'), call('login', undefined, '$login')]);
    const approval = await portiaHere(['run-plan', 'plan.json', '--answer', `$${GIVEN}`], { cwd, env });
    expect(approval.code).toBe(8);
    expect(onlyRun(cwd).outputs.clarifications.filter(({ resolved }) => !resolved)).toMatchObject([
      { category: 'User Verification', args: { password: '‹secret otp›', user: 'ann' } },
    ]);
    const again = await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd, env });
    expect(again.code).toBe(8);
    expect(onlyRun(cwd).outputs.clarifications.filter(({ resolved }) => !resolved)).toMatchObject([
      {
        category: 'Input',
        argument_name: 'otp',
        schema: ask.schema,
        user_guidance: expect.stringMatching(/needed again.*Which password\?/),
      },
    ]);
    expect(calls(cwd)).toBe('');
    const ended = await portiaHere(['resume', 'last', '--answer', GIVEN], { cwd, env });
    expect(ended.code).toBe(0);
    // Both steps have it from one answer.
    expect(calls(cwd)).toBe(`pay ann ${CANARY}\nlogin ann ${CANARY}\n`);
    expectSecret(cwd, approval, again, ended);
  });

  test('when it is given with what else is open, then a resume needs no second turn', async () => {
    const cwd = project([ask, call('pay')]);
    await portiaHere(['run-plan', 'plan.json', '--answer', `$${GIVEN}`], { cwd, env });
    const ended = await portiaHere(['resume', 'last', '--answer', 'verify=yes', '--answer', GIVEN], { cwd, env });
    expect(ended.code).toBe(0);
    expect(calls(cwd)).toBe(`pay ann ${CANARY}\n`);
    expectSecret(cwd, ended);
  });

  test('when an idempotent call was cut off, then it is asked for before the call is repeated', async () => {
    const cwd = project([ask, call('once_killed')]);
    const flags = ['--approve', 'once_killed'];
    const killed = await portia(['run-plan', 'plan.json', '--answer', `$${GIVEN}`, ...flags], { cwd, env });
    expect(killed.signal).toBe('SIGKILL');
    const again = await portia(['resume', 'last', ...flags], { cwd, env });
    expect(again.code).toBe(8);
    const ended = await portia(['resume', 'last', '--answer', GIVEN, ...flags], { cwd, env });
    expect(ended.code).toBe(0);
    expect(calls(cwd)).toBe(`once_killed ${CANARY}\nonce_killed ${CANARY}\n`);
    expect(onlyRun(cwd).outputs.final_output).toMatchObject({ value: 'done with ‹secret otp›' });
    expectSecret(cwd, again, ended);
  });

  test('when an argument of a tool is a password, then the answer is a secret, too', async () => {
    const cwd = project([call('asking', {}), call('inside', {}, '$inside')]);
    const first = await portiaHere(['run-plan', 'plan.json'], { cwd, env });
    expect(first.code).toBe(8);
    const pin = ['--answer', 'pin=@.home/secret.txt'];
    const second = await portiaHere(['resume', 'last', ...pin, '-v'], { cwd, env });
    expect(second.code).toBe(8);
    expect(second.stderr).toMatch(/Not kept, because other questions are still open: pin/);
    expect(onlyRun(cwd).outputs.clarifications).toMatchObject([{ resolved: false }, { resolved: false }]);
    const ended = await portiaHere(['resume', 'last', ...pin, '--answer', 'token=@-'], { cwd, env, input: CANARY });
    expect(ended.code).toBe(0);
    expect(calls(cwd).split('\n').toSorted()).toEqual(['', `asking ${CANARY}`, `inside ${CANARY} ${CANARY}`]);
    expect(onlyRun(cwd).outputs.step_outputs).toMatchObject({
      $result: { value: expect.stringMatching(/^with ‹secret (token|pin)›$/) },
      $inside: { value: expect.stringMatching(/^‹secret (token|pin)›$/) },
    });
    expectSecret(cwd, first, second, ended);
  });

  test('when answer should record it, then it is refused with the way to give it, and the question stays open', async () => {
    const cwd = project([ask, call('login')]);
    await portiaHere(['run-plan', 'plan.json'], { cwd, env });
    const refused = await portiaHere(['answer', 'last', GIVEN], { cwd, env });
    const { fix, why } = expectError(refused, { code: 'usage', exit: 2 });
    expect(fix).toMatch(/^portia resume prun-.* --answer 'otp=@FILE'|^portia resume prun-.* --answer otp=@FILE/);
    expect(why).toContain('never written to a file');
    expect(onlyRun(cwd).outputs.clarifications).toMatchObject([{ resolved: false, response: null }]);
    expectSecret(cwd, refused);
  });

  test('when it stands on the command line, then that is warned of', async () => {
    const cwd = project([ask, call('login')]);
    await portiaHere(['run-plan', 'plan.json'], { cwd, env });
    const ended = await portiaHere(['resume', 'last', '--answer', `otp=${CANARY}`], { cwd, env });
    expect(ended.code).toBe(0);
    expect(ended.stderr.match(/history of the shell/g)).toHaveLength(1);
    // What it says to type reaches portia as it stands there.
    const early = await portiaHere(['run-plan', 'plan.json', '--answer', `$otp=${CANARY}`], { cwd, env });
    expect(early.stderr.replace(/\s+/g, ' ')).toContain("(--answer '$otp=@FILE')");
    expectSecret(cwd, ended);
  });

  test('when it is wrong for its schema, then it is refused without being shown', async () => {
    const cwd = project([{ ...ask, schema: { type: 'string', format: 'password', maxLength: 3 } }, call('login')]);
    await portiaHere(['run-plan', 'plan.json'], { cwd, env });
    const refused = await portiaHere(['resume', 'last', '--answer', GIVEN], { cwd, env });
    expect(refused.code).toBe(2);
    expectSecret(cwd, refused);
  });

  test.each([['4711'], ['123456'], ['hunter']])(
    'when it is as short as %s, then it is hidden as well, also as a number',
    async (secret) => {
      const cwd = project([ask, call('echo', { otp: '{{ $otp }}' })], {}, { '.home/secret.txt': secret });
      const ended = await portiaHere(['run-plan', 'plan.json', '--answer', `$${GIVEN}`], { cwd, env });
      expect(ended.code).toBe(0);
      const { value } = onlyRun(cwd).outputs.final_output as unknown as { value: { text: string; number: unknown } };
      expect(value.text).toBe('it is ‹secret otp›.');
      if (/^\d+$/.test(secret)) expect(value.number).toBe('‹secret otp›');
    },
  );

  test('when a tool asks the model with it, then the model sees what stands for it', async () => {
    const cwd = project([ask, call('prompting')]);
    const model = await playModel([{ reply: { text: 'no' } }]);
    const ended = await portiaHere(['run-plan', 'plan.json', '--answer', `$${GIVEN}`], {
      cwd,
      env: { ...env, ...model.environment },
    });
    expect(ended.code).toBe(0);
    expect(JSON.stringify(model.requests)).toContain('say ‹secret otp›');
    for (const spelling of SPELLINGS) expect(JSON.stringify(model.requests)).not.toContain(spelling);
    expectSecret(cwd, ended);
  });

  test('when a text says what stands for a secret, then no tool gets the secret by it', async () => {
    const cwd = project(
      [ask, call('login'), call('login', { password: '‹secret otp›', user: '{{ $text }}' }, '$other')],
      {
        plan_inputs: [{ name: '$text' }],
      },
    );
    const ended = await portiaHere(['run-plan', 'plan.json', '--answer', `$${GIVEN}`, '-i', 'text=‹secret otp›'], {
      cwd,
      env,
    });
    expect(ended.code).toBe(0);
    // They overlap, each in a process of its own.
    const lines = calls(cwd).trimEnd().split('\n');
    expect(lines.toSorted()).toEqual([`login ann ${CANARY}`, 'login ‹secret otp› ‹secret otp›'].toSorted());
  });
});

describe('a plan input that is a secret', () => {
  const inputs = {
    plan_inputs: [{ name: '$pin', description: 'Your PIN', schema: { type: 'string', writeOnly: true } }],
  };
  const pay = call('pay', { password: '{{ $pin }}' });

  test.each([
    ['-i', ['-i', 'pin=@.home/secret.txt'], ''],
    ['--inputs', ['--inputs', '-'], JSON.stringify({ pin: CANARY })],
  ])('when it is given by %s, then only the tool has it; a later process asks again', async (_how, flags, input) => {
    const cwd = project([pay], inputs);
    const paused = await portiaHere(['run-plan', 'plan.json', ...flags], { cwd, env, input });
    expect(paused.code).toBe(8);
    const run = onlyRun(cwd);
    expect(run.plan_run_inputs).toMatchObject({ $pin: { value: '‹secret pin›' } });
    const ended = await portiaHere(['resume', 'last', '--approve', 'pay', '--answer', 'pin=@.home/secret.txt'], {
      cwd,
      env,
    });
    expect(ended.code).toBe(0);
    expect(calls(cwd)).toBe(`pay ann ${CANARY}\n`);
    expectSecret(cwd, paused, ended);
  });

  test('when it is missing or does not fit, then the error shows how to give it and not the value', async () => {
    const cwd = project([call('pay', { password: 'code {{ $pin }}' })], {
      plan_inputs: [{ name: '$pin', schema: { type: 'integer', writeOnly: true } }],
    });
    const missing = await portiaHere(['run-plan', 'plan.json'], { cwd, env });
    expect(expectError(missing, { code: 'missing-input', exit: 2 }).fix).toContain('pin:=@FILE');
    const wrong = await portiaHere(['run-plan', 'plan.json', '-i', `pin=${CANARY}`], { cwd, env });
    expectError(wrong, { code: 'invalid-input', exit: 2 });
    expectSecret(cwd, missing, wrong);
  });

  test('when it stands on the command line, then that is warned of', async () => {
    const cwd = project([pay], inputs);
    const ended = await portiaHere(['run-plan', 'plan.json', '-i', `pin=${CANARY}`, '--approve', 'pay'], { cwd, env });
    expect(ended.stderr).toMatch(/-i pin is a secret.*history of the shell/s);
    expectSecret(cwd, ended);
  });

  test('when a batch gives one in each line, then none of them is printed or written', async () => {
    const cwd = project([call('login', { password: '{{ $pin }}' })], inputs);
    const input = [1, 2, 3].map((number) => JSON.stringify({ pin: `${CANARY}${number}` })).join('\n');
    const ended = await portiaHere(['run-plan', 'plan.json', '--batch', '-'], { cwd, env, input });
    expect(ended.code).toBe(0);
    expect(calls(cwd).trim().split('\n').toSorted()).toEqual([1, 2, 3].map((number) => `login ann ${CANARY}${number}`));
    expectSecret(cwd, ended);
  });

  test('when a plan passes it to one inside, then that has it, and asks again in a later process', async () => {
    const inner = planOf([call('pay', { password: '{{ $code }}' })], {
      plan_inputs: [{ name: '$code', schema: { type: 'string', format: 'password' } }],
    });
    const outer = { kind: 'plan', plan: inner, inputs: { code: '{{ $pin }}' }, output: '$inner' };
    const cwd = project([outer], inputs);
    const paused = await portiaHere(['run-plan', 'plan.json', '-i', 'pin=@.home/secret.txt'], { cwd, env });
    expect({ code: paused.code, stderr: paused.stderr }).toMatchObject({ code: 8 });
    const asked = await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd, env });
    expect(asked.code).toBe(8);
    const ended = await portiaHere(['resume', 'last', '--answer', 'pin=@.home/secret.txt'], { cwd, env });
    expect(ended.code).toBe(0);
    expect(calls(cwd)).toBe(`pay ann ${CANARY}\n`);
    expect(runIds(cwd).map((id) => Object.values(readRun(cwd, id).plan_run_inputs))).toEqual(
      expect.arrayContaining([[expect.objectContaining({ value: '‹secret pin›' })]]),
    );
    expectSecret(cwd, paused, asked, ended);
  });

  test('when tools call is given one, then it is not printed', async () => {
    const cwd = project([pay]);
    const ended = await portiaHere(['tools', 'call', 'asking', `pin=${CANARY}`], { cwd, env });
    expect(ended.code).toBe(0);
    expectSecret(cwd, ended);
  });
});

test('when an older plan computes with a secret, then it has what stands for it, and is told', async () => {
  const cwd = project([ask, { kind: 'compute', expression: '$uppercase($otp)', output: '$r' }]);
  writeFileSync(join(cwd, '.home/secret.txt'), CANARY);
  expect((await portiaHere(['check', 'plan.json'], { cwd, env })).code).toBe(2);
  const ended = await portiaHere(['run-plan', 'plan.json', '--answer', `$${GIVEN}`, '--format', 'value', '-v'], {
    cwd,
    env,
  });
  expect(ended).toMatchObject({ code: 0, stdout: '‹SECRET OTP›\n' });
  expect(ended.stderr).toContain('$otp is a secret: an expression has the text ‹secret otp›');
  expectSecret(cwd, ended);
});

test('when a person types secrets at a terminal, then they are not seen there', async () => {
  const cwd = project([ask, call('login', { password: '{{ $pin }}', user: '{{ $otp }}' })], {
    plan_inputs: [{ name: '$pin', schema: { type: 'string', format: 'password' } }],
  });
  const terminal = openPortia(['run-plan', 'plan.json', '-v'], { cwd, env });
  await terminal.waitFor('? pin');
  terminal.type(CANARY);
  terminal.press('enter');
  await terminal.waitFor('? Which password?');
  terminal.type(`${CANARY}2`);
  terminal.press('enter');
  expect(await terminal.exit()).toMatchObject({ code: 0 });
  expect(calls(cwd)).toBe(`login ${CANARY}2 ${CANARY}\n`);
  expectSecret(cwd, { code: 0, signal: null, stdout: terminal.screen(), stderr: terminal.raw() });
});
