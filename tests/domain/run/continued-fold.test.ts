import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import type { EventBody, RunEvent } from '../../../src/domain/run/events.js';
import { hasAllThatChanges } from '../../../src/domain/run/has-all-that-changes.js';
import type { Run } from '../../../src/domain/run/run.js';
import { createFold } from '../../../src/domain/run/run-transitions.js';
import { portiaHere } from '../../support/portia-here.js';
import { makeProject } from '../../support/portia.js';
import { readEvents, runIds } from '../../support/scenario.js';
import { CREATED, RUN_ID } from '../../storage/run-examples.js';

/** Folds all of the events, and from each record among them those that are left. Gives how often that could be done. */
function continueEverywhere(events: readonly RunEvent[]): number {
  const whole = createFold();
  const records: (Run | undefined)[] = [];
  for (const event of events) {
    whole.apply(event);
    records.push(hasAllThatChanges(whole.run) ? structuredClone(whole.run) : undefined);
  }
  for (const [index, from] of records.entries()) {
    if (from === undefined) continue;
    const fold = createFold({ from: JSON.parse(JSON.stringify(from)) });
    for (const event of events.slice(index + 1)) fold.apply(event);
    expect([index, JSON.parse(JSON.stringify(fold.run))]).toEqual([index, JSON.parse(JSON.stringify(whole.run))]);
  }
  return records.filter((record) => record !== undefined).length;
}

function recorded(bodies: readonly EventBody[]): RunEvent[] {
  return [CREATED, { type: 'run.started' } as const, ...bodies].map((body, index) => ({
    ...{ v: 1, seq: index + 1, ts: new Date(1_700_000_000_000 + index).toISOString(), run_id: RUN_ID },
    ...body,
  }));
}

const error = { code: 'step-failed', message: 'no', step: null, retryable: true } as const;
const at = (round: number) => `0[${round}].steps.0`;
const started = (path: string, attempt = 1): EventBody => ({ type: 'step.started', path, attempt });
const done = (path: string): EventBody => {
  const output = { value: path, summary: null };
  return { type: 'step.completed', path, output_name: '$n', output };
};
const failed = (path: string, caught?: string): EventBody => ({
  ...{ type: 'step.failed', path, attempt: 1, error },
  ...(caught !== undefined && { caught_by: caught }),
});

/** Rounds that are done, tried again, skipped, caught, or done behind a slow one. */
function rounds(count: number): EventBody[] {
  return Array.from({ length: count }, (_, round): EventBody[] => {
    const path = at(round);
    switch (round % 5) {
      case 0:
        return [started(path), failed(path), started(path, 2), done(path)];
      case 1:
        return [started(path), { type: 'step.skipped', path, reason: 'no' }];
      case 2:
        return [started(path), failed(path, '0')];
      default:
        return round === 53 ? [started(path)] : [started(path), done(path)];
    }
  }).flat();
}

test('when a fold continues from a record of a loop then it gives what all events give', () => {
  const events = recorded([started('0'), ...rounds(230), done(at(53)), done('0'), started('1'), done('1')]);
  expect(continueEverywhere(events)).toBe(events.length);
});

test('when it continues from a record that asks, failed or was cancelled then it does so only where that is right', () => {
  const question = { id: 'clar-1', category: 'Input', argument_name: 'age', user_guidance: 'How old?', path: '0/1/1' };
  const asked = { type: 'clarification.raised', clarification: question } as unknown as EventBody;
  const answered = { type: 'clarification.resolved', id: 'clar-1', response: 7, channel: 'flag' } as EventBody;
  const paused = { type: 'run.paused', reason: 'question', next: 'portia' } as unknown as EventBody;
  const events = recorded([
    ...[started('0'), asked, paused, answered, { type: 'run.resumed' } as const, done('0')],
    ...[
      started('1'),
      started('2'),
      done('2'),
      failed('1'),
      { type: 'run.failed', error: { ...error, step: '1' } } as const,
    ],
    ...[
      { type: 'run.resumed' } as const,
      started('1', 2),
      done('1'),
      { type: 'run.cancelled', reason: 'enough' } as const,
    ],
  ]);
  // Twice it has failed.
  expect(continueEverywhere(events)).toBe(events.length - 2);
});

test('when runs with loops and branches are continued from any of their records then they are as they were', async () => {
  const cwd = makeProject({ 'loops.json': readFileSync('plans/loops-and-branches.json', 'utf8') });
  expect((await portiaHere(['run-plan', 'loops.json'], { cwd })).code).toBe(0);
  for (const id of runIds(cwd)) expect(continueEverywhere(readEvents(cwd, id))).toBeGreaterThan(20);
});
