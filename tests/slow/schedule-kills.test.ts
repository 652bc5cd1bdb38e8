import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { MOST_MISSED } from '../../src/domain/schedule/due.js';
import { openStore } from '../support/open-store.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, startPortia } from '../support/portia.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';

const [SCHEDULES, WORKERS, KILLS] = [3, 4, 30];

const PLAN = {
  plan_context: { query: 'one', tool_ids: [] },
  steps: [{ kind: 'compute', expression: '1', output: '$one' }],
};

const STORES: [name: string, address: () => Promise<string>][] = [['files', async () => 'file:']];
if (HAS_POSTGRES) STORES.push(['PostgreSQL', async () => (await newStoreUrl()).url]);

describe.each(STORES)('on %s', (_, address) => {
  test(
    'when workers are killed again and again then each time of three schedules has one run',
    { timeout: 900_000 },
    async () => {
      const url = await address();
      const env = { PORTIA_STORE: url };
      const cwd = makeProject({ 'plan.json': PLAN });
      const store = openStore(url, cwd);
      const every = ['--every', '@yearly', '--zone', 'UTC', '--missed', 'catch-up'];
      for (let made = 0; made < SCHEDULES; made += 1) {
        expect((await portiaHere(['run-plan', 'plan.json', ...every], { cwd, env })).code).toBe(0);
      }
      const first = `${new Date().getUTCFullYear() - MOST_MISSED + 1}-01-01T00:00:00.000Z`;
      for (const schedule of await store.schedules.list()) {
        if ('unreadable' in schedule) throw new Error(schedule.unreadable);
        await store.schedules.replace({ ...schedule, next_at: first, revision: schedule.revision + 1 });
      }

      const begin = () => startPortia(['worker'], { cwd, env });
      const workers = Array.from({ length: WORKERS }, begin);
      onTestFinished(() => workers.forEach((worker) => worker.kill('SIGKILL')));
      for (let kill = 0; kill < KILLS; kill += 1) {
        await sleep(1_500 * Math.random());
        const index = kill % WORKERS;
        const worker = workers[index];
        if (worker === undefined) throw new Error('there is no such worker');
        const end = ended(worker);
        worker.kill('SIGKILL');
        await end;
        workers[index] = begin();
      }
      const ends = workers.map((worker) => ended(worker));
      for (const worker of workers) worker.kill('SIGKILL');
      await Promise.all(ends);

      const work = async () => {
        const last = await Promise.all(
          Array.from({ length: WORKERS - 1 }, async () => portiaHere(['worker', '--until-idle'], { cwd, env })),
        );
        expect(last.map(({ code }) => code)).toEqual([0, 0, 0]);
        const states = new Map<string, number>();
        for await (const run of store.listRuns({ limit: 10_000 })) {
          const state = 'unreadable' in run ? run.unreadable : run.state;
          states.set(state, (states.get(state) ?? 0) + 1);
        }
        expect([...states]).toEqual([['COMPLETE', SCHEDULES * MOST_MISSED]]);
      };
      // A server may hold what a killed process had locked until it sees that the connection is gone.
      await vi.waitFor(work, { timeout: 600_000 });
      const due = (await store.schedules.list()).map((each) =>
        'unreadable' in each ? each.unreadable : each.last?.due_at,
      );
      expect(new Set(due)).toEqual(new Set([`${new Date().getUTCFullYear()}-01-01T00:00:00.000Z`]));
    },
  );
});
