import { expect, test } from 'vitest';

import type { CallLimits } from '../../../src/domain/run/call-limits.js';
import { MemoryLedger } from '../../../src/models/limits/memory-ledger.js';
import { ProviderGate, type Pass } from '../../../src/models/limits/provider-gate.js';
import { HandClock, settled } from './hand-clock.js';

interface Asked {
  job?: string;
  model?: string;
  tokens?: number;
  signal?: AbortSignal;
}

/** A gate whose calls are named by letters, in the order in which they are let in. */
function gateWith(limits: CallLimits) {
  const clock = new HandClock();
  const gate = new ProviderGate(new MemoryLedger(clock.now), clock);
  const letIn: string[] = [];
  const told: (number | undefined)[] = [];
  const passes = new Map<string, Pass>();
  const enter = async (name: string, { job = 'a', model = 'm', tokens = 10, signal }: Asked = {}) => {
    const call = { job, model, tokens, limits, signal: signal ?? new AbortController().signal };
    passes.set(name, await gate.enter({ ...call, onWait: (ms) => void told.push(ms) }));
    letIn.push(name);
  };
  const leave = async (name: string, lesson: Parameters<Pass['leave']>[0] = {}) => {
    await passes.get(name)?.leave(lesson);
    await settled();
  };
  return { clock, enter, leave, letIn, told };
}

test('when a minute is full then the next call waits until the oldest is a minute old, and that is told once', async () => {
  const { clock, enter, letIn, told } = gateWith({ requestsPerMinute: 2 });
  void enter('one');
  await clock.pass(20_000);
  for (const name of ['two', 'three', 'four']) void enter(name);
  await clock.pass(39_999);
  expect(letIn).toEqual(['one', 'two']);
  expect(told).toEqual([40_000]);
  await clock.pass(1);
  expect(letIn).toEqual(['one', 'two', 'three']);
  await clock.pass(20_000);
  expect(letIn).toEqual(['one', 'two', 'three', 'four']);
  expect(told).toEqual([40_000, 20_000]);
});

test('when tokens are limited then what was counted replaces what was estimated', async () => {
  const { clock, enter, leave, letIn } = gateWith({ tokensPerMinute: 100 });
  void enter('one', { tokens: 90 });
  await settled();
  void enter('two', { tokens: 40 });
  await settled();
  expect(letIn).toEqual(['one']);
  await leave('one', { counted: 50 });
  expect(letIn).toEqual(['one', 'two']);
  void enter('three', { tokens: 20 });
  await clock.pass(59_999);
  expect(letIn).toEqual(['one', 'two']);
  await clock.pass(1);
  expect(letIn).toEqual(['one', 'two', 'three']);
});

test('when a call has more tokens than a minute then it begins once nothing else counts', async () => {
  const { clock, enter, letIn } = gateWith({ tokensPerMinute: 100 });
  void enter('small');
  void enter('huge', { tokens: 1000 });
  void enter('after');
  await clock.pass(60_000);
  expect(letIn).toEqual(['small', 'huge']);
  await clock.pass(60_000);
  expect(letIn).toEqual(['small', 'huge', 'after']);
});

test('when calls at once are limited then jobs are let in by turns', async () => {
  const { enter, leave, letIn, told } = gateWith({ callsAtOnce: 1 });
  for (const name of ['a1', 'a2', 'a3']) void enter(name);
  for (const name of ['b1', 'b2']) void enter(name, { job: 'b' });
  await settled();
  for (const name of ['a1', 'b1', 'a2', 'b2']) await leave(name);
  expect(letIn).toEqual(['a1', 'b1', 'a2', 'b2', 'a3']);
  expect(told).toEqual([undefined]);
});

test('when a call is refused then calls of its model wait, come one by one, and then more at a time', async () => {
  const { clock, enter, leave, letIn, told } = gateWith({});
  void enter('one');
  void enter('two');
  await settled();
  await leave('one', { refusedMs: 12_000 });
  for (const name of ['three', 'four', 'five']) void enter(name, { job: name });
  void enter('other', { model: 'n' });
  await settled();
  expect(letIn).toEqual(['one', 'two', 'other']);
  await leave('two', { refusedMs: 12_000 });
  expect(told).toEqual([undefined, 12_000]);
  await clock.pass(12_000);
  expect(letIn).toEqual(['one', 'two', 'other', 'three']);
  await leave('three', { hasReply: true });
  expect(letIn).toEqual(['one', 'two', 'other', 'three', 'four', 'five']);
});

test('when an answer tells what is left then no more calls begin until the limit starts again', async () => {
  const { clock, enter, leave, letIn } = gateWith({});
  void enter('one');
  await settled();
  await leave('one', { hasReply: true, requests: { left: 1, resetMs: 5000 }, tokens: { left: 15, resetMs: 9000 } });
  void enter('big', { tokens: 20 });
  await settled();
  expect(letIn).toEqual(['one']);
  await clock.pass(9000);
  expect(letIn).toEqual(['one', 'big']);
  await leave('big', { hasReply: true, requests: { left: 0, resetMs: 3_600_000 } });
  void enter('probe');
  await clock.pass(59_999);
  expect(letIn).toEqual(['one', 'big']);
  await clock.pass(1);
  expect(letIn).toEqual(['one', 'big', 'probe']);
});

test('when answers come in another order than requests then the lowest number counts', async () => {
  const { enter, leave, letIn } = gateWith({});
  void enter('one');
  void enter('two');
  await settled();
  await leave('two', { requests: { left: 0, resetMs: 5000 } });
  await leave('one', { requests: { left: 1, resetMs: 5000 } });
  void enter('three');
  await settled();
  expect(letIn).toEqual(['one', 'two']);
});

test('when a call that waits is cancelled then it takes no place and the next one is let in', async () => {
  const { enter, leave, letIn } = gateWith({ callsAtOnce: 1 });
  void enter('one');
  const cancelling = new AbortController();
  const cancelled = expect(enter('two', { signal: cancelling.signal })).rejects.toThrow('no longer wanted');
  void enter('three');
  await settled();
  cancelling.abort(new Error('no longer wanted'));
  await cancelled;
  await leave('one');
  expect(letIn).toEqual(['one', 'three']);
});

test('when the place where calls are counted cannot be reached then all that wait are told why', async () => {
  const clock = new HandClock();
  const fails = () => Promise.reject(new Error('the store is away'));
  const gate = new ProviderGate({ begin: fails, end: fails }, clock);
  const call = { job: 'a', model: 'm', tokens: 1, limits: {}, signal: new AbortController().signal };
  const both = [gate.enter(call), gate.enter(call)];
  const refused = { status: 'rejected', reason: new Error('the store is away') };
  expect(await Promise.allSettled(both)).toEqual([refused, refused]);
});
