import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { portia } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, openPortia, playModel } from '../support/scenario.js';
import { ask, call, calls, CANARY, env, expectSecret, GIVEN, project, SPELLINGS } from './secret-project.js';

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
