import { afterEach, describe, expect, test, vi } from 'vitest';

import { type OpenAiModelOptions } from '../../src/models/openai.js';
import { failure, KEY, modelFor, NEVER, REQUEST, useFaultServers } from './endpoint-under-test.js';
import { answer, begin, completion, raw, type Handler } from './fault-server.js';

const modelAt = useFaultServers();
afterEach(() => void vi.unstubAllEnvs());

describe('what is sent', () => {
  test('when a request has tools and a format then the body is that of a chat completion', async () => {
    const { server, model } = await modelAt([answer(completion('hi'))]);
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
    expect(JSON.parse(server.seen[0]?.body ?? '')).toEqual({
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
      stream: false,
    });
  });

  test('when the environment holds settings of the openai package then none of them is used', async () => {
    const names = ['API_KEY', 'ADMIN_KEY', 'BASE_URL', 'ORG_ID', 'PROJECT_ID', 'LOG', 'CUSTOM_HEADERS'];
    const values = ['x', 'x', 'http://127.0.0.1:1/v1', 'x', 'x', 'debug', 'authorization: x\nx-extra: x'];
    names.forEach((name, index) => vi.stubEnv(`OPENAI_${name}`, values[index]));
    const { server, model } = await modelAt([answer(completion('hi'))], { apiKey: undefined });
    await model.complete(REQUEST, { signal: NEVER });
    const headers = server.seen[0]?.headers ?? {};
    expect(headers.authorization).toBe('Bearer local');
    expect(Object.keys(headers).sort()).toEqual([
      'accept',
      'accept-encoding',
      'authorization',
      'connection',
      'content-length',
      'content-type',
      'host',
      'user-agent',
    ]);
  });

  test('when the base URL has a slash at its end and a query then both are kept in order', async () => {
    const { server } = await modelAt([answer(completion('hi'))]);
    const { model } = modelFor(`${server.baseUrl}/?api-version=1`);
    await model.complete(REQUEST, { signal: NEVER });
    expect(server.seen[0]?.url).toBe('/v1/chat/completions?api-version=1');
  });

  test('when there is a key then it is sent as it is', async () => {
    const { server, model } = await modelAt([answer(completion('hi'))]);
    await model.complete(REQUEST, { signal: NEVER });
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${KEY}`);
  });
});

describe('replies', () => {
  test('when the reply is finished then text and usage are given', async () => {
    const { model } = await modelAt([answer(completion('hi'))]);
    expect(await model.complete(REQUEST, { signal: NEVER })).toEqual({
      text: 'hi',
      toolCalls: [],
      served: 'm',
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
    const content = [
      { type: 'thinking', thinking: [] },
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ];
    const { model } = await modelAt([answer(completion(null, { message: { role: 'assistant', content } }))]);
    expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('ab');
  });

  const unusable: [string, Handler, RegExp][] = [
    ['truncated JSON', raw('{"choices":[{"mess'), /not JSON/],
    ['an empty body', raw(''), /not JSON/],
    ['null', raw('null'), /not a chat completion/],
    ['an empty list of choices', answer({ ...completion('x'), choices: [] }), /choices is empty/],
    ['no message', answer({ choices: [{ finish_reason: 'stop' }] }), /message/],
    ['no finish reason and no content', answer(completion(null, { finish_reason: null })), /empty/],
    ['an unknown finish reason', answer(completion('half', { finish_reason: 'error' })), /finish_reason: error/],
    ['an end without a word for it', answer(completion('x', { finish_reason: 'paused' })), /finish_reason: paused/],
    ['a reply cut off by length', answer(completion('half', { finish_reason: 'length' })), /cut off/],
    ['white space', answer(completion(' \n ')), /empty/],
    ['thoughts alone', answer(completion('<think>Paris?</think>\n')), /has thoughts, but an empty answer/],
    [
      'thoughts beside nothing',
      answer(completion(null, { message: { content: '', reasoning: 'Paris?' } })),
      /thoughts/,
    ],
    ['a body of 33 MB', raw(`{"x":"${'a'.repeat(33 * 1024 * 1024)}"}`), /longer than/],
    ['status 204', (response) => response.writeHead(204).end(), /not a chat completion/],
  ];
  test.each(unusable)(
    'when the endpoint gives %s then the reply is unusable and nothing is repeated',
    async (...row) => {
      const [, handler, why] = row;
      const { server, model, waits } = await modelAt([handler]);
      const error = await failure(model);
      expect([error.code, error.details.why]).toEqual(['model-reply-unusable', expect.stringMatching(why)]);
      expect([server.seen.length, waits]).toEqual([1, []]);
    },
  );

  const strangers: [string, Handler, string, RegExp][] = [
    ['an HTML page', raw('<html>portal</html>', 'text/html'), 'no-model', /HTML page/],
    ['plain text', raw('hello', 'text/plain'), 'no-model', /plain text/],
    ['JSON of something else', answer({ status: 'ok' }), 'no-model', /without choices \(status\)/],
    ['status 404', raw('<html>', 'text/html', 404), 'no-model', /answered 404: an HTML page/],
    ['status 400', raw('<html>', 'text/html', 400), 'invalid-settings', /answered 400: an HTML page/],
    ['status 422', answer({ detail: 'no such field' }, 422), 'invalid-settings', /no such field/],
  ];
  test.each(strangers)(
    'when what answers is not a model but %s then it is said at once, with what came and where to look',
    async (_name, handler, code, why) => {
      const { server, model } = await modelAt([handler]);
      const { code: got, details } = await failure(model);
      expect([got, details.why, details.retryable]).toEqual([code, expect.stringMatching(why), false]);
      expect(details.fix).toContain(`curl ${server.baseUrl}/models`);
      expect(server.seen).toHaveLength(1);
    },
  );

  test.each([
    [400, { error: { message: "This model's maximum context length is 8192 tokens" } }],
    [413, {}],
  ])('when a request is too long (%i) then that is said, at once', async (status, body) => {
    const { server, model } = await modelAt([answer(body, status)]);
    expect(await failure(model)).toMatchObject({ code: 'invalid-input', details: { retryable: false } });
    expect(server.seen).toHaveLength(1);
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

  test.each([completion(' '), completion('half', { finish_reason: 'length' }), refusals[0]?.[1] ?? {}])(
    'when a complete reply cannot be used then what it cost is reported: %j',
    async (body) => {
      const { model } = await modelAt([answer(body)]);
      expect((await failure(model)).details.usage).toEqual({ calls: 1, input_tokens: 7, output_tokens: 3 });
    },
  );
});

describe('the network', () => {
  test('when nothing listens then the model is unavailable after four attempts', async () => {
    const { server } = await modelAt([answer({})]);
    const { baseUrl } = server;
    await server.close();
    const { model, waits } = modelFor(baseUrl);
    const error = await failure(model);
    expect([error.code, waits.length, error.details.why]).toEqual([
      'unavailable',
      3,
      expect.stringMatching(/ECONNREFUSED/),
    ]);
  });

  test('when https meets a server without encryption then the fix says so and nothing is repeated', async () => {
    const { server } = await modelAt([answer({})]);
    const { model, waits } = modelFor(server.baseUrl.replace('http:', 'https:'));
    const error = await failure(model);
    expect([error.code, error.details.fix, waits]).toEqual(['unavailable', `--base-url ${server.baseUrl}`, []]);
  });

  test("when Node's own fetch is given then bodies that stall are noticed all the same", async () => {
    const { model } = await modelAt([begin(() => undefined), answer(completion('ok'))], { fetch, idleMs: 40 });
    expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('ok');
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
    const { server, model } = await modelAt([begin(() => undefined)], { idleMs: 40 });
    const error = await failure(model);
    expect([error.code, server.seen.length]).toEqual(['timed-out', 4]);
  });

  const slow: [string, Handler][] = [
    ['no headers come', () => undefined],
    [
      'a byte comes now and then',
      begin((response) => {
        const timer = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(timer));
      }),
    ],
  ];
  test.each(slow)('when %s then the deadline ends the call', async (_name, handler) => {
    const { server, model } = await modelAt([handler], { deadlineMs: 200 });
    expect((await failure(model)).code).toBe('timed-out');
    expect(server.seen).toHaveLength(1);
  });

  test('when a body has not begun then no pause in it is too long', async () => {
    const quiet: Handler = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write(' \n');
      setTimeout(() => response.end(JSON.stringify(completion('at last'))), 200);
    };
    const { model, waits } = await modelAt([quiet], { idleMs: 20 });
    expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('at last');
    expect(waits).toEqual([]);
  });

  test('when a call says how long it may take then that counts, not what is set for the model', async () => {
    const halfAnswer = begin((response) => void setTimeout(() => response.end(), 5_000));
    const { model } = await modelAt([halfAnswer], { deadlineMs: 600_000, idleMs: 600_000 });
    await expect(model.complete(REQUEST, { signal: NEVER, timeoutMs: 100 })).rejects.toMatchObject({
      code: 'timed-out',
      message: 'custom/m gave no complete reply within 0.1 s.',
      details: { fix: expect.stringContaining('--model-timeout') },
    });
    const soon: Handler = (response) => void setTimeout(() => response.end(JSON.stringify(completion('in time'))), 50);
    const patient = (await modelAt([soon], { deadlineMs: 1 })).model;
    expect((await patient.complete(REQUEST, { signal: NEVER, timeoutMs: 600_000 })).text).toBe('in time');
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
    const { server, model } = await modelAt([answer(completion('x'))]);
    const reason = new Error('stopped');
    await expect(model.complete(REQUEST, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.seen).toHaveLength(0);
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
    expect(create).toThrow(
      expect.objectContaining({ code: 'key-rejected', message: expect.not.stringContaining('sk-1') }),
    );
  });
});
