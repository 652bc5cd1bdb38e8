import type { ServerResponse } from 'node:http';

import { afterEach, describe, expect, test } from 'vitest';

import { fetchJson, readBaseUrl } from '../../src/tools/bounded-fetch.js';
import { sendJson, startServer, type LocalServer } from './local-server.js';

let server: LocalServer | undefined;
afterEach(() => server?.close());

async function get(answer: (response: ServerResponse) => void, options: object = {}) {
  server = await startServer((_request, response) => answer(response));
  const signal = new AbortController().signal;
  return fetchJson({ url: new URL(server.url), signal, service: 'Test', ...options });
}

describe('a bounded request', () => {
  test('when the answer is JSON, then it is given', async () => {
    expect(await get((response) => sendJson(response, { a: 1 }))).toEqual({ ok: true, value: { a: 1 } });
  });

  test.each<[string, boolean, string, (response: ServerResponse) => void, 'unavailable'?]>([
    ['status 500', true, 'status 500', (response) => sendJson(response, { why: 'x' }, 500), 'unavailable'],
    ['status 429', true, 'status 429', (response) => sendJson(response, {}, 429), 'unavailable'],
    [
      'status 429 with a time to wait',
      true,
      'status 429. It may be asked again in 30 s.',
      (response) => sendJson(response.setHeader('retry-after', '30'), {}, 429),
      'unavailable',
    ],
    ['status 401', false, 'key', (response) => sendJson(response, {}, 401)],
    ['status 404', false, 'status 404', (response) => sendJson(response, {}, 404)],
    ['a redirect', false, 'redirect', (response) => response.writeHead(302, { location: 'http://127.0.0.1:1' }).end()],
    ['no JSON', true, 'not JSON', (response) => response.end('<html>')],
    ['an empty answer', true, 'not JSON', (response) => response.end()],
    ['a broken connection', true, 'cannot be reached', (response) => response.destroy(), 'unavailable'],
    [
      'a connection that breaks in the middle',
      true,
      'cannot be reached',
      (response) => {
        response.writeHead(200, { 'content-length': '9' });
        response.write('{');
        setImmediate(() => response.destroy());
      },
      'unavailable',
    ],
  ])('when there is %s, then it is a failure (retryable: %s)', async (_case, retryable, text, answer, unavailable) => {
    const reply = await get(answer);
    expect(reply).toEqual({
      ok: false,
      failure: {
        kind: 'failure',
        retryable,
        message: expect.stringContaining(text),
        ...(unavailable && { unavailable: true }),
      },
    });
  });

  test.each<[string, (response: ServerResponse) => void]>([
    ['no headers come', () => {}],
    [
      'the body stalls',
      (response) => {
        response.writeHead(200);
        response.write('{');
      },
    ],
  ])('when %s, then the deadline ends it as a retryable failure', async (_case, answer) => {
    const reply = await get(answer, { timeoutMs: 200 });
    expect(reply).toMatchObject({
      ok: false,
      failure: { retryable: true, message: expect.stringContaining('200 ms') },
    });
  });

  test('when the answer is too large, then it is not read to its end', async () => {
    const reply = await get((response) => response.end('x'.repeat(100_000)), { maxBytes: 1_000 });
    expect(reply).toMatchObject({ ok: false, failure: { message: expect.stringContaining('1000 bytes') } });
  });

  test('when nobody listens, then it is a retryable failure that names the reason', async () => {
    server = await startServer(() => {});
    const { url } = server;
    await server.close();
    const reply = await fetchJson({ url: new URL(url), signal: new AbortController().signal, service: 'Test' });
    expect(reply).toMatchObject({
      ok: false,
      failure: { retryable: true, message: expect.stringContaining('ECONNREFUSED') },
    });
  });

  test('when the run is interrupted, then it rejects with that reason', async () => {
    const interrupted = new AbortController();
    const pending = get(() => interrupted.abort(new Error('stopped')), { signal: interrupted.signal });
    await expect(pending).rejects.toThrow('stopped');
  });

  test('when the address is not a web address, then nothing is asked', async () => {
    const signal = new AbortController().signal;
    expect(await fetchJson({ url: new URL('file:///etc/passwd'), signal, service: 'Test' })).toMatchObject({
      ok: false,
    });
  });

  test.each([
    [undefined, 'https://a.org/'],
    ['http://127.0.0.1:1/v1', 'http://127.0.0.1:1/v1/'],
    ['nonsense', undefined],
    [5, undefined],
  ])('when the setting is %j, then the base is %j', (setting, expected) => {
    expect(readBaseUrl(setting, 'https://a.org/')?.href).toBe(expected);
  });
});
