import { describe, expect, test } from 'vitest';

import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, readRun, runIds } from '../support/scenario.js';
import { call, calls, CANARY, env, expectSecret, planOf, project } from './secret-project.js';

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
