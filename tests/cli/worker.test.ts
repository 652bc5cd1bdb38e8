import { expect, test } from 'vitest';

import { Worker, type WorkerOptions } from '../../src/cli/runs/worker.js';
import { PortiaError } from '../../src/domain/errors.js';
import type { RunId } from '../../src/domain/values/ids.js';

const RUN: RunId = 'prun-019a0000-0000-7000-8000-0000000000c1';

/** A worker of a queue that always has the same run, and cannot continue it. */
function workerThat(fails: Error, release = async () => {}): { worker: Worker; done: string[] } {
  const done: string[] = [];
  const never = async () => {
    throw new Error('nothing else is asked of the queue');
  };
  const options: WorkerOptions = {
    queue: {
      async claim({ except }) {
        done.push('claim');
        if (done.length > 20) throw new Error('it claims without an end');
        return except.includes(RUN) ? undefined : RUN;
      },
      async release() {
        done.push('release');
        await release();
      },
      listen: async () => async () => undefined,
    },
    tellUnreadable: never,
    jobs: 1,
    startDue: async () => false,
    limits: { labels: new Map() },
    untilIdle: true,
    drive: async () => Promise.reject(fails),
    refuse: async () => undefined,
    report: async (report) => void done.push('error' in report ? report.error.code : 'continued'),
    onTrouble: never,
  };
  return { worker: new Worker(options), done };
}

const signals = () => ({ stop: new AbortController().signal, interrupt: new AbortController().signal });

test('when portia itself fails to continue a run then the worker ends with that, and does not claim it for ever', async () => {
  const fault = new TypeError('Cannot find module');
  const { worker, done } = workerThat(fault);
  await expect(worker.work(signals())).rejects.toBe(fault);
  expect(done).toEqual(['claim', 'release']);
});

test('when a run cannot be continued here then it is told, and left alone for a while', async () => {
  const { worker, done } = workerThat(new PortiaError('stale', 'The tool is gone.'));
  await worker.work(signals());
  expect(done).toEqual(['claim', 'stale', 'release', 'claim']);
});

test('when the store is away while a run is given back then the worker does not end by that', async () => {
  const away = async () => Promise.reject(new PortiaError('store-unreachable', 'It is away.'));
  const { worker, done } = workerThat(new PortiaError('stale', 'The tool is gone.'), away);
  await worker.work(signals());
  expect(done).toEqual(['claim', 'stale', 'release', 'claim']);
});
