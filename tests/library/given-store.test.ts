import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, inject, test, vi } from 'vitest';

import { openClarifications, Portia, type Run } from '../../src/index.js';
import { createMemoryStore, type Store } from '../../src/store-conformance.js';
import { askServer } from '../support/ask-server.js';
import { fileOf } from '../support/page-examples.js';
import { portia as cli, makeProject } from '../support/portia.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { makeConsumer, printed, runProgram } from './consumer-project.js';
import { errorOf } from '../storage/examples.js';
import { askingTool, call, compute, doublingTool, planOf, portiaIn } from './library-doubles.js';

/** A store as somebody else writes one: an object that implements the port, and says what it was asked. */
function otherStore(): { store: Store; asked: Set<string> } {
  const asked = new Set<string>();
  const kept: Store = createMemoryStore({ now: () => new Date() });
  const store = new Proxy(kept, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== 'function') return undefined;
      asked.add(String(name));
      return value.bind(target);
    },
  });
  return { store, asked };
}

describe('a store of somebody else', () => {
  test('when it is given then plans, runs, answers, signals and end users are in it, and no file is made', async () => {
    const { store, asked } = otherStore();
    const { portia, dir } = portiaIn({ store, tools: [askingTool()] });
    const waits = { kind: 'wait_for', event: 'payment', key: '7', output: '$payment' };
    const plan = planOf([call('colour_tool', {}), waits, compute('$result & $payment', '$both')]);
    const endUser = { id: 'ada', name: 'Ada' };
    const asking = await portia.runPlan(plan, { endUser, waitMs: 0 });
    const { portia: later } = portiaIn({ store, tools: [askingTool()] });
    const [question] = openClarifications(asking);
    if (question === undefined) throw new Error('nothing is asked');
    await later.resolveClarification(asking.id, question.id, 'red');
    expect(await later.resume(asking.id, { waitMs: 0 })).toMatchObject({ pause: { reason: 'signal' } });
    expect((await portia.signal('payment', { key: '7', data: ' 12 €' })).waiting).toEqual([asking.id]);
    const run = await later.resume(asking.id);
    expect(run).toMatchObject({ state: 'COMPLETE', outputs: { final_output: { value: 'It is red. 12 €' } } });
    expect(await portia.listRuns()).toMatchObject([{ id: run.id, state: 'COMPLETE' }]);
    expect((await store.readEndUser('ada'))?.name).toBe('Ada');
    expect(await store.listPlanIds()).toEqual([run.plan_id]);
    expect([...asked]).toEqual(expect.arrayContaining(['savePlan', 'createRun', 'openRun', 'takeSignal']));
    expect(readdirSync(dir)).not.toContain('runs');
  });

  test('when a run is carried to it then it is there as it was', async () => {
    const { portia } = portiaIn({ store: 'memory:' });
    const run = await portia.run('add 1 + 2');
    const { store } = otherStore();
    const { portia: elsewhere } = portiaIn({ store });
    expect(await elsewhere.importRun(encoded(portia.exportRun(run)))).toEqual(run);
    expect(await store.readEvents(run.id)).toHaveLength(run.metadata.last_seq);
  });

  test('when a yes that is recorded in it is not signed then the run resumes only where it is accepted', async () => {
    const { store } = otherStore();
    const { tool, calls } = doublingTool();
    const options = { store, tools: [{ ...tool, effect: 'once' as const }] };
    const { portia } = portiaIn(options);
    const asking = await portia.runPlan(planOf([call('double_tool', { value: 2 })]));
    const [question] = openClarifications(asking);
    if (question === undefined) throw new Error('nothing is asked');
    await portia.resolveClarification(asking, question.id, true);
    const error = await errorOf(async () => portia.resume(asking));
    expect([error.code, calls]).toEqual(['consents-unconfirmed', []]);
    const [acceptRecorded] = /(?<=acceptRecorded: ')[^']+/.exec(String(error.fix)) ?? [];
    expect(await portia.resume(asking, { acceptRecorded })).toMatchObject({ state: 'COMPLETE' });
    expect(calls).toEqual([2]);
  });

  test('when the example of the page is run then its runs are in its store', async () => {
    const dir = makeConsumer({ 'own-store.js': fileOf('docs/library.md', 'own-store.js') });
    expect(printed(await runProgram(dir, 'own-store.js'))).toEqual({ state: 'COMPLETE', plans: 1, runs: 1 });
  });
});

async function* encoded(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line.trimEnd()}\n`;
}

test('when the store is a folder then plans and runs are in it', async () => {
  const dir = makeProject({ 'stored/.keep': '' });
  const { portia } = portiaIn({ dir, store: 'file:stored' });
  const run = await portia.run('add 1 + 2');
  expect(readdirSync(join(dir, 'stored', 'runs'))).toContain(`${run.id}.json`);
  expect(readdirSync(dir)).not.toContain('runs');
});

test.each([
  ['an address of another kind', 'mysql://host/db', 'invalid-settings', 'store has a value'],
  ['no string and no object', 7, 'usage', 'The option store cannot be used.'],
  ['null', null, 'usage', 'The option store cannot be used.'],
])('when the store is %s then that is refused at once', async (_what, store, code, message) => {
  const error = await errorOf(async () => new Portia({ store } as never));
  expect(error).toMatchObject({ code });
  expect(error.message).toContain(message);
  expect(error.fix).toContain('postgres://');
});

test('when a method of the port is missing then it is named', async () => {
  const { store } = otherStore();
  const lacking = new Proxy(store, {
    get: (target, name) => (name === 'hasSignal' ? undefined : Reflect.get(target, name)),
  });
  expect((await errorOf(async () => new Portia({ store: lacking }))).details.why).toBe(
    'It lacks the method hasSignal.',
  );
});

describe.runIf(HAS_POSTGRES)('a store in PostgreSQL', () => {
  const program = (url: string) => `
    import { Portia } from 'portia';
    const portia = new Portia({ store: ${JSON.stringify(url)} });
    const run = await portia.run('add 1 + 2');
    console.log(JSON.stringify(run));
  `;

  test('when its address is given then the command line has the same runs, and the program ends by itself', async () => {
    const { url } = await newStoreUrl();
    const dir = makeConsumer({ 'program.js': program(url) });
    const run = printed(await runProgram(dir, 'program.js')) as Run;
    expect(run).toMatchObject({ state: 'COMPLETE' });
    const shown = await cli(['show', run.id, '--store', url], { cwd: dir });
    expect(JSON.parse(shown.stdout)).toMatchObject({ id: run.id, outputs: { final_output: { value: 3 } } });
  });

  test('when it is closed then it has no connections, and a later call makes new ones', async () => {
    const { url, schema } = await newStoreUrl();
    const address = new URL(url);
    address.searchParams.set('application_name', schema);
    const { portia } = portiaIn({ store: address.href });
    const run = await portia.run('add 1 + 2');
    await portia.close();
    const open = `select pid from pg_stat_activity where application_name = '${schema}'`;
    await vi.waitFor(async () => expect(await askServer(inject('postgres'), open)).toEqual([]), { timeout: 60_000 });
    expect(await portia.getRun(run.id)).toEqual(run);
  });
});
