import { describe, expect, test } from 'vitest';

import type { ToolEffect } from '../../../src/domain/values/tool-effects.js';
import { addressOfNobody, httpServer, sseServer, type HttpFault } from '../../doubles/http-mcp-server.js';
import { callTool, remoteServer, toolOf } from './servers-at-work.js';

const says = (text: string) => expect.stringContaining(text);

/** What becomes of a call of a server that has these faults one after the other. */
async function outcomeOf(faults: (HttpFault | undefined)[], effect: ToolEffect) {
  const http = await httpServer();
  const at = remoteServer({ kind: 'http', url: http.url, headers: {} });
  const tool = await toolOf(at, 'pay', effect);
  http.faults.push(...faults);
  const outcome = await callTool(tool, { amount: 5 }).then(
    ({ result }) => result,
    (error: unknown) => ({ unknown: error instanceof Error ? error.message : String(error) }),
  );
  return { outcome, calls: http.calls.length };
}

describe('a server over HTTP', () => {
  test('when a tool is called then its headers are sent with everything, and its session is ended', async () => {
    const http = await httpServer();
    const at = remoteServer({ kind: 'http', url: http.url, headers: { Authorization: 'Bearer hush' } });
    const { result } = await callTool(await toolOf(at, 'pay'), { amount: 5 });
    expect(result).toEqual({ kind: 'output', value: 'paid' });
    await at.server.end();
    expect(http.seen.map(({ headers }) => headers.authorization)).toEqual(http.seen.map(() => 'Bearer hush'));
    expect(http.seen.at(-1)).toMatchObject({ method: 'DELETE', headers: { 'mcp-session-id': 'session-1' } });
  });

  test.each<[string, HttpFault, string]>([
    ['is cut', 'cut-stream', 'its answer was cut off'],
    ['breaks off', 'cut-body', 'the connection broke'],
    ['is of another type', 'wrong-type', 'it answered with something that cannot be used'],
    ['is huge', 'huge', 'it answered with more than 32 MB'],
    ['says that it failed', { status: 500, body: 'oops' }, 'it answered with status 500: oops'],
  ])('when an answer %s then a call that acts has an unknown outcome', async (_what, fault, why) => {
    expect(await outcomeOf([fault], 'once')).toEqual({ outcome: { unknown: says(why) }, calls: expect.any(Number) });
  });

  test.each<[string, HttpFault]>([
    ['is cut', 'cut-stream'],
    ['breaks off', 'cut-body'],
  ])('when an answer %s then a call that reads is made again', async (_what, fault) => {
    expect(await outcomeOf([fault, undefined], 'read')).toEqual({
      outcome: { kind: 'output', value: 'paid' },
      calls: 2,
    });
  });

  test.each<[number, object]>([
    [400, { retryable: false, notDone: true }],
    [401, { retryable: false, notDone: true }],
    [403, { retryable: false, notDone: true }],
    [429, { retryable: true, notDone: true, unavailable: true }],
  ])('when it answers a call with status %i then nothing was done', async (status, more) => {
    const message = `it answered with status ${status}: no`;
    expect(await outcomeOf([{ status, body: 'no' }], 'once')).toEqual({
      outcome: { kind: 'failure', message, ...more },
      calls: 0,
    });
  });

  test('when it leads elsewhere then nobody follows', async () => {
    expect(await outcomeOf(['redirect'], 'read')).toMatchObject({ outcome: { kind: 'failure' } });
  });

  test('when it has forgotten the session then there is a new one, and the call is made once', async () => {
    expect(await outcomeOf(['forgets-session'], 'once')).toEqual({
      outcome: { kind: 'output', value: 'paid' },
      calls: 1,
    });
  });

  test.each([
    [401, 'key-rejected', 'The MCP server fake refused access.'],
    [403, 'key-rejected', 'The MCP server fake refused access.'],
    [404, 'unavailable', 'The MCP server fake cannot be used.'],
    [429, 'unavailable', 'The MCP server fake cannot be used.'],
    [500, 'unavailable', 'The MCP server fake cannot be used.'],
  ])('when it answers with status %i from the beginning then that is said', async (status, code, message) => {
    const http = await httpServer(() => status);
    const at = remoteServer({ kind: 'http', url: http.url, headers: {} });
    const why = says(`It answered with status ${status}`);
    await expect(at.server.tools()).rejects.toMatchObject({ code, message, details: { why } });
  });

  test('when it is spoken to by the older way then its tools work, too', async () => {
    const at = remoteServer({ kind: 'sse', url: (await sseServer()).url, headers: {} });
    expect((await callTool(await toolOf(at, 'pay'), { amount: 5 })).result).toEqual({ kind: 'output', value: 'paid' });
  });

  test('when the stream of the older way is cut in a call then the outcome of one that acts is unknown', async () => {
    const sse = await sseServer({ isCut: true });
    const at = remoteServer({ kind: 'sse', url: sse.url, headers: {} });
    await expect(callTool(await toolOf(at, 'pay', 'once'), { amount: 5 })).rejects.toThrow('it ended the connection');
    expect(sse.calls).toBe(1);
    const { result } = await callTool(await toolOf(at, 'pay', 'read'), { amount: 5 });
    expect([result, sse.calls]).toEqual([expect.objectContaining({ kind: 'failure', unavailable: true }), 3]);
  });

  test.each<'http' | 'sse'>(['http', 'sse'])('when nothing is at its address then that is said (%s)', async (kind) => {
    const at = remoteServer({ kind, url: await addressOfNobody(), headers: {} });
    const why = says('It cannot be reached: ');
    await expect(at.server.tools()).rejects.toMatchObject({ code: 'unavailable', details: { why } });
  });
});
