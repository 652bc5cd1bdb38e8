import { afterEach, beforeEach, describe, expect, inject, onTestFinished, test, vi } from 'vitest';

import type { CallLimits, Lesson } from '../../../src/domain/run/call-limits.js';
import { createPostgresStore } from '../../../src/storage/postgres/postgres-store.js';
import { askServer } from '../../support/ask-server.js';
import { HAS_POSTGRES, newStoreUrl } from '../../support/postgres.js';

const PROVIDER = 'openai https://api.openai.com/v1';

/** The same calls as two processes see them, and a way to change the rows. */
async function twoProcesses() {
  const { url, schema } = await newStoreUrl();
  const open = () => {
    const store = createPostgresStore({ url, now: () => new Date(), pid: process.pid });
    onTestFinished(() => store.close());
    return store.callLedger(PROVIDER);
  };
  const change = (what: string) => askServer(inject('postgres'), `update ${schema}.model_calls set ${what}`);
  const countOpen = async () =>
    (await askServer(inject('postgres'), `select from ${schema}.model_calls where open_until > clock_timestamp()`))
      .length;
  return { one: open(), other: open(), change, countOpen };
}

type Ledger = Awaited<ReturnType<typeof twoProcesses>>['one'];

const wanted = (limits: CallLimits, tokens = 10) => ({ model: 'm', tokens, limits });

async function begin(ledger: Ledger, limits: CallLimits, tokens?: number) {
  const begun = await ledger.begin(wanted(limits, tokens));
  if (begun.kind !== 'begun') throw new Error('it must wait');
  return { end: (lesson: Lesson = {}) => ledger.end(begun.call, lesson) };
}

async function waitOf(ledger: Ledger, limits: CallLimits, tokens?: number) {
  const begun = await ledger.begin(wanted(limits, tokens));
  if (begun.kind !== 'wait') throw new Error('it begins');
  return begun;
}

describe.runIf(HAS_POSTGRES)('calls of a provider, on PostgreSQL', () => {
  test('when processes may make one call at once then the second begins after the first has ended', async () => {
    const { one, other } = await twoProcesses();
    const limits = { callsAtOnce: 1 };
    const first = await begin(one, limits);
    expect(await waitOf(other, limits)).toMatchObject({ ms: undefined, of: 'provider' });
    await first.end();
    await begin(other, limits);
  });

  test('when a minute is full then all processes wait until its oldest call counts no more', async () => {
    const { one, other, change } = await twoProcesses();
    const limits = { requestsPerMinute: 1 };
    const first = await begin(one, limits);
    await first.end();
    const { ms = 0 } = await waitOf(other, limits);
    expect(ms).toBeGreaterThan(0);
    expect(ms).toBeLessThanOrEqual(60_000);
    await change(`begun_at = begun_at - interval '1 minute'`);
    await begin(other, limits);
  });

  test('when tokens are limited then what was counted by one process counts for the others', async () => {
    const { one, other } = await twoProcesses();
    const limits = { tokensPerMinute: 100 };
    const first = await begin(one, limits, 90);
    expect(await waitOf(other, limits, 40)).toMatchObject({ of: 'provider' });
    await first.end({ counted: 50 });
    await begin(other, limits, 40);
  });

  test('when processes begin at the same moment then they do not exceed the limit together', async () => {
    const { one, other } = await twoProcesses();
    const limits = { requestsPerMinute: 3 };
    const all = await Promise.all([one, other, one, other, one, other].map((ledger) => ledger.begin(wanted(limits))));
    expect(all.filter(({ kind }) => kind === 'begun')).toHaveLength(3);
  });

  test('when one process is refused then the others wait as long', async () => {
    const { one, other } = await twoProcesses();
    await (await begin(one, {})).end({ refusedMs: 12_000 });
    const { ms = 0, of } = await waitOf(other, {});
    expect(of).toBe('model');
    expect(ms).toBeGreaterThan(0);
    expect(ms).toBeLessThanOrEqual(12_000);
  });

  describe('when a process', () => {
    beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
    afterEach(() => void vi.useRealTimers());

    test('crashed in a call then its place is free after half a minute', async () => {
      const { one, other, change } = await twoProcesses();
      const limits = { callsAtOnce: 1 };
      await begin(one, limits);
      await waitOf(other, limits);
      // No timer renews it: the process is gone.
      await change(`open_until = open_until - interval '30 seconds'`);
      await begin(other, limits);
    });

    test('lives then the place of its call is kept', async () => {
      const { one, other, change, countOpen } = await twoProcesses();
      const limits = { callsAtOnce: 1 };
      await begin(one, limits);
      await change(`open_until = open_until - interval '30 seconds'`);
      expect(await countOpen()).toBe(0);
      vi.advanceTimersByTime(10_000);
      await vi.waitFor(async () => expect(await countOpen()).toBe(1), { timeout: 20_000 });
      await waitOf(other, limits);
    });
  });
});
