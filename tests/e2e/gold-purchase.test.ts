import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { effectsOf } from '../support/crashed-project.js';
import { killBinary, killAtEachCall, runUndisturbed } from '../support/kill-everywhere.js';
import type { ScriptEntry } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { expectSoundPlan, onlyRun, playModel, printedError, printedQuestions, story } from '../support/scenario.js';
import {
  BUY,
  goldProject,
  goldScenario,
  HIGH_LIMIT,
  mailScript,
  priceScript,
  RECEIPT,
  SENDING,
  STUBS,
} from './gold-project.js';

const parse = (stdout: string): Run => JSON.parse(stdout) as Run;

/** A run that waits for the customer's yes to 50 ounces. */
async function untilVerify(script: ScriptEntry[], flags: string[] = []) {
  const cwd = goldProject();
  const { environment: env } = await playModel(script);
  const args = [...BUY, ...STUBS, ...flags, '--answer', '$purchase_quantity:=50'];
  return { cwd, env, paused: await portiaHere(args, { cwd, env }) };
}

describe('gold purchase', () => {
  test('when the quantity is given beforehand then the customer is asked with the total, and nothing is done', async () => {
    const { cwd, paused } = await untilVerify(priceScript);
    await expectSoundPlan(cwd, 'gold.json', { env: { TAVILY_API_KEY: 'tvly-test' } });
    expect(paused.code).toBe(8);
    const { questions } = printedQuestions(paused.stderr);
    expect(questions).toMatchObject([
      { category: 'User Verification', user_guidance: 'Buy 50 ounces of gold for 120000 EUR?', path: '4' },
    ]);
    const run = parse(paused.stdout);
    expect(run).toMatchObject({ state: 'NEED_CLARIFICATION', current_step_index: 4 });
    expect(run.outputs.step_outputs).toMatchObject({ $gold: { value: { price: 2400 } }, $total: { value: 120_000 } });
    expect(run.plan_run_inputs['$country']?.['value']).toBe('UK');
  });

  test('when the total is over the limit then a yes ends the run with that message, and no mail is sent', async () => {
    const { cwd, env } = await untilVerify(priceScript);
    const end = await portiaHere(['resume', 'last', ...SENDING, '--answer', 'verify=yes'], { cwd, env });
    expect(end.code).toBe(0);
    const run = parse(end.stdout);
    expect(run).toMatchObject({ state: 'COMPLETE', error: null });
    expect(run.outputs.final_output?.['value']).toBe('120000 EUR is too expensive: the limit is 100.');
    expect(story(cwd, run.id).slice(-4)).toEqual([
      'step.started 5.branches.0.steps.0',
      'step.completed 5.branches.0.steps.0',
      'step.completed 5',
      'run.completed',
    ]);
    expect(effectsOf(cwd)).toEqual([]);
  });

  test('when the limit is high then the mail is sent once, and the result has the receipt and the address', async () => {
    const { cwd, env } = await untilVerify([...priceScript, ...mailScript], HIGH_LIMIT);
    const end = await portiaHere(['resume', 'last', ...SENDING, '--answer', 'verify=yes'], { cwd, env });
    expect(end.code).toBe(0);
    const run = parse(end.stdout);
    expect(run.outputs.final_output?.['value']).toEqual({ receipt: RECEIPT, email_address: 'ada@example.com' });
    // The agent's three, the receipt and the mail: the result has its shape without another.
    expect(run.usage.calls).toBe(5);
    expect(effectsOf(cwd)).toMatchObject([{ mail: { to: 'ada@example.com', subject: 'Your gold', body: RECEIPT } }]);
  });

  test('when nobody approved the mail then the run waits before it, with the whole mail in the question', async () => {
    const { cwd, env } = await untilVerify([...priceScript, ...mailScript], HIGH_LIMIT);
    const waiting = await portiaHere(['resume', 'last', ...STUBS, '--answer', 'verify=yes'], { cwd, env });
    expect(waiting.code).toBe(8);
    const [question, ...others] = printedQuestions(waiting.stderr).questions;
    expect(others).toEqual([]);
    expect(question).toMatchObject({ tool_id: 'send_email', args: { to: 'ada@example.com', body: RECEIPT } });
    expect(effectsOf(cwd)).toEqual([]);
    const end = await portiaHere(['resume', 'last', ...STUBS, '--answer', `${question?.id}=yes`], { cwd, env });
    expect(end.code).toBe(0);
    expect(effectsOf(cwd)).toHaveLength(1);
  });

  test('when a quantity is answered that is not an option then exit 2 names the options, and the run waits on', async () => {
    const cwd = goldProject();
    const { environment: env } = await playModel(priceScript);
    const paused = await portiaHere([...BUY, ...STUBS], { cwd, env });
    expect(printedQuestions(paused.stderr).questions).toMatchObject([
      { category: 'Multiple Choice', options: [50, 100, 200], output: '$purchase_quantity' },
    ]);
    const refused = await portiaHere(['resume', 'last', ...STUBS, '--answer', '$purchase_quantity:=75'], { cwd, env });
    expect(refused.code).toBe(2);
    expect(JSON.stringify(printedError(refused.stderr))).toMatch(/50.*100.*200/);
    expect(onlyRun(cwd).state).toBe('NEED_CLARIFICATION');
    const right = await portiaHere(['resume', 'last', ...STUBS, '--answer', '$purchase_quantity:=200'], { cwd, env });
    expect(right.code).toBe(8);
    expect(printedQuestions(right.stderr).questions[0]?.['user_guidance']).toContain('480000');
  });

  test('when such a quantity is given before the question then it is reported, and the run waits for another', async () => {
    const cwd = goldProject();
    const { environment: env } = await playModel(priceScript);
    const args = [...BUY, ...STUBS, '--answer', '$purchase_quantity:=75'];
    const { code, stderr } = await portiaHere(args, { cwd, env });
    expect(code).toBe(8);
    expect(stderr).toMatch(/--answer \$purchase_quantity does not fit[^{]*\b75\b/);
    expect(printedQuestions(stderr).questions).toMatchObject([{ output: '$purchase_quantity', response: null }]);
  });

  test('when the customer says no then exit 9, and the run is over', async () => {
    const { cwd, env } = await untilVerify(priceScript, HIGH_LIMIT);
    const declined = await portiaHere(['resume', 'last', ...SENDING, '--answer', 'verify=no'], { cwd, env });
    expect(declined.code).toBe(9);
    expect(parse(declined.stdout)).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
    const again = await portiaHere(['resume', 'last', ...SENDING, '--answer', 'verify=yes'], { cwd, env });
    expect(again.code).not.toBe(0);
    expect(effectsOf(cwd)).toEqual([]);
  });

  test('when the process is killed in each of its calls then the mail is sent once', { timeout: 240_000 }, async () => {
    const undisturbed = await runUndisturbed(goldScenario);
    const { points, asked } = await killAtEachCall(goldScenario, undisturbed);
    // While the mail is under way: not sent, and sent, which also asks for its result.
    expect({ points: points > 3, asked }).toEqual({ points: true, asked: 3 });
    await killBinary(goldScenario, undisturbed, 30);
  });
});
