import { describe, expect, test } from 'vitest';

import type { RunEvent } from '../../src/domain/run/events.js';
import type { Run } from '../../src/domain/run/run.js';
import { DrivenRun } from '../../src/library/running.js';

const RUN = { id: 'prun-1', state: 'COMPLETE' } as unknown as Run;

const event = (seq: number): RunEvent => ({
  v: 1,
  seq,
  ts: '2026-01-01T00:00:00.000Z',
  run_id: 'prun-1',
  type: 'warning',
  message: `${seq}`,
});

/** A run that is driven by hand. */
function driven() {
  let listener: (event: RunEvent) => void = () => {};
  let finish: (run: Run) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const running = new DrivenRun((given) => {
    listener = given;
    return new Promise((resolve, reject) => {
      finish = resolve;
      fail = reject;
    });
  });
  return {
    running,
    record: (seq: number) => listener(event(seq)),
    finish: () => finish(RUN),
    fail: (error: Error) => fail(error),
  };
}

async function seqsOf(events: AsyncIterable<RunEvent>): Promise<number[]> {
  const seqs: number[] = [];
  for await (const { seq } of events) seqs.push(seq);
  return seqs;
}

/** Lets everything that is ready happen. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a run that is driven', () => {
  test('when it ends then it is awaited like a promise, as often as one likes', async () => {
    const { running, finish } = driven();
    finish();
    expect(await running).toBe(RUN);
    expect(await Promise.all([running, running])).toEqual([RUN, RUN]);
    expect(await running.then((run) => run.id)).toBe('prun-1');
  });

  test('when there are several readers then each gets every event, early and late', async () => {
    const { running, record, finish } = driven();
    const early = seqsOf(running.events);
    record(1);
    await settle();
    record(2);
    record(3);
    const middle = seqsOf(running.events);
    await settle();
    record(4);
    finish();
    expect(await early).toEqual([1, 2, 3, 4]);
    expect(await middle).toEqual([1, 2, 3, 4]);
    expect(await seqsOf(running.events)).toEqual([1, 2, 3, 4]);
  });

  test('when one iterable is read twice then both begin at the first event', async () => {
    const { running, record, finish } = driven();
    const { events } = running;
    record(1);
    finish();
    expect([await seqsOf(events), await seqsOf(events)]).toEqual([[1], [1]]);
  });

  test('when a reader stops early then the others continue', async () => {
    const { running, record, finish } = driven();
    const other = seqsOf(running.events);
    record(1);
    record(2);
    const seen: number[] = [];
    for await (const { seq } of running.events) {
      seen.push(seq);
      break;
    }
    record(3);
    finish();
    expect(seen).toEqual([1]);
    expect(await other).toEqual([1, 2, 3]);
  });

  test('when two events come while a slow reader works then it misses none', async () => {
    const { running, record, finish } = driven();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { seq } of running.events) {
        seen.push(seq);
        await settle();
      }
    })();
    record(1);
    await settle();
    record(2);
    record(3);
    finish();
    await reading;
    expect(seen).toEqual([1, 2, 3]);
  });

  test('when it breaks then whoever awaits it and whoever reads it gets the error, after the events', async () => {
    const { running, record, fail } = driven();
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { seq } of running.events) seen.push(seq);
    })();
    record(1);
    fail(new Error('the disk is full'));
    await expect(reading).rejects.toThrow('the disk is full');
    await expect(running).rejects.toThrow('the disk is full');
    await expect(seqsOf(running.events)).rejects.toThrow('the disk is full');
    expect(seen).toEqual([1]);
    expect(await running.then(undefined, (error: unknown) => (error as Error).message)).toBe('the disk is full');
  });

  test('when it is followed like a promise then catch and finally are there', async () => {
    const { running, fail } = driven();
    const over: string[] = [];
    const followed = running.finally(() => over.push('over')).catch((error: unknown) => (error as Error).message);
    fail(new Error('the disk is full'));
    expect(await followed).toBe('the disk is full');
    expect(await running.catch(() => 'caught')).toBe('caught');
    expect(over).toEqual(['over']);
  });

  test('when it breaks and nobody looks then that is not an unhandled rejection', async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown) => rejections.push(reason);
    process.on('unhandledRejection', note);
    driven().fail(new Error('nobody looks'));
    await settle();
    await settle();
    process.off('unhandledRejection', note);
    expect(rejections).toEqual([]);
  });

  test('when it ends without an event then reading ends, too', async () => {
    const { running, finish } = driven();
    const reading = seqsOf(running.events);
    finish();
    expect(await reading).toEqual([]);
  });
});
