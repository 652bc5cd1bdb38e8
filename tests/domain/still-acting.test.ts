import { describe, expect, test } from 'vitest';

import { clarificationSchema } from '../../src/domain/run/clarification-schema.js';
import { outcomeForms, stillActingUntil, tooEarly } from '../../src/domain/run/unknown-outcome.js';

const at = (time: string) => Date.parse(`2026-11-30T14:${time}Z`);

describe('until when a call may still be under way', () => {
  test.each([
    ['its time limit and the lease are over', '00:00', 60_000, '00:10', '2026-11-30T14:01:00Z'],
    ['a part of a second counts as a whole one', '00:00', 10_001, '00:05', '2026-11-30T14:00:11Z'],
    ['its clock was ahead: it cannot have begun later than now', '59:00', 60_000, '00:10', '2026-11-30T14:01:10Z'],
  ])('when %s then that is the time', (_what, begun, mostMs, now, until) => {
    expect(stillActingUntil('web-2', { begunAt: at(begun), mostMs, now: at(now) })).toEqual({ host: 'web-2', until });
  });

  test('when the time is over then nothing is said', () => {
    expect(stillActingUntil('web-2', { begunAt: at('00:00'), mostMs: 10_000, now: at('00:10') })).toBeUndefined();
  });
});

describe('the answer that nothing was done', () => {
  const question = clarificationSchema.parse({
    id: 'clar-01234567-89ab-4cde-8f01-23456789abcd',
    category: 'Multiple Choice',
    user_guidance: 'What happened?',
    argument_name: 'outcome',
    options: ['happened', 'not_done', 'stop'],
    unknown_outcome: true,
    still_acting: { host: 'web-2', until: '2026-11-30T14:03:00Z' },
  });

  test.each([
    [
      'before that time',
      'not_done',
      '02:59',
      'is not_done, and web-2 may still make the call until 2026-11-30T14:03:00Z',
    ],
    ['at that time', 'not_done', '03:00', undefined],
    ['and another answer is given', 'happened', '02:59', undefined],
  ])('when it comes %s then it is taken or refused', (_what, response, now, problem) => {
    expect(tooEarly(question, response, new Date(at(now)))).toBe(problem);
  });

  test('when it is not taken yet then the list of answers says from when on', () => {
    const { means } = outcomeForms(question).find(({ form }) => form === 'not_done') ?? {};
    expect(means).toBe('it did not take effect: make the call now (taken from 2026-11-30T14:03:00Z on)');
  });
});
