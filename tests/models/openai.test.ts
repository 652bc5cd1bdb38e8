import { afterEach, describe, expect, test } from 'vitest';

import { PortiaError } from '../../src/domain/errors.js';
import { FormatRejected, type Model, type ModelRequest } from '../../src/models/model.js';
import { createOpenAiModel, type OpenAiModelOptions } from '../../src/models/openai.js';
import { answer, begin, completion, raw, startFaultServer, type FaultServer, type Handler } from './fault-server.js';

const KEY = 'sk-secret-key-ABCD';
const REQUEST: ModelRequest = { messages: [{ role: 'user', text: 'hello' }] };
const WITH_FORMAT: ModelRequest = { ...REQUEST, responseFormat: { kind: 'json_schema', name: 'x', schema: {} } };
const NEVER = new AbortController().signal;

let server: FaultServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A model at a server with these answers, and the waits between its attempts. */
async function modelAt(handlers: [Handler, ...Handler[]], options: Partial<OpenAiModelOptions> = {}) {
  server = await startFaultServer(...handlers);
  return modelFor(server.baseUrl, options);
}

function modelFor(baseUrl: string, options: Partial<OpenAiModelOptions> = {}): { model: Model; waits: number[] } {
  const waits: number[] = [];
  const model = createOpenAiModel({
    id: 'custom/m',
    modelName: 'm',
    baseUrl,
    apiKey: KEY,
    keyName: 'TEST_KEY',
    deadlineMs: 5_000,
    idleMs: 2_000,
    random: () => 0.5,
    sleep: async (ms) => void waits.push(ms),
    ...options,
  });
  return { model, waits };
}

async function failure(model: Model, request = REQUEST, signal = NEVER): Promise<PortiaError> {
  const error: unknown = await model.complete(request, { signal }).catch((reason: unknown) => reason);
  if (!(error instanceof PortiaError)) throw new Error(`expected a PortiaError, got ${String(error)}`);
  const shown = JSON.stringify([error.message, error.details.why, error.details.fix]);
  expect(shown).not.toContain(KEY);
  expect(error.details.why).toBeTruthy();
  expect(error.details.fix).toBeTruthy();
  return error;
}

describe('what is sent', () => {
  test('when a request has tools and a format then the body is that of a chat completion', async () => {
    const { model } = await modelAt([answer(completion('hi'))]);
    await model.complete(
      {
        messages: [
          { role: 'system', text: 's' },
          { role: 'assistant', text: '', toolCalls: [{ id: 'c1', name: 'add', arguments: '{"a":1}' }] },
          { role: 'tool', toolCallId: 'c1', text: '2' },
        ],
        tools: [{ name: 'add', description: 'adds', parameters: { type: 'object' } }],
        responseFormat: { kind: 'json_schema', name: 'the plan', schema: { type: 'object' } },
      },
      { signal: NEVER },
    );
    expect(JSON.parse(server?.seen[0]?.body ?? '')).toEqual({
      model: 'm',
      messages: [
        { role: 'system', content: 's' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'add', arguments: '{"a":1}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: '2' },
      ],
      tools: [{ type: 'function', function: { name: 'add', description: 'adds', parameters: { type: 'object' } } }],
      response_format: { type: 'json_schema', json_schema: { name: 'the_plan', schema: { type: 'object' } } },
    });
  });

  test('when the environment holds settings of the openai package then none of them is used', async () => {
    const names = ['API_KEY', 'ADMIN_KEY', 'BASE_URL', 'ORG_ID', 'PROJECT_ID', 'LOG', 'CUSTOM_HEADERS'];
    const values = ['x', 'x', 'http://127.0.0.1:1/v1', 'x', 'x', 'debug', 'authorization: x\nx-extra: x'];
    const before = { ...process.env };
    names.forEach((name, index) => (process.env[`OPENAI_${name}`] = values[index]));
    try {
      const { model } = await modelAt([answer(completion('hi'))], { apiKey: undefined });
      await model.complete(REQUEST, { signal: NEVER });
    } finally {
      process.env = before;
    }
    const headers = server?.seen[0]?.headers ?? {};
    expect(headers.authorization).toBe('Bearer local');
    expect(Object.keys(headers).sort()).toEqual(
      ['accept', 'accept-encoding', 'authorization', 'connection', 'content-length', 'content-type', 'host', 'user-agent'],
    );
  });

  test('when the base URL has a slash at its end and a query then both are kept in order', async () => {
    server = await startFaultServer(answer(completion('hi')));
    const { model } = modelFor(`${server.baseUrl}/?api-version=1`);
    await model.complete(REQUEST, { signal: NEVER });
    expect(server.seen[0]?.url).toBe('/v1/chat/completions?api-version=1');
  });

  test('when there is a key then it is sent as it is', async () => {
    const { model } = await modelAt([answer(completion('hi'))]);
    await model.complete(REQUEST, { signal: NEVER });
    expect(server?.seen[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });
});

describe('replies', () => {
  test('when the reply is finished then text and usage are given', async () => {
    const { model } = await modelAt([answer(completion('hi'))]);
    expect(await model.complete(REQUEST, { signal: NEVER })).toEqual({
      text: 'hi',
      toolCalls: [],
      usage: { calls: 1, input_tokens: 7, output_tokens: 3 },
    });
  });

  test('when the model calls functions then their arguments are text, whatever the server sends', async () => {
    const calls = [
      { id: 'a', type: 'function', function: { name: 'f', arguments: '{"x":1}' } },
      { type: 'function', function: { name: 'g', arguments: { x: 1 } } },
      { id: '', type: 'function', function: { name: 'h' } },
    ];
    const message = { role: 'assistant', content: null, tool_calls: calls };
    const { model } = await modelAt([answer(completion(null, { message, finish_reason: 'tool_calls' }))]);
    const reply = await model.complete(REQUEST, { signal: NEVER });
    expect(reply.toolCalls).toEqual([
      { id: 'a', name: 'f', arguments: '{"x":1}' },
      { id: 'call_1', name: 'g', arguments: '{"x":1}' },
      { id: 'call_2', name: 'h', arguments: '{}' },
    ]);
  });

  test('when the content comes in parts then the text parts are joined', async () => {
    const content = [{ type: 'thinking', thinking: [] }, { type: 'text', text: 'a' }, { type: 'text', text: 'b' }];
    const { model } = await modelAt([answer(completion(null, { message: { role: 'assistant', content } }))]);
    expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('ab');
  });

  test('when usage is missing or nonsense then it counts as zero tokens', async () => {
    const { model } = await modelAt([answer({ ...completion('a'), usage: { prompt_tokens: -5, completion_tokens: 'x' } })]);
    const { usage } = await model.complete(REQUEST, { signal: NEVER });
    expect(usage).toEqual({ calls: 1, input_tokens: 0, output_tokens: 0 });
  });

  const unusable: [string, Handler, RegExp][] = [
    ['an HTML page with status 200', raw('<html>portal</html>', 'text/html'), /HTML page/],
    ['plain text', raw('hello', 'text/plain'), /plain text/],
    ['truncated JSON', raw('{"choices":[{"mess'), /not JSON/],
    ['an empty body', raw(''), /not JSON/],
    ['null', raw('null'), /not a chat completion/],
    ['an empty list of choices', answer({ ...completion('x'), choices: [] }), /choices is empty/],
    ['no message', answer({ choices: [{ finish_reason: 'stop' }] }), /message/],
    ['no finish reason', answer(completion('half', { finish_reason: null })), /finished/],
    ['an unknown finish reason', answer(completion('half', { finish_reason: 'error' })), /finish_reason: error/],
    ['the legacy function call', answer(completion('x', { finish_reason: 'function_call' })), /function_call/],
    ['a reply cut off by length', answer(completion('half', { finish_reason: 'length' })), /cut off/],
    ['white space', answer(completion(' \n ')), /empty/],
    ['a body of 33 MB', raw(`{"x":"${'a'.repeat(33 * 1024 * 1024)}"}`), /longer than/],
    ['status 400', answer({ error: { message: 'context too long' } }, 400), /context too long/],
    ['status 413', raw('', 'text/plain', 413), /413/],
    ['status 204', (response) => response.writeHead(204).end(), /not a chat completion/],
  ];
  test.each(unusable)('when the endpoint gives %s then the reply is unusable and nothing is repeated', async (...row) => {
    const [, handler, why] = row;
    const { model, waits } = await modelAt([handler]);
    const error = await failure(model);
    expect([error.code, error.details.why]).toEqual(['model-reply-unusable', expect.stringMatching(why)]);
    expect([server?.seen.length, waits]).toEqual([1, []]);
  });

  const refusals: [string, object][] = [
    ['a refusal', completion(null, { message: { role: 'assistant', content: null, refusal: 'I will not' } })],
    ['a filtered reply', completion('', { finish_reason: 'content_filter' })],
    ['a filtered reply without a message', completion('', { finish_reason: 'content_filter', message: {} })],
  ];
  test.each(refusals)('when the endpoint gives %s then the model refused', async (_name, body) => {
    const { model } = await modelAt([answer(body)]);
    expect((await failure(model)).code).toBe('model-refused');
  });
});

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
    const { model } = await modelAt([answer(body, status)]);
    const error = await failure(model);
    expect(error.code).toBe(code);
    expect(`${error.message} ${error.details.why}`).toMatch(text);
    expect(server?.seen).toHaveLength(1);
  });

  test('when a key is rejected then the fix names its variable', async () => {
    const { model } = await modelAt([answer({}, 401)]);
    expect((await failure(model)).details.fix).toBe('export TEST_KEY=<your key>');
  });

  test('when the key is short then no part of it is shown', async () => {
    const { model } = await modelAt([answer({ error: { message: 'bad key abcdef' } }, 401)], { apiKey: 'abcdef' });
    const error = await failure(model);
    expect(`${error.message} ${error.details.why}`).not.toMatch(/abcdef|cdef/);
  });

  test.each([408, 409, 500, 502, 503, 504, 529])('when the status stays %i then four attempts are made', async (status) => {
    const { model, waits } = await modelAt([raw('<html>down</html>', 'text/html', status)]);
    const error = await failure(model);
    expect([error.code, error.details.retryable, server?.seen.length]).toEqual(['unavailable', true, 4]);
    expect(waits).toEqual([250, 500, 1000]);
  });

  test('when a later attempt succeeds then its reply is given and the retries are told', async () => {
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
    const { model } = await modelAt([answer({ error: { code: 503, message: 'overloaded' } }), answer(completion('ok'))]);
    expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('ok');
  });

  const formats: [number, unknown][] = [
    [400, { error: { message: "Invalid parameter: 'response_format' of type 'json_schema' is not supported" } }],
    [422, { detail: [{ loc: ['body', 'response_format'], msg: 'extra' }] }],
    [500, { error: { message: 'failed to parse grammar' } }],
    [400, {}],
  ];
  test.each(formats)('when status %i with %j answers a format then the format is rejected', async (status, body) => {
    const { model } = await modelAt([answer(body, status)]);
    await expect(model.complete(WITH_FORMAT, { signal: NEVER })).rejects.toBeInstanceOf(FormatRejected);
    expect(server?.seen).toHaveLength(1);
  });

  test('when the same answer comes without a format then the request itself is refused', async () => {
    const { model } = await modelAt([answer({ error: { message: 'bad response_format' } }, 400)]);
    expect((await failure(model)).code).toBe('model-reply-unusable');
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

describe('the network', () => {
  test('when nothing listens then the model is unavailable after four attempts', async () => {
    server = await startFaultServer(answer({}));
    const { baseUrl } = server;
    await server.close();
    const { model, waits } = modelFor(baseUrl);
    const error = await failure(model);
    expect([error.code, waits.length, error.details.why]).toEqual(['unavailable', 3, expect.stringMatching(/ECONNREFUSED/)]);
  });

  const cuts: [string, Handler][] = [
    ['before the headers', (response) => response.destroy()],
    ['in the middle of the body', begin((response) => void setTimeout(() => response.destroy(), 10))],
  ];
  test.each(cuts)('when the connection breaks %s then the request is repeated', async (_name, cut) => {
    const { model } = await modelAt([cut, answer(completion('ok'))]);
    expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('ok');
  });

  test('when the other side does not speak HTTP then the model is unavailable', async () => {
    const { model } = await modelAt([(response) => void response.socket?.end('SSH-2.0-OpenSSH\r\n')]);
    expect((await failure(model)).details.why).toMatch(/does not speak HTTP/);
  });

  test('when the body stalls then the request is repeated, and in the end the time is over', async () => {
    const { model } = await modelAt([begin(() => undefined)], { idleMs: 40 });
    const error = await failure(model);
    expect([error.code, server?.seen.length]).toEqual(['timed-out', 4]);
  });

  const slow: [string, Handler][] = [
    ['no headers come', () => undefined],
    ['a byte comes now and then', begin((response) => {
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    })],
  ];
  test.each(slow)('when %s then the deadline ends the call', async (_name, handler) => {
    const { model } = await modelAt([handler], { deadlineMs: 200, idleMs: 100 });
    expect((await failure(model)).code).toBe('timed-out');
    expect(server?.seen).toHaveLength(1);
  });

  test('when the body never ends then it is cut at the limit', async () => {
    const endless = begin((response) => {
      const write = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536)));
        if (!response.destroyed) response.once('drain', write);
      };
      write();
    });
    const { model } = await modelAt([endless], { maxBytes: 1_000_000 });
    expect((await failure(model)).details.why).toMatch(/longer than 1000000 bytes/);
  });
});

describe('aborting', () => {
  test('when the signal is aborted before the call then nothing is sent', async () => {
    const { model } = await modelAt([answer(completion('x'))]);
    const reason = new Error('stopped');
    await expect(model.complete(REQUEST, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server?.seen).toHaveLength(0);
  });

  const moments: [string, Handler, Partial<OpenAiModelOptions>][] = [
    ['while waiting for headers', () => undefined, {}],
    ['in the middle of the body', begin(() => undefined), {}],
    ['between two attempts', answer({}, 500), { sleep: () => new Promise(() => undefined) }],
  ];
  test.each(moments)('when the signal is aborted %s then its reason is the error', async (_name, handler, options) => {
    const controller = new AbortController();
    const reason = new Error('stopped');
    const abortSoon: Handler = (...parts) => {
      handler(...parts);
      setTimeout(() => controller.abort(reason), 30);
    };
    const { model } = await modelAt([abortSoon], options);
    await expect(model.complete(REQUEST, { signal: controller.signal })).rejects.toBe(reason);
  });
});

describe('settings', () => {
  test.each(['ftp://x/v1', 'localhost:1234', 'http://user:pass@127.0.0.1/v1', ''])(
    'when the base URL is "%s" then it is refused',
    (baseUrl) => {
      expect(() => modelFor(baseUrl)).toThrow(expect.objectContaining({ code: 'invalid-settings' }));
    },
  );

  test('when the key cannot be a header then it is refused and not shown', () => {
    const create = () => modelFor('http://127.0.0.1:1/v1', { apiKey: 'sk-1\nx: y' });
    expect(create).toThrow(expect.objectContaining({ code: 'key-rejected', message: expect.not.stringContaining('sk-1') }));
  });
});
