import { describe, expect, test } from 'vitest';

import { PortiaError } from '../../../src/domain/errors.js';
import { modelFor, KEY, NEVER, REQUEST } from '../endpoint-under-test.js';
import { startStrictServer, type Habit } from './habit.js';
import { KEY_ERRORS } from './key-errors.js';
import { MODEL_ERRORS } from './model-errors.js';
import { OUTAGE_ERRORS } from './outage-errors.js';
import { CALLS, TEXTS, UNUSABLE } from './replies.js';
import { REQUEST_ERRORS } from './request-errors.js';
import { WAITS } from './waits.js';

const now = () => new Date('2026-01-01T00:00:00Z');

/** What portia made of the habit, in the form of what was expected. */
async function outcomeOf(habit: Habit): Promise<object> {
  const server = await startStrictServer(habit, KEY);
  const { model, waits } = modelFor(server.baseUrl, { now, deadlineMs: 600_000 });
  const outcome = await model
    .complete({ ...REQUEST, tools: habit.tools }, { signal: NEVER })
    .catch((error: Error) => error);
  expect(server.refused).toEqual([]);
  const counts = { requests: server.bodies.length, waits };
  if (!(outcome instanceof Error)) {
    const { text, toolCalls } = outcome;
    const calls = toolCalls.map(({ name, arguments: args }) => `${name} ${args}`);
    return { text, calls, ...counts };
  }
  if (!(outcome instanceof PortiaError)) throw outcome;
  const shown = `${outcome.message}\n${outcome.details.why}\n${outcome.fix}`;
  expect(shown).not.toContain(KEY);
  return { code: outcome.code, why: outcome.details.why, fix: outcome.fix, ...counts };
}

describe.each([
  ['keys and credit', KEY_ERRORS],
  ['models', MODEL_ERRORS],
  ['requests', REQUEST_ERRORS],
  ['outages', OUTAGE_ERRORS],
  ['waits', WAITS],
  ['calls', CALLS],
  ['texts', TEXTS],
  ['replies that cannot be used', UNUSABLE],
])('%s', (_kind, habits) => {
  const named = habits.map((habit) => [`${habit.server} ${habit.does}`, habit] as const);
  test.each(named)('when %s then it is understood', async (_name, habit) => {
    const { expected } = habit;
    const matchers = Object.entries(expected).map(([key, value]: [string, unknown]) => [
      key,
      value instanceof RegExp ? expect.stringMatching(value) : value,
    ]);
    expect(await outcomeOf(habit)).toMatchObject(Object.fromEntries(matchers));
  });
});
