import { expect, test } from 'vitest';

import { PlanBuilder } from '../../src/builder/plan-builder.js';

test('when a program says who answers and until when then the plan has it', () => {
  const plan = new PlanBuilder('Pay a bill')
    .input('owner', {})
    .userInput({
      message: 'How much?',
      output: 'amount',
      schema: { type: 'integer' },
      assignees: ['ann'],
      expiresIn: '1h',
      onExpiry: { value: 3 },
    })
    .userVerify(({ owner, amount }) => ({
      message: `Pay ${amount}?`,
      approvers: { anyOf: [owner, 'ben', 'cleo'], required: 2, not: 'starter' },
      expiresIn: '24h',
    }))
    .onExpiry()
    .exit({ message: 'Nobody agreed in time' })
    .endOnExpiry()
    .build();
  expect(plan.steps).toMatchObject([
    { assignees: ['ann'], expires_in: '1h', on_expiry: { value: 3 } },
    {
      approvers: { any_of: ['{{ $owner }}', 'ben', 'cleo'], required: 2, not: 'starter' },
      expires_in: '24h',
      on_expiry: [{ kind: 'exit', message: 'Nobody agreed in time' }],
    },
  ]);
});

test('when two things are to be done instead of a step then it is said', () => {
  const builder = new PlanBuilder('q').userVerify({ message: 'Sure?', expiresIn: '1h', onExpiry: 'stop' }).onExpiry();
  expect(() => builder.exit({ message: 'late' }).endOnExpiry().build()).toThrow(
    expect.objectContaining({
      details: expect.objectContaining({ why: expect.stringContaining('has an on_expiry already') }),
    }),
  );
});
