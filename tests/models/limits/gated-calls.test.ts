import { EventEmitter, once } from 'node:events';

import { expect, test } from 'vitest';

import { MemoryLedger } from '../../../src/models/limits/memory-ledger.js';
import { ProviderGate } from '../../../src/models/limits/provider-gate.js';
import type { CallLimits } from '../../../src/domain/run/call-limits.js';
import { NEVER, REQUEST, useFaultServers } from '../endpoint-under-test.js';
import { answer, completion, type Handler } from '../fault-server.js';
import { HandClock, settled } from './hand-clock.js';

const modelAt = useFaultServers();

/** A model behind a gate, whose waits and repetitions can be awaited. */
async function gated(handlers: [Handler, ...Handler[]], limits: CallLimits = {}) {
  const clock = new HandClock();
  const waits = new EventEmitter();
  const { server, model } = await modelAt(handlers, {
    gate: {
      gate: new ProviderGate(new MemoryLedger(clock.now), clock),
      limits,
      onWait: (ms) => waits.emit('told', ms),
    },
    onRetry: ({ waitMs }) => waits.emit('retried', waitMs),
    now: () => new Date(clock.now()),
  });
  const ask = async (job: string) => (await model.complete(REQUEST, { signal: NEVER, job })).text;
  return { server, ask, clock, model, told: next(waits, 'told'), retried: next(waits, 'retried') };
}

async function next(waits: EventEmitter, name: string): Promise<unknown> {
  const [ms]: unknown[] = await once(waits, name);
  return ms;
}

const refusal = (headers: Record<string, string>) => answer({ error: { message: 'slow down' } }, 429, headers);
const reply = (text: string, headers: Record<string, string> = {}) => answer(completion(text), 200, headers);

test('when one job gets a 429 with Retry-After then the others wait for its end and do not ask', async () => {
  const { server, ask, clock, told, retried } = await gated([refusal({ 'retry-after': '12' }), reply('yes')]);
  const first = ask('one');
  expect(await retried).toBe(12_000);
  const others = ['two', 'three'].map(ask);
  expect(await told).toBe(12_000);
  await clock.pass(11_999);
  expect(server.seen).toHaveLength(1);
  await clock.pass(1);
  expect(await Promise.all([first, ...others])).toEqual(['yes', 'yes', 'yes']);
  expect(server.seen).toHaveLength(4);
});

test.each([
  ['OpenAI', { 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '7s' }],
  ['OpenAI, tokens', { 'x-ratelimit-remaining-tokens': '2', 'x-ratelimit-reset-tokens': '6m0s' }, 60_000],
  ['Anthropic', (at: number) => anthropic(at, 'requests', '0')],
  ['Anthropic, tokens', (at: number) => anthropic(at, 'input-tokens', '1')],
  ['one limit', { 'ratelimit-remaining': '0', 'ratelimit-reset': '7' }],
])(
  'when a reply of %s says that nothing is left then the next call waits for the reset',
  async (_who, given, ms = 7000) => {
    const clockStart = new HandClock().now();
    const headers = typeof given === 'function' ? given(clockStart) : given;
    const { server, ask, clock, told } = await gated([reply('one', headers), reply('two')]);
    expect(await ask('a')).toBe('one');
    const second = ask('b');
    expect(await told).toBe(ms);
    expect(server.seen).toHaveLength(1);
    await clock.pass(ms);
    expect(await second).toBe('two');
  },
);

function anthropic(at: number, kind: string, left: string): Record<string, string> {
  const name = `anthropic-ratelimit-${kind}`;
  return {
    'anthropic-ratelimit-requests-remaining': '50',
    'anthropic-ratelimit-requests-reset': new Date(at + 1000).toISOString(),
    [`${name}-remaining`]: left,
    [`${name}-reset`]: new Date(at + 7000).toISOString(),
  };
}

test('when a provider takes one request in a minute then the second is sent a minute after the first', async () => {
  const { server, ask, clock, told } = await gated([reply('yes')], { requestsPerMinute: 1 });
  await ask('a');
  const second = ask('b');
  expect(await told).toBe(60_000);
  expect(server.seen).toHaveLength(1);
  await clock.pass(60_000);
  expect(await second).toBe('yes');
});

test('when the deadline of a call ends while it waits then it is over, and says what it waited for', async () => {
  const { server, ask, model } = await gated([reply('yes')], { requestsPerMinute: 1 });
  await ask('a');
  const late = model.complete(REQUEST, { signal: NEVER, timeoutMs: 20 });
  await expect(late).rejects.toMatchObject({
    code: 'timed-out',
    details: { why: expect.stringMatching(/^It ended while the call waited for the limit of http:/), retryable: true },
  });
  expect(server.seen).toHaveLength(1);
});

test('when a call fails in any other way then the next one is let in', async () => {
  const { ask } = await gated([answer({ error: { message: 'no' } }, 400), reply('yes')], { callsAtOnce: 1 });
  await expect(ask('a')).rejects.toThrow();
  await settled();
  expect(await ask('b')).toBe('yes');
});
