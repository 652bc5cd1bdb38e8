import pg from 'pg';
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest';

import { createPostgresStore, type PostgresStore } from '../../../src/storage/postgres/postgres-store.js';
import { RUN_STATES } from '../../../src/domain/run/run.js';
import { askServer } from '../../support/ask-server.js';
import { HAS_POSTGRES, ownTablesUrl } from '../../support/postgres.js';
import { CREATED, PLAN_ID, RUN_ID } from '../run-examples.js';

function openAt(url: string): PostgresStore {
  const store = createPostgresStore({ url, now: () => new Date(), pid: process.pid });
  onTestFinished(() => store.close());
  return store;
}

/** Runs as a store of some size has them: most are complete, and each twentieth waits for a worker or for a person. */
const FILL = `
  insert into runs (id, made_ms, is_part, last_seq, plan_id, state, open_questions, wake_at, queued)
  select 'prun-01890000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'), n, n % 10 = 9, 5, $1,
    case when n % 20 = 0 then 'NOT_STARTED' when n % 20 = 1 then 'NEED_CLARIFICATION' when n % 100 = 2 then 'FAILED' else 'COMPLETE' end,
    case when n % 20 = 1 then 1 else 0 end, case when n % 20 = 0 then now() end, n % 20 = 0
  from generate_series(1, 20000) n`;

/** Runs that wait for some time within a year, with priorities. */
const PARK = `
  insert into runs (id, made_ms, is_part, last_seq, plan_id, state, wake_at, queued, priority)
  select 'prun-01890000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'), n, false, 5, $1, 'NOT_STARTED',
    now() + (1 + n % 365) * interval '1 day' + n * interval '1 ms', true, n % 7
  from generate_series(1, 20000) n`;

describe.runIf(HAS_POSTGRES)('many runs in PostgreSQL', () => {
  test('when 20,000 wait for later times then a claim does not read through them', async () => {
    const { url, schema } = await ownTablesUrl();
    const inSchema = new URL(inject('postgres'));
    inSchema.searchParams.set('options', `-c search_path=${schema}`);
    await askServer(inSchema.href, PARK, [PLAN_ID]);
    await askServer(inSchema.href, 'analyze runs');
    const asked = vi.spyOn(pg.Client.prototype, 'query');
    onTestFinished(() => asked.mockRestore());
    const claimed = await openAt(url).queue.claim({ except: [], limits: { labels: new Map() } }, async () => undefined);
    expect(claimed).toBeUndefined();
    const claims = asked.mock.calls.flatMap(([text, values]) =>
      typeof text === 'string' && text.includes('wake_at <= now()')
        ? [{ text, values: Array.isArray(values) ? values : [] }]
        : [],
    );
    asked.mockRestore();
    expect(claims).toHaveLength(2);
    for (const { text, values } of claims) {
      const [plan] = await askServer(inSchema.href, `explain (analyze, buffers, format json) ${text}`, values);
      const pages = /"Shared Hit Blocks":(\d+),"Shared Read Blocks":(\d+)/.exec(JSON.stringify(plan));
      expect(Number(pages?.[1]) + Number(pages?.[2])).toBeLessThan(30);
    }
  });

  test('when there are 20,000 then the newest, those of a state and the next of the queue are found by an index', async () => {
    const { url, schema } = await ownTablesUrl();
    const inSchema = new URL(inject('postgres'));
    inSchema.searchParams.set('options', `-c search_path=${schema}`);
    await askServer(inSchema.href, FILL, [PLAN_ID]);
    await askServer(inSchema.href, 'analyze runs');
    const asked = vi.spyOn(pg.Client.prototype, 'query');
    onTestFinished(() => asked.mockRestore());
    const store = openAt(url);
    for (const state of [undefined, ...RUN_STATES]) {
      const found = [];
      for await (const { id } of store.listRuns({ state, limit: 20 })) found.push(id);
      const isThere = state !== 'IN_PROGRESS' && state !== 'READY_TO_RESUME';
      expect([state, new Set(found).size]).toEqual([state, isThere ? 20 : 0]);
    }
    const tell = async () => undefined;
    const queued = [];
    for await (const { id } of store.queue.list(20, tell)) queued.push(id);
    expect(queued).toHaveLength(20);
    const claimed = await store.queue.claim({ except: [], limits: { labels: new Map() } }, tell);
    expect(claimed).toBeDefined();
    if (claimed !== undefined) await store.queue.release(claimed);
    const statements = asked.mock.calls.flatMap(([text, values]) =>
      typeof text === 'string' && / runs /.test(text) ? [{ text, values: Array.isArray(values) ? values : [] }] : [],
    );
    asked.mockRestore();
    expect(statements.length).toBeGreaterThan(RUN_STATES.length + 2);
    for (const { text, values } of statements) {
      const plan = await askServer(inSchema.href, `explain (format json) ${text}`, values);
      // Neither all runs are read, nor is the whole queue sorted.
      expect(JSON.stringify([text, plan])).not.toMatch(/"Seq Scan"[^{}]*"Relation Name":"(runs|events)"|priority DESC/);
    }
  });

  test('when a snapshot has the beginning of a long run then only the events behind it are read', async () => {
    const { url, schema } = await ownTablesUrl();
    const log = await openAt(url).createRun(RUN_ID);
    log.append(CREATED);
    log.append({ type: 'run.started' });
    for (let index = 0; index < 50; index += 1) log.append({ type: 'step.started', path: `${index}`, attempt: 1 });
    await log.snapshot();
    log.append({ type: 'step.completed', path: '49', output_name: '$last', output: { value: 7, summary: null } });
    await log.flush();
    const whole = structuredClone(log.run);
    // What is not there cannot be read.
    await askServer(inject('postgres'), `delete from ${schema}.events where seq <= 52`);
    const stored = await openAt(url).requireRun(RUN_ID);
    expect([stored.isBehind, stored.run]).toEqual([true, whole]);
    await log.close();
    await askServer(inject('postgres'), `delete from ${schema}.events`);
    expect(await openAt(url).requireRun(RUN_ID)).toMatchObject({
      isBehind: false,
      run: { metadata: { last_seq: 53 } },
    });
  });
});
