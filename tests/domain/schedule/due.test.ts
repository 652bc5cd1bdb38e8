import { describe, expect, test } from 'vitest';

import { readCron, type Cron } from '../../../src/domain/schedule/cron.js';
import { afterDecision, afterDue, dueOf, MOST_MISSED } from '../../../src/domain/schedule/due.js';
import type { Missed } from '../../../src/domain/schedule/schedule.js';
import { scheduleWith } from '../../../src/storage/conformance/schedule-examples.js';

interface Given {
  cron?: string;
  missed?: Missed;
  next_at?: string | null;
}

async function dueAt(
  now: string,
  { cron = '0 * * * *', missed = 'catch-up', next_at = '2026-03-02T09:00:00.000Z' }: Given = {},
) {
  const read = await readCron(cron, 'UTC');
  if ('why' in read) throw new Error(read.why);
  return dueOf({ next_at, missed }, read, Date.parse(now));
}

const at = (hour: number) => `2026-03-02T${String(hour).padStart(2, '0')}:00:00.000Z`;

describe('when a worker looks at a schedule', () => {
  test('then nothing is due before its time, nor when no time comes', async () => {
    expect(await dueAt('2026-03-02T08:59:59.999Z')).toEqual({ run: [], missed: [], hasOlder: false, next_at: at(9) });
    expect(await dueAt(at(9), { next_at: null })).toEqual({ run: [], missed: [], hasOlder: false, next_at: null });
  });

  test.each<Missed>(['catch-up', 'skip', 'ask'])('then with %s a time that has just come is due', async (missed) => {
    for (const now of [at(9), '2026-03-02T09:01:00.000Z']) {
      expect(await dueAt(now, { missed })).toEqual({ run: [at(9)], missed: [], hasOlder: false, next_at: at(10) });
    }
  });

  test('then of times that were missed each is caught up with, or none', async () => {
    const now = '2026-03-02T12:00:30.000Z';
    expect(await dueAt(now)).toEqual({
      run: [at(9), at(10), at(11), at(12)],
      missed: [],
      hasOlder: false,
      next_at: at(13),
    });
    for (const missed of ['skip', 'ask'] as const) {
      expect(await dueAt(now, { missed })).toMatchObject({ run: [at(12)], missed: [at(9), at(10), at(11)] });
    }
  });

  test('then of very many that were missed the newest count', async () => {
    const { run, hasOlder, next_at: next } = await dueAt('2027-03-02T09:00:00.500Z', { cron: '* * * * * *' });
    expect([run.length, run[0], run.at(-1)]).toEqual([
      MOST_MISSED,
      '2027-03-02T08:58:21.000Z',
      '2027-03-02T09:00:00.000Z',
    ]);
    expect([hasOlder, next]).toEqual([true, '2027-03-02T09:00:01.000Z']);
  });

  test('then exactly as many as count are all', async () => {
    const last = new Date(Date.parse(at(9)) + (MOST_MISSED - 1) * 3_600_000).toISOString();
    expect(await dueAt(last)).toMatchObject({ hasOlder: false, run: { length: MOST_MISSED } });
    expect(await dueAt(new Date(Date.parse(last) + 3_600_000).toISOString())).toMatchObject({
      hasOlder: true,
      run: { length: MOST_MISSED },
    });
  });

  test('then a schedule whose pattern has no other time ends', () => {
    const never: Cron = { next: () => undefined };
    expect(dueOf({ next_at: at(9), missed: 'skip' }, never, Date.parse(at(9)))).toMatchObject({
      run: [at(9)],
      next_at: null,
    });
  });
});

describe('when a schedule is brought up to date', () => {
  const last = { due_at: at(9), run_id: 'prun-01890000-0000-7000-8000-0000000000b1' } as const;
  const due = { run: [at(12)], missed: [at(10), at(11)], hasOlder: false, next_at: at(13) };

  test('then what was missed is asked about only where that was wanted', () => {
    expect(afterDue(scheduleWith(1, { missed: 'ask', undecided: [at(9)] }), due, last)).toEqual(
      scheduleWith(1, { missed: 'ask', undecided: [at(9), at(10), at(11)], next_at: at(13), last, revision: 2 }),
    );
    expect(afterDue(scheduleWith(1, { missed: 'skip', last }), due, null)).toEqual(
      scheduleWith(1, { missed: 'skip', next_at: at(13), last, revision: 2 }),
    );
  });

  test('then a decision forgets those times, and an older run is not the newest', () => {
    const schedule = scheduleWith(1, { undecided: [at(9), at(10)], last: { ...last, due_at: at(12) } });
    expect(afterDecision(schedule, [at(9)], last)).toEqual({ ...schedule, undecided: [at(10)], revision: 2 });
    expect(afterDecision({ ...schedule, last: null }, [at(9), at(10)], last)).toMatchObject({ undecided: [], last });
  });
});
