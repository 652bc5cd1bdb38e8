import { describe, expect, test } from 'vitest';

import { FormatRejected, type ModelRequest } from '../../src/models/model.js';
import { failure, KEY, NEVER, REQUEST, useFaultServers } from './endpoint-under-test.js';
import { answer, completion, raw, type Handler } from './fault-server.js';

const WITH_FORMAT: ModelRequest = { ...REQUEST, responseFormat: { kind: 'json_schema', name: 'x', schema: {} } };
const modelAt = useFaultServers();

describe('statuses', () => {
  const finals: [number, unknown, string, RegExp][] = [
    [401, { error: { message: `Incorrect API key provided: ${KEY}` } }, 'key-rejected', /ending in …ABCD/],
    [403, { detail: 'not for you' }, 'key-rejected', /not for you/],
    [402, { error: { message: 'Insufficient credits' } }, 'rate-limited', /Insufficient credits/],
    [404, { error: { message: 'The model `m` does not exist' } }, 'no-model', /no model m at/],
    [400, { error: { message: 'x', code: 'model_not_found' } }, 'no-model', /no model m at/],
    [429, { error: { message: 'quota', code: 'insufficient_quota' } }, 'rate-limited', /no credit/],
    [301, {}, 'no-model', /not the address/],
  ];
  test.each(finals)('when the status is %i with %j then the code is %s, at once', async (status, body, code, text) => {
    const { server, model } = await modelAt([answer(body, status)]);
    const error = await failure(model);
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.details.why}`).toMatch(text);
    expect(server.seen).toHaveLength(1);
  });

  test('when a key is rejected then the fix names its variable', async () => {
    const { model } = await modelAt([answer({}, 401)]);
    expect((await failure(model)).details.fix).toBe('export TEST_KEY=<your key>');
  });

  test('when the endpoint repeats the key with stars in it then only its end is shown', async () => {
    const body = { error: { message: 'Incorrect API key provided: sk-secre*********ABCD. See our site' } };
    const { model } = await modelAt([answer(body, 401)]);
    const { why } = (await failure(model)).details;
    expect(why).toMatch(/provided: ending in …ABCD See our site/);
  });

  test('when the key is short then no part of it is shown', async () => {
    const { model } = await modelAt([answer({ error: { message: 'bad key abcdef' } }, 401)], { apiKey: 'abcdef' });
    const error = await failure(model);
    expect(`${error.message} ${error.details.why}`).not.toMatch(/abcdef|cdef/);
  });

  test.each([408, 409, 500, 502, 503, 504, 529])(
    'when the status stays %i then four attempts are made',
    async (status) => {
      const { server, model, waits } = await modelAt([raw('<html>down</html>', 'text/html', status)]);
      const error = await failure(model);
      expect([error.code, error.details.retryable, server.seen.length]).toEqual(['unavailable', true, 4]);
      expect(waits).toEqual([250, 500, 1000]);
    },
  );

  test('when a later attempt succeeds then its reply is given and the retries are reported', async () => {
    const told: unknown[] = [];
    const handlers: [Handler, ...Handler[]] = [answer({}, 500), answer({}, 429), answer(completion('at last'))];
    const { model } = await modelAt(handlers, { onRetry: (info) => told.push(info) });
    expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('at last');
    expect(told).toEqual([
      { attempt: 1, waitMs: 250, reason: 'status 500' },
      { attempt: 2, waitMs: 500, reason: 'status 429' },
    ]);
  });

  test('when a status hides in a body with status 200 then it is judged as that status', async () => {
    const { model } = await modelAt([
      answer({ error: { code: 503, message: 'overloaded' } }),
      answer(completion('ok')),
    ]);
    expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('ok');
  });

  test('when what hides in a body with status 200 is not a status then the endpoint has failed', async () => {
    const hidden = answer({ error: { code: { toString: false }, message: 'overloaded' } });
    const { model } = await modelAt([hidden, answer(completion('ok'))]);
    expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('ok');
  });

  const formats: [number, unknown][] = [
    [400, { error: { message: "Invalid parameter: 'response_format' of type 'json_schema' is not supported" } }],
    [422, { detail: [{ loc: ['body', 'response_format'], msg: 'extra' }] }],
    [500, { error: { message: 'failed to parse grammar' } }],
    [400, {}],
  ];
  test.each(formats)('when status %i with %j answers a format then the format is rejected', async (status, body) => {
    const { server, model } = await modelAt([answer(body, status)]);
    await expect(model.complete(WITH_FORMAT, { signal: NEVER })).rejects.toBeInstanceOf(FormatRejected);
    expect(server.seen).toHaveLength(1);
  });

  test('when the same answer comes without a format then the request itself is refused', async () => {
    const { model } = await modelAt([answer({ error: { message: 'bad response_format' } }, 400)]);
    expect((await failure(model)).code).toBe('invalid-settings');
  });
});

describe('Retry-After', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  const waited: [Record<string, string>, number][] = [
    [{ 'retry-after': '3' }, 3000],
    [{ 'retry-after': '0.5' }, 500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:04 GMT' }, 4000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    [{ 'retry-after-ms': '120' }, 120],
    [{ 'retry-after': '-5' }, 250],
    [{ 'retry-after': 'soon' }, 250],
  ];
  test.each(waited)('when a 429 says %j then %i ms are waited', async (headers, ms) => {
    const { model, waits } = await modelAt([answer({}, 429, headers), answer(completion('ok'))], {
      now: () => now,
    });
    await model.complete(REQUEST, { signal: NEVER });
    expect(waits).toEqual([ms]);
  });

  const refused: [string, string, number, string, number][] = [
    ['longer than a minute', '61', 429, 'rate-limited', 61_000],
    ['absurdly long', '1000000000', 429, 'rate-limited', 1e12],
    ['a date next year', 'Fri, 01 Jan 2027 00:00:00 GMT', 429, 'rate-limited', 31_536_000_000],
    ['long, of a server that is down', '3600', 503, 'unavailable', 3_600_000],
    ['longer than the time that is left', '30', 429, 'rate-limited', 30_000],
  ];
  test.each(refused)('when the wait is %s then the call ends at once', async (_name, value, status, code, ms) => {
    const { model, waits } = await modelAt([answer({}, status, { 'retry-after': value })], { now: () => now });
    const error = await failure(model);
    expect([error.code, error.details.retryAfterMs, waits]).toEqual([code, ms, []]);
  });
});
