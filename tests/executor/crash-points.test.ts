import { expect, test } from 'vitest';

import { openClarifications } from '../../src/domain/run/clarification.js';
import { PortiaError } from '../../src/domain/errors.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import { Bench, planOf } from './bench.js';
import {
  driveToEnd,
  dyingStore,
  essence,
  expectOnce,
  Killed,
  killPairs,
  killPoints,
  undisturbed,
} from './dying-processes.js';
import { scriptedTool } from './scripted-tool.js';

test('when nothing happens then it is the plan that was meant', () => {
  expect(undisturbed.run.outputs.final_output).toEqual({ value: 'pay(greeting)answer', summary: null });
  expect(undisturbed.world.modelCalls).toEqual(['judge', 'greet']);
  expectOnce(undisturbed.world);
});

test(`when the process dies at any of ${killPoints.length} points then the end is the same and nothing is done twice`, async () => {
  for (const kills of killPoints) {
    const { run, world, killed, questions } = await driveToEnd(kills);
    expect({ kills, ...essence(run) }).toEqual({ kills, ...essence(undisturbed.run) });
    expectOnce(world);
    // At most one call of a model was paid and lost: the one whose reply was not yet recorded.
    expect(world.modelCalls.length).toBeLessThanOrEqual(3);
    expect(questions).toBeLessThanOrEqual(1);
    expect(killed).toBe(1);
  }
});

test('when recovering dies as well then the end is the same', async () => {
  const pairs = await killPairs(killPoints.filter((_, index) => index % 36 === 4));
  expect(pairs).toBeGreaterThan(40);
});

test('when the process dies right after a person said no then nobody is asked again', async () => {
  const store = createMemoryStore({ now: () => new Date() });
  const verified = planOf([{ kind: 'user_verify', message: 'Really?' }]);
  const { id } = await new Bench({ store }).start(verified);
  // After clarification.resolved, run.resumed, step.started and step.failed.
  const dying = new Bench({ store: dyingStore(store, { event: 4, when: 'after' }) });
  await expect(dying.resume(id, { verify: false })).rejects.toThrow(Killed);
  const bench = new Bench({ store: dyingStore(store, undefined) });
  expect(await bench.resume(id)).toMatchObject({ state: 'FAILED', error: { code: 'declined' } });
  expect(await bench.story()).toEqual(['run.failed']);
});

const failing = () => ({ kind: 'failure' as const, message: 'busy', retryable: true });

test('when the process dies around any event of a step that keeps failing then there are not more retries', async () => {
  const retrying = planOf([{ kind: 'tool', tool_id: 'read', args: {}, output: '$x', retries: 1 }]);
  // From the first step.started to just before the last step.failed.
  for (const kill of [3, 4, 5, 6, 7, 8, 9].map((event) => ({ event, when: 'after' as const }))) {
    const store = createMemoryStore({ now: () => new Date() });
    const tools = [scriptedTool('read', { effect: 'read', acts: failing })];
    await expect(new Bench({ store: dyingStore(store, kill), tools }).start(retrying)).rejects.toThrow(Killed);
    const [id] = await store.listRunIds();
    const run = id && (await new Bench({ store: dyingStore(store, undefined), tools }).resume(id));
    // Died between the last failure of the call and that of the step, it is tried once more, as after the latter.
    const attempts = kill.event === 9 ? 3 : 2;
    expect({ kill, run }).toMatchObject({ kill, run: { state: 'FAILED', steps: [{ attempts }] } });
  }
});

test('when the process dies between the failure of a call and that of its step then resuming tries the step again', async () => {
  const store = createMemoryStore({ now: () => new Date() });
  const tools = [scriptedTool('read', { effect: 'read', acts: [failing, () => 'done'] })];
  const plan = planOf([{ kind: 'tool', tool_id: 'read', args: {}, output: '$x' }]);
  const dying = dyingStore(store, { event: 5, when: 'after' });
  await expect(new Bench({ store: dying, tools }).start(plan)).rejects.toThrow(Killed);
  const [id = 'prun-'] = await store.listRunIds();
  const bench = new Bench({ store: dyingStore(store, undefined), tools });
  expect(await bench.resume(id)).toMatchObject({ state: 'COMPLETE', steps: [{ attempts: 2 }] });
  expect(await bench.story()).toEqual([
    ...['run.resumed', 'step.started 0 #1', 'step.failed 0'],
    ...['step.started 0 #2', 'tool.started 0/2/1', 'tool.finished 0/2/1', 'step.completed 0', 'run.completed'],
  ]);
});

test('when that call may have acted then a person is asked instead', async () => {
  const store = createMemoryStore({ now: () => new Date() });
  const tools = [scriptedTool('pay', { effect: 'once', acts: [failing] })];
  const plan = planOf([{ kind: 'tool', tool_id: 'pay', args: {}, output: '$x' }]);
  const surroundings = { tools, policy: { pay: 'allow' as const } };
  const dying = dyingStore(store, { event: 5, when: 'after' });
  await expect(new Bench({ store: dying, ...surroundings }).start(plan)).rejects.toThrow(Killed);
  const [id = 'prun-'] = await store.listRunIds();
  const run = await new Bench({ store: dyingStore(store, undefined), ...surroundings }).resume(id);
  expect(run).toMatchObject({ state: 'NEED_CLARIFICATION' });
  expect(openClarifications(run)).toMatchObject([{ unknown_outcome: true }]);
});

test('when the disk is full for a built-in tool then the run ends with that, and continues later with the same call', async () => {
  const full = () => {
    throw new PortiaError('storage-failed', 'The disk is full.');
  };
  const tool = scriptedTool('write', { effect: 'idempotent', builtin: true, acts: [full, () => 'written'] });
  const bench = new Bench({ tools: [tool], policy: { write: 'allow' } });
  const plan = planOf([{ kind: 'tool', tool_id: 'write', args: { text: 'x' }, output: '$x' }]);
  await expect(bench.start(plan)).rejects.toMatchObject({ code: 'storage-failed' });
  const [id = 'prun-'] = await bench.store.listRunIds();
  expect(await bench.resume(id, {}, { takeOver: true })).toMatchObject({ state: 'COMPLETE', steps: [{ attempts: 1 }] });
  expect(tool.calls[0]?.idempotencyKey).toBe(tool.calls[1]?.idempotencyKey);
});
