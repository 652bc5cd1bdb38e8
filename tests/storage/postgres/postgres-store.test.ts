import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';

import { createPostgresStore, type PostgresStore } from '../../../src/storage/postgres/postgres-store.js';
import { ValueTooLarge } from '../../../src/domain/run/value-too-large.js';
import { LIMITS } from '../../../src/storage/limits.js';
import { askServer } from '../../support/ask-server.js';
import { HAS_POSTGRES, newStoreUrl } from '../../support/postgres.js';
import { describeConformance } from '../describe-conformance.js';
import { CREATED, errorOf, RUN_ID } from '../examples.js';

function openAt(url: string, options: { leaseMs?: number; now?: () => Date } = {}): PostgresStore {
  const store = createPostgresStore({ url, now: () => new Date(), pid: process.pid, ...options });
  onTestFinished(() => store.close());
  return store;
}

describe.runIf(HAS_POSTGRES)('on PostgreSQL', () => {
  describeConformance('PostgreSQL store', async () => {
    const { url } = await newStoreUrl();
    return { store: openAt(url), reopen: () => openAt(url) };
  });

  test('when a driver is silent for longer than its lease then another one may take the run, and the first is told', async () => {
    const { url } = await newStoreUrl();
    // Nobody renews it meanwhile: the process does nothing else.
    const frozen = await openAt(url, { leaseMs: 1_500 }).createRun(RUN_ID);
    frozen.append(CREATED);
    await frozen.flush();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_700);
    expect(frozen.lost.aborted).toBe(true);
    const next = await openAt(url).openRun(RUN_ID);
    expect((await errorOf(() => frozen.flush())).code).toBe('run-locked');
    next.append({ type: 'run.started' });
    await next.close();
    await frozen.close();
    expect((await openAt(url).readEvents(RUN_ID)).map(({ type }) => type)).toEqual(['run.created', 'run.started']);
  });

  test('when a process ended before the first event of its run then another one begins it at once', async () => {
    const { url, schema } = await newStoreUrl();
    const begun = await openAt(url).createRun(RUN_ID);
    expect((await errorOf(() => openAt(url).createRun(RUN_ID))).code).toBe('run-locked');
    await askServer(inject('postgres'), `update ${schema}.runs set owner = owner || '{"start":"0"}'`);
    const next = await openAt(url).createRun(RUN_ID);
    next.append(CREATED);
    await next.close();
    begun.append(CREATED);
    expect((await errorOf(() => begun.flush())).code).toBe('run-locked');
    expect((await openAt(url).readEvents(RUN_ID)).map(({ type }) => type)).toEqual(['run.created']);
  });

  test('when the clock of a driver is an hour ahead then another one may continue its run at once', async () => {
    const { url } = await newStoreUrl();
    const early = openAt(url, { now: () => new Date(Date.now() + 3_600_000) });
    const log = await early.createRun(RUN_ID);
    log.append(CREATED);
    log.append({ type: 'run.queued', priority: 0 });
    await log.close();
    const store = openAt(url);
    expect(await store.queue.claim({ except: [], limits: { labels: new Map() } }, async () => undefined)).toBe(RUN_ID);
  });

  test('when a process ends between a signal and waking its run then the next worker that looks wakes it', async () => {
    const { url, schema } = await newStoreUrl();
    const store = openAt(url);
    const awaited = { event: 'payment', key: '7' };
    const log = await store.createRun(RUN_ID);
    log.append(CREATED);
    log.append({ type: 'run.started' });
    log.append({ type: 'run.paused', reason: 'signal', next: '', waits_for: awaited });
    await log.close();
    const claim = async () =>
      openAt(url).queue.claim({ except: [], limits: { labels: new Map() } }, async () => undefined);
    expect(await claim()).toBeUndefined();
    await store.sendSignal({ ...awaited, data: 1 });
    await askServer(inject('postgres'), `update ${schema}.runs set wake_at = null`);
    expect(await claim()).toBe(RUN_ID);
  });

  test('when the connection that listens breaks then who watches is told all the same, and listens again', async () => {
    const { url, schema } = await newStoreUrl();
    const log = await openAt(url).createRun(RUN_ID);
    let calls = 0;
    const stop = await openAt(url).watch({ runs: [RUN_ID], lists: false }, () => (calls += 1));
    const listeners = `from pg_stat_activity where query = 'listen ${schema}'`;
    const broken = `select pg_terminate_backend(pid), pid ${listeners}`;
    expect(await askServer(inject('postgres'), broken)).toHaveLength(1);
    calls = 0;
    log.append(CREATED);
    await log.flush();
    await vi.waitFor(() => expect(calls).toBeGreaterThan(0), { timeout: 60_000 });
    expect(await askServer(inject('postgres'), `select pid ${listeners}`)).toHaveLength(1);
    await stop();
    expect(await askServer(inject('postgres'), `select id from ${schema}.watchers`)).toEqual([]);
    await log.close();
  });

  test('when a driver records nothing then its lease is renewed all the same', async () => {
    const { url, schema } = await newStoreUrl();
    const log = await openAt(url, { leaseMs: 6_000 }).createRun(RUN_ID);
    log.append(CREATED);
    await log.flush();
    const leaseEnd = async () => askServer(inject('postgres'), `select lease_until from ${schema}.runs`);
    const first = await leaseEnd();
    await vi.waitFor(async () => expect(await leaseEnd()).not.toEqual(first), { timeout: 60_000, interval: 100 });
    expect((await errorOf(() => openAt(url).openRun(RUN_ID))).code).toBe('run-locked');
    await log.close();
  });

  test('when a value has several parts then it is read as it was', async () => {
    const { url, schema } = await newStoreUrl();
    const log = await openAt(url).createRun(RUN_ID);
    log.append(CREATED);
    const value = { text: 'ä'.repeat(3_000_000), list: [1, '\u0000', '\ud800'] };
    const { digest } = await log.storeMemory(value);
    await log.close();
    expect(await openAt(url).readMemory(RUN_ID, digest)).toEqual(value);
    const parts = await askServer(inject('postgres'), `select length(body) as length from ${schema}.memory`);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect(part).toMatchObject({ length: expect.toSatisfy((length) => length <= 1 << 20) });
  });

  test('when a value is larger than the limit then it is refused, and the run continues', async () => {
    const { url } = await newStoreUrl();
    const limits = { ...LIMITS, valueBytes: 1_000 };
    const store = createPostgresStore({ url, now: () => new Date(), pid: process.pid, limits });
    onTestFinished(() => store.close());
    const log = await store.createRun(RUN_ID);
    log.append(CREATED);
    await expect(log.storeMemory('x'.repeat(1_000))).rejects.toThrow(ValueTooLarge);
    log.append({ type: 'run.started' });
    await log.close();
    expect(await openAt(url).readEvents(RUN_ID)).toHaveLength(2);
  });

  test('when a run has more events than one statement carries then all are there, in their order', async () => {
    const { url } = await newStoreUrl();
    const log = await openAt(url).createRun(RUN_ID);
    log.append(CREATED);
    for (let index = 0; index < 12_000; index += 1) log.append({ type: 'warning', message: `number ${index}` });
    await log.close();
    const events = await openAt(url).readEvents(RUN_ID);
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 12_001 }, (_, index) => index + 1));
    expect(await openAt(url).findLogBreak(RUN_ID)).toBeUndefined();
  });
});
