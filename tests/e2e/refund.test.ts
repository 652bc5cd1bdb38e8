import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, test } from 'vitest';

import type { Run } from '../../src/domain/run/run.js';
import { effectsOf } from '../support/crashed-project.js';
import { killBinary, killProcess, runUndisturbed } from '../support/kill-everywhere.js';
import { portiaHere } from '../support/portia-here.js';
import { portia } from '../support/portia.js';
import {
  expectSoundPlan,
  onlyRun,
  openPortia,
  playModel,
  printedError,
  printedQuestions,
} from '../support/scenario.js';
import {
  APPROVED,
  MAILS,
  PAYMENTS,
  REFUND,
  refundProject,
  refundScenario,
  refundScript,
  type Mail,
  type ServerCall,
} from './refund-project.js';

const YES = ['--answer', '8.verify=yes'];
const callsIn = (cwd: string) => effectsOf<ServerCall>(cwd);
const refundsIn = (cwd: string) => callsIn(cwd).filter(({ tool }) => tool === 'create_refund');
const refused = Object.keys(MAILS).filter((mail): mail is Mail => MAILS[mail as Mail][1] === 'REJECTED');

async function shop(mail?: Mail) {
  const cwd = refundProject({ mail });
  const { environment: env } = await playModel(refundScript(mail));
  return { cwd, env };
}

describe('refund agent', () => {
  test('when the reviewer agrees and everything is said beforehand then the payment is refunded once', async () => {
    const { cwd, env } = await shop();
    await expectSoundPlan(cwd, 'refund.json');
    const end = await portiaHere([...REFUND, ...APPROVED, ...YES], { cwd, env });
    expect(end.code).toBe(0);
    const refund = { id: 're_1', payment_intent: 'pi_robot', amount: 1000, currency: 'gbp', status: 'succeeded' };
    expect((JSON.parse(end.stdout) as Run).outputs.final_output?.['value']).toEqual(refund);
    expect(callsIn(cwd).map(({ tool, args }) => [tool, args])).toEqual([
      ['list_customers', { email: 'ada@example.com' }],
      ['list_payment_intents', { customer: 'cus_ada' }],
      ['create_refund', { payment_intent: 'pi_robot' }],
    ]);
  });

  test.each(refused)('when the reviewer rejects a request (%s) then nothing is asked of the service', async (mail) => {
    const { cwd, env } = await shop(mail);
    const end = await portiaHere([...REFUND, ...APPROVED, ...YES, '--format', 'value'], { cwd, env });
    expect(end).toMatchObject({ code: 0, stdout: `No refund: it is ${mail}\n` });
    expect(callsIn(cwd)).toEqual([]);
  });

  test('when nobody approved the refund then the run waits before it, and is continued by answer and resume', async () => {
    const { cwd, env } = await shop();
    const waiting = await portiaHere([...REFUND, ...YES], { cwd, env: { ...env, CI: 'true' } });
    expect(waiting.code).toBe(8);
    expect(printedQuestions(waiting.stderr).questions).toMatchObject([
      { tool_id: 'mcp:stripe:create_refund', args: { payment_intent: 'pi_robot' } },
    ]);
    expect(refundsIn(cwd)).toEqual([]);
    expect((await portiaHere(['answer', 'last', 'verify=yes'], { cwd })).code).toBe(0);
    expect(refundsIn(cwd)).toEqual([]);
    expect((await portiaHere(['resume', 'last'], { cwd, env })).code).toBe(0);
    expect((await portiaHere(['resume', 'last'], { cwd, env })).code).toBe(0);
    expect(refundsIn(cwd)).toHaveLength(1);
  });

  test('when a person is there then both questions are asked, and the second shows the call', async () => {
    const { cwd, env } = await shop();
    const terminal = openPortia(REFUND, { cwd, env });
    await terminal.waitFor('? Refund 1000 of pi_robot to ada@example.com? (y/n/l)');
    terminal.type('y');
    terminal.press('enter');
    await terminal.waitFor(/mcp:stripe:create_refund[^]*payment_intent: "pi_robot"[^]*exactly this argument\?/);
    expect(readFileSync(join(cwd, 'effects.log'), 'utf8')).not.toContain('create_refund');
    terminal.type('y');
    terminal.press('enter');
    expect(await terminal.exit()).toMatchObject({ code: 0 });
    expect(refundsIn(cwd)).toHaveLength(1);
  });

  test.each([
    ['says no to the refund', [...APPROVED, '--answer', '8.verify=no'], 9],
    ['allows less than that', [...APPROVED, ...YES, '-i', 'payment_limit:=5'], 1],
    ['forbids the call', [...YES, '--deny', 'mcp:stripe:create_refund'], 9],
  ])('when somebody %s then nothing is refunded', async (_what, flags, code) => {
    const { cwd, env } = await shop();
    const end = await portiaHere([...REFUND, ...flags], { cwd, env });
    expect(end.code).toBe(code);
    expect(printedError(end.stderr)).toMatchObject({ exit_code: code });
    expect(onlyRun(cwd).state).toBe('FAILED');
    expect(refundsIn(cwd)).toEqual([]);
  });

  test('when portia is killed by the refund itself then a person says what happened, and it is not made again', async () => {
    // Pays back, and kills who asked before the result is written.
    const killing = `
      const write = process.stdout.write.bind(process.stdout);
      process.stdout.write = (text, ...rest) => {
        if (String(text).includes('re_1')) process.kill(process.ppid, 'SIGKILL');
        return write(text, ...rest);
      };
      await import('${pathToFileURL(resolve(PAYMENTS)).href}');`;
    const cwd = refundProject({ server: 'killing.mjs', files: { 'killing.mjs': killing } });
    const { environment: env } = await playModel(refundScript());
    expect(await portia([...REFUND, ...APPROVED, ...YES], { cwd, env })).toMatchObject({ signal: 'SIGKILL' });
    const asked = await portia(['resume', 'last', ...APPROVED], { cwd, env });
    expect(asked.code).toBe(8);
    expect(printedQuestions(asked.stderr).questions).toMatchObject([
      { unknown_outcome: true, tool_id: 'mcp:stripe:create_refund', options: ['happened', 'not_done', 'stop'] },
    ]);
    const result = JSON.stringify(refundsIn(cwd)[0]?.result);
    const answers = ['--answer', 'outcome=happened', '--answer', `result:=${result}`];
    const end = await portia(['resume', 'last', ...APPROVED, ...answers, '--format', 'value'], { cwd, env });
    expect(end).toMatchObject({ code: 0, stdout: `${result}\n` });
    expect(refundsIn(cwd)).toHaveLength(1);
  });

  test('when the process is killed here and there then the payment is refunded once', async () => {
    const undisturbed = await runUndisturbed(refundScenario);
    await killBinary(refundScenario, undisturbed, 20);
    await killProcess({ ...refundScenario, start: [...REFUND, ...YES] }, undisturbed, [12]);
  });
});
