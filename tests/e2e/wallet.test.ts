import { expect, test } from 'vitest';

import { effectsOf, type Effect } from '../support/crashed-project.js';
import { killBinary, runUndisturbed } from '../support/kill-everywhere.js';
import { portiaHere } from '../support/portia-here.js';
import { portia } from '../support/portia.js';
import { playModel, printedError, printedQuestions } from '../support/scenario.js';
import { ADDRESS, APPROVED, PATTERN, walletProject, walletScenario, walletScript } from './wallet-project.js';

interface Transfer extends Effect {
  tool: string;
  to?: string;
  amount: number;
}

test('when the address has another form then a person is asked by its pattern, and then for the transfer itself', async () => {
  const cwd = walletProject();
  const model = await playModel(walletScript(5));
  const asked = await portia(['run-plan', 'five.json'], { cwd, env: model.environment });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([
    { category: 'Input', argument_name: 'recipient_address', schema: { pattern: PATTERN } },
  ]);
  expect(asked.stderr).toContain('0x12');
  const resume = (answer: string) => portia(['resume', 'last', '--answer', answer], { cwd, env: model.environment });
  const refused = await resume('recipient_address=0x34');
  expect([refused.code, printedError(refused.stderr)['code']]).toEqual([2, 'answer-refused']);
  const consent = await resume(`recipient_address=${ADDRESS}`);
  expect(consent.code).toBe(8);
  expect(printedQuestions(consent.stderr).questions).toMatchObject([
    { category: 'User Verification', tool_id: 'transfer_usdc', args: { recipient_address: ADDRESS, amount: 5 } },
  ]);
  expect(effectsOf(cwd)).toEqual([]);
  expect((await resume('verify=yes')).code).toBe(0);
  expect(effectsOf<Transfer>(cwd)).toMatchObject([{ tool: 'transfer_usdc', to: ADDRESS, amount: 5 }]);
});

test('when the amount is negative then a person is asked by its rule, and nothing is sent before', async () => {
  const cwd = walletProject();
  const model = await playModel(walletScript(-5, { address: ADDRESS }));
  const asked = await portiaHere(['run-plan', 'five.json', ...APPROVED], { cwd, env: model.environment });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([
    { category: 'Input', argument_name: 'amount', schema: { exclusiveMinimum: 0 } },
  ]);
  expect(asked.stderr).toContain('-5');
  const resume = async (answer: string) =>
    portiaHere(['resume', 'last', ...APPROVED, '--answer', answer], { cwd, env: model.environment });
  for (const amount of ['-1', '0']) {
    const refused = await resume(`amount:=${amount}`);
    expect([refused.code, printedError(refused.stderr)['code']]).toEqual([2, 'answer-refused']);
  }
  expect(effectsOf(cwd)).toEqual([]);
  expect((await resume('amount:=5')).code).toBe(0);
  expect(effectsOf<Transfer>(cwd)).toMatchObject([{ tool: 'transfer_usdc', to: ADDRESS, amount: 5 }]);
});

test('when the balance is too low then it is tried as often as the plan says, and its words are the error', async () => {
  const cwd = walletProject();
  const model = await playModel(walletScript(500, { address: ADDRESS, times: 12 }));
  const end = await portia(['run-plan', 'much.json', ...APPROVED], { cwd, env: model.environment });
  expect(end.code).toBe(1);
  expect(printedError(end.stderr)).toMatchObject({ message: expect.stringContaining('The balance is 100 USDC.') });
  // In each of three attempts the model may call again three times.
  expect(effectsOf<Transfer>(cwd).map(({ tool }) => tool)).toEqual(Array.from({ length: 12 }, () => 'refused'));
});

test('when a plan is made at once with --yes then the transfer is still asked for', async () => {
  const cwd = walletProject();
  const step = { kind: 'tool', tool_id: 'transfer_usdc', args: { recipient_address: ADDRESS, amount: 5 } };
  const model = await playModel([{ match: /You are a planner/, reply: { json: { steps: [step] } } }]);
  const end = await portia(['run', `Send 5 USDC to ${ADDRESS}`, '--yes'], { cwd, env: model.environment });
  expect(end.code).toBe(8);
  expect(effectsOf(cwd)).toEqual([]);
});

test('when the process is killed here and there then the money is sent once', async () => {
  await killBinary(walletScenario, await runUndisturbed(walletScenario), 14);
});
