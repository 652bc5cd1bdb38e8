import { expect, test } from 'vitest';

import { limitTime, settleWithin } from '../../src/timing/limit.js';

const NEVER = new Promise<never>(() => undefined);

test('when the time is over then the work is rejected with the given reason', async () => {
  const late = new Error('late');
  const limit = limitTime(new AbortController().signal, 10, { late: () => late });
  await expect(limit.race(NEVER)).rejects.toBe(late);
  expect(limit.signal.reason).toBe(late);
  // Timers may be a fraction of a millisecond early.
  expect(limit.remainingMs()).toBeLessThan(1);
});

test('when the outer signal is aborted then its reason wins', async () => {
  const outer = new AbortController();
  const limit = limitTime(outer.signal, 60_000, { late: () => new Error('late') });
  const reason = new Error('stopped');
  outer.abort(reason);
  await expect(limit.race(NEVER)).rejects.toBe(reason);
  limit.clear();
});

test('when the limit is longer than a timer can be then it is not over at once', async () => {
  const limit = limitTime(new AbortController().signal, Number.MAX_SAFE_INTEGER, { late: () => new Error('late') });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(limit.signal.aborted).toBe(false);
  limit.clear();
});

test('when the work began later than the limit then it is over that much later', async () => {
  const asked: number[] = [];
  const begunAt = async () => {
    asked.push(performance.now());
    // It was held up until now, the first time.
    return asked[0] ?? 0;
  };
  const limit = limitTime(new AbortController().signal, 20, { begunAt });
  await expect(limit.race(NEVER)).rejects.toMatchObject({ name: 'TimeoutError' });
  expect(asked.length).toBeGreaterThan(1);
});

test('when the work ends while it is asked when it began then nothing is over', async () => {
  let tell = (_at: number): void => undefined;
  let ask = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => (ask = resolve));
  const begunAt = async () => {
    ask();
    return new Promise<number>((resolve) => (tell = resolve));
  };
  const limit = limitTime(new AbortController().signal, 1, { begunAt });
  await isAsked;
  limit.clear();
  tell(0);
  await Promise.resolve();
  expect(limit.signal.aborted).toBe(false);
});

test('when the limit is cleared then the outer signal no longer reaches it', () => {
  const outer = new AbortController();
  const limit = limitTime(outer.signal, 60_000, { late: () => new Error('late') });
  limit.clear();
  outer.abort();
  expect(limit.signal.aborted).toBe(false);
});

test('when work settles in time then its outcome is given, else the reason', async () => {
  await expect(settleWithin(Promise.resolve(1), 60_000, () => new Error('late'))).resolves.toBe(1);
  await expect(settleWithin(NEVER, 5, () => new Error('late'))).rejects.toThrow('late');
});
