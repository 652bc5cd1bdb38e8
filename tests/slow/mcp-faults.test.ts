import { describe, expect, test } from 'vitest';

import type { ToolEffect } from '../../src/domain/values/tool-effects.js';
import type { ToolResult } from '../../src/tools/tool.js';
import { callTool, fakeServer, toolOf } from '../tools/mcp/servers-at-work.js';

/** What becomes of a call: its result, or the message of an outcome that a person must tell. */
async function outcomeOf(modes: string[], name: string, effect: ToolEffect): Promise<ToolResult | { unknown: string }> {
  const fake = fakeServer(modes);
  const tool = await toolOf(fake, name, effect);
  const args = { echo: { text: 'hello' }, add: { a: 1, b: 2 }, pay: { amount: 5 } }[name] ?? {};
  const outcome = await callTool(tool, args).then(
    ({ result }) => result,
    (error: unknown) => ({ unknown: error instanceof Error ? error.message : String(error) }),
  );
  // Whatever happens, a call that acts is made once.
  if (effect === 'once') expect(fake.acted().filter((line) => line.startsWith('pay'))).toHaveLength(1);
  return outcome;
}

const output = (value: unknown) => ({ kind: 'output', value });
const failure = (message: unknown, more: object = {}) => ({ kind: 'failure', message, ...more });
const says = (text: string) => expect.stringContaining(text);

describe('a server that breaks in the middle of a call', () => {
  test.each([
    ['crash', 'it exited with code 3'],
    ['killed-mid-call', 'it was ended by SIGKILL'],
    ['nonsense-only', 'it exited with code 1, after 1 line that are not messages'],
    ['closes-output', 'it exited with code'],
    ['huge-result', 'it sent a message of more than 32 MB'],
    ['strange-result', 'it answered with something that cannot be used'],
  ])(
    'when it does so by %s then a call that acts has an unknown outcome, and one that reads fails',
    async (mode, why) => {
      const [acts, reads] = await Promise.all([outcomeOf([mode], 'pay', 'once'), outcomeOf([mode], 'echo', 'read')]);
      expect(acts).toEqual({ unknown: says(why) });
      expect(reads).toMatchObject(failure(says(why)));
      expect(reads).not.toHaveProperty('notDone');
    },
  );

  test.each<[string, string, ToolEffect]>([
    ['reads', 'echo', 'read'],
    ['may be repeated', 'echo', 'idempotent'],
  ])('when it crashes once in a call that %s then the call is made again', async (_what, name, effect) => {
    expect(await outcomeOf(['crash-once'], name, effect)).toEqual(output('hello'));
  });
});

describe('a server that writes what is not an answer', () => {
  test.each([['flood'], ['nonsense'], ['reuses-id']])('when it does so by %s then the answer counts', async (mode) => {
    expect(await outcomeOf([mode], 'pay', 'once')).toEqual(output('paid 5'));
  });

  test('when it answers twice then the first answer counts', async () => {
    expect(await outcomeOf(['answers-twice'], 'pay', 'once')).toEqual(output('first'));
  });

  test('when a line has more than ten megabytes then it is read', async () => {
    expect(await outcomeOf(['long-line'], 'pay', 'once')).toEqual(output('x'.repeat(11 * 1024 * 1024)));
  });

  test.each([['hang'], ['closes-input'], ['other-id'], ['no-result']])(
    'when it does not answer the call (%s) then the time of the call ends it',
    async (mode) => {
      const tool = await toolOf(fakeServer([mode]), 'pay', 'once');
      await expect(callTool(tool, { amount: 5 }, AbortSignal.timeout(200))).rejects.toThrow('timeout');
    },
  );
});

describe('a server that answers with an error', () => {
  test('when the arguments do not fit then nothing was done', async () => {
    const refused = failure('it refused the call: text is too short', { retryable: true, notDone: true });
    expect(await outcomeOf(['invalid-params'], 'pay', 'once')).toEqual(refused);
  });

  test('when something failed inside then it is a failure, and the call may have acted', async () => {
    const failed = failure('it refused the call: database is down', { retryable: true });
    expect(await outcomeOf(['error-answer'], 'pay', 'once')).toEqual(failed);
  });
});

describe('a server that lies about its results', () => {
  test.each([
    ['has another type', 'lies-about-output', 'is not what its outputSchema says at /sum'],
    ['is not there', 'no-structure', 'has no structured content'],
  ])('when the structured content %s then the call failed, and what it did is done', async (_what, mode, why) => {
    expect(await outcomeOf([mode], 'add', 'once').catch(() => undefined)).toBeUndefined();
    expect(await outcomeOf([mode], 'add', 'read')).toEqual(failure(says(why), { retryable: true }));
    expect(await outcomeOf([mode], 'add', 'idempotent')).toEqual(failure(says(why), { retryable: false }));
  });

  test('when a number has more digits than a number can keep then its digits are kept', async () => {
    expect(await outcomeOf(['large-numbers'], 'echo', 'read')).toEqual(output({ sum: '12345678901234567890' }));
  });

  test('when it names a prototype then nothing else gets it', async () => {
    await outcomeOf(['poisoned-result'], 'echo', 'read');
    expect({}).not.toHaveProperty('admin');
  });
});

describe('a server that cannot be used', () => {
  test.each([
    ['exits at its start', ['exits-at-start'], 'It exited with code 2: no configuration found.'],
    ['refuses to begin', ['refuses-to-begin'], 'It refused to begin: no licence.'],
    ['speaks another protocol', ['wrong-version'], '1999-01-01'],
    ['refuses to list', ['no-list'], 'It refused to begin: no list today.'],
    ['lists without an end', ['endless-pages'], 'It lists its tools on more than'],
  ])('when it %s then that is said', async (_what, modes, why) => {
    await expect(fakeServer(modes).server.tools()).rejects.toMatchObject({
      code: 'unavailable',
      message: 'The MCP server fake cannot be used.',
      details: { why: expect.stringMatching(new RegExp(why, 'i')), fix: says('.mcp.json'), retryable: true },
    });
  });

  test('when there is no such program then that is said', async () => {
    await expect(fakeServer([], { command: 'no-such-program' }).server.tools()).rejects.toMatchObject({
      code: 'unavailable',
      details: { why: 'There is no program no-such-program in PATH.' },
    });
  });

  test('when it says nothing at all then its time ends', async () => {
    await expect(fakeServer(['silent'], { startTimeoutMs: 500 }).server.tools()).rejects.toMatchObject({
      code: 'unavailable',
      details: { why: 'It did not list its tools within 500 ms.' },
    });
  });

  test('when it starts slowly then it is waited for', async () => {
    expect(await outcomeOf(['slow-start'], 'pay', 'once')).toEqual(output('paid 5'));
  });

  test('when it ends because it was asked for its version then it is started again, and not asked', async () => {
    const fake = fakeServer(['exits-when-asked-first']);
    expect((await callTool(await toolOf(fake, 'pay'), { amount: 5 })).result).toEqual(output('paid 5'));
    expect(fake.starts()).toBe(2);
  });

  test('when it speaks an older protocol then that is spoken', async () => {
    expect(await outcomeOf(['older'], 'pay', 'once')).toEqual(output('paid 5'));
  });

  test('when it was not usable once then it is tried again the next time', async () => {
    const fake = fakeServer(['exits-at-start']);
    await expect(fake.server.tools()).rejects.toThrow('cannot be used');
    await expect(fake.server.tools()).rejects.toThrow('cannot be used');
    expect(fake.starts()).toBeGreaterThan(1);
  });
});
