import { expect, test } from 'vitest';

import { callTool, fakeServer, toolOf } from './servers-at-work.js';

// All faults are tried by the slow tests.

test('when a server crashes in a call then one that acts has an unknown outcome, and one that reads is made again', async () => {
  const crashed = fakeServer(['crash']);
  await expect(callTool(await toolOf(crashed, 'pay', 'once'), { amount: 5 })).rejects.toThrow('it exited with code 3');
  expect(crashed.acted()).toEqual(['pay {"amount":5}']);
  const { result } = await callTool(await toolOf(fakeServer(['crash-once']), 'echo', 'read'), { text: 'hello' });
  expect(result).toEqual({ kind: 'output', value: 'hello' });
});

test('when a server writes nonsense and floods then its answer counts', async () => {
  const { result } = await callTool(await toolOf(fakeServer(['nonsense', 'flood']), 'pay'), { amount: 5 });
  expect(result).toEqual({ kind: 'output', value: 'paid 5' });
});

test('when a server refuses the arguments then nothing was done', async () => {
  const { result } = await callTool(await toolOf(fakeServer(['invalid-params']), 'pay'), { amount: 5 });
  const message = 'it refused the call: text is too short';
  expect(result).toEqual({ kind: 'failure', message, retryable: true, notDone: true });
});

test('when a result is not what the tool says of its results then the call failed', async () => {
  const { result } = await callTool(await toolOf(fakeServer(['lies-about-output']), 'add', 'read'), { a: 1, b: 2 });
  const message = expect.stringContaining('its result is not what its outputSchema says at /sum');
  expect(result).toEqual({ kind: 'failure', message, retryable: true });
});

test('when a server cannot be used then that is said, and it is tried again the next time', async () => {
  const fake = fakeServer(['exits-at-start']);
  const why = 'It exited with code 2: no configuration found.';
  await expect(fake.server.tools()).rejects.toMatchObject({ code: 'unavailable', details: { why } });
  const before = fake.starts();
  await expect(fake.server.tools()).rejects.toThrow('cannot be used');
  expect(fake.starts()).toBeGreaterThan(before);
});
