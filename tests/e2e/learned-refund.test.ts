import { expect, test } from 'vitest';

import { effectsOf } from '../support/crashed-project.js';
import { promptOf, type ScriptEntry } from '../support/model-server.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';
import { playModel, printedQuestions } from '../support/scenario.js';
import { APPROVED, refundProject, refundScript, REFUND_PLAN, type ServerCall } from './refund-project.js';

const LIKED = ['--examples', 'liked'];
const EXAMPLE = '"query":"Refund the customer when the policy allows it"';
const planned = (steps: object[]): ScriptEntry => ({
  match: /You are a planner/,
  reply: { json: { steps, plan_inputs: REFUND_PLAN.plan_inputs } },
});

async function likedRefund(script: ScriptEntry[]) {
  const cwd = refundProject();
  const model = await playModel(script);
  const call = { cwd, env: model.environment };
  expect((await portiaHere(['like', 'refund.json'], call)).code).toBe(0);
  return { call, model };
}

test('when a vague request is like a liked plan then the new plan asks a person before it refunds, once', async () => {
  const { call, model } = await likedRefund([planned(REFUND_PLAN.steps), ...refundScript()]);
  const run = ['run', 'A customer wants a refund', '--yes', ...LIKED, ...APPROVED];
  const paused = await portiaHere(run, call);
  expect(promptOf(model.requests[0] ?? { model: '', messages: [] })).toContain(EXAMPLE);
  expect(paused.code).toBe(8);
  expect(printedQuestions(paused.stderr).questions).toMatchObject([{ category: 'User Verification' }]);
  const refunds = () => effectsOf<ServerCall>(call.cwd).filter(({ tool }) => tool === 'create_refund');
  expect(refunds()).toEqual([]);
  expect((await portiaHere(['resume', 'last', '--answer', 'verify=yes', ...APPROVED], call)).code).toBe(0);
  expect(refunds()).toHaveLength(1);
});

test('when a request is unlike every liked plan then none is shown', async () => {
  const { call, model } = await likedRefund([planned([{ kind: 'compute', expression: '1 + 2', output: '$sum' }])]);
  expect((await portiaHere(['plan', 'add 1 + 2', '--planner', 'model', ...LIKED], call)).code).toBe(0);
  expect(promptOf(model.requests[0] ?? { model: '', messages: [] })).not.toContain(EXAMPLE);
});

test('when the learned plan uses a tool that is not there then that is told the model, and there is no plan', async () => {
  const unknown = planned([{ kind: 'tool', tool_id: 'mcp:stripe:give_money', args: {}, output: '$given' }]);
  const { call, model } = await likedRefund([unknown, unknown, unknown]);
  const end = await portiaHere(['plan', 'A customer wants a refund', ...LIKED], call);
  expectError(end, { code: 'no-plan', exit: 5 });
  expect(promptOf(model.requests[1] ?? { model: '', messages: [] })).toContain('mcp:stripe:give_money');
});
