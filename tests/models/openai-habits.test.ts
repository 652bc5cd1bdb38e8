import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { failure, modelFor, NEVER, REQUEST, useFaultServers } from './endpoint-under-test.js';
import { answer, completion, raw, type Handler } from './fault-server.js';

const modelAt = useFaultServers();

describe('what servers want to be sent', () => {
  test.each(['/chat/completions', '/chat/completions/'])(
    'when the base URL ends in %s then that is not sent twice',
    async (end) => {
      const { server } = await modelAt([answer(completion('hi'))]);
      const { model } = modelFor(`${server.baseUrl}${end}`);
      await model.complete(REQUEST, { signal: NEVER });
      expect(server.seen[0]?.url).toBe('/v1/chat/completions');
    },
  );

  test('when a server does not know the field stream then it gets no more of it', async () => {
    const refusal = answer({ error: { message: 'Unrecognized request argument supplied: stream' } }, 400);
    const { server, model, waits } = await modelAt([refusal, answer(completion('hi'))]);
    for (const _ of [1, 2]) expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('hi');
    const sent = server.seen.map(({ body }): unknown => JSON.parse(body));
    expect(sent).toEqual([
      { model: 'm', messages: [{ role: 'user', content: 'hello' }], stream: false },
      { model: 'm', messages: [{ role: 'user', content: 'hello' }] },
      { model: 'm', messages: [{ role: 'user', content: 'hello' }] },
    ]);
    expect(waits).toEqual([]);
  });

  test('when arguments of an earlier call are not JSON then the server gets JSON all the same', async () => {
    const { server, model } = await modelAt([answer(completion('hi'))]);
    const toolCalls = ['', '{"a":', '{"a":1}'].map((args, index) => ({ id: `${index}`, name: 'f', arguments: args }));
    await model.complete({ messages: [{ role: 'assistant', text: '', toolCalls }] }, { signal: NEVER });
    const [sent] = JSON.parse(server.seen[0]?.body ?? '').messages;
    expect(sent.tool_calls.map((call: { function: { arguments: string } }) => call.function.arguments)).toEqual([
      '{}',
      '{"unreadable":"{\\"a\\":"}',
      '{"a":1}',
    ]);
  });

  test('when texts hold halves of characters then whole characters are sent, and all else is as it was', async () => {
    const { server, model } = await modelAt([answer(completion('hi'))]);
    const messages = [{ role: 'user' as const, text: 'cut \ud83d, 😀 \\ud83d "\n" \udc00' }];
    const tools = [{ name: 'f', description: '\ud800', parameters: { enum: ['a\ud800'] } }];
    await model.complete({ messages, tools }, { signal: NEVER });
    expect(JSON.parse(server.seen[0]?.body ?? '')).toMatchObject({
      messages: [{ content: 'cut \ufffd, 😀 \\ud83d "\n" \ufffd' }],
      tools: [{ function: { description: '\ufffd', parameters: { enum: ['a\ufffd'] } } }],
    });
    expect(server.seen[0]?.body).not.toMatch(/[^\\]\\ud/);
  });
});

describe('how servers answer', () => {
  const ends = [
    'stop',
    'tool_calls',
    'eos',
    'end_turn',
    'STOP',
    'stop_sequence',
    'tool_use',
    'tool-calls',
    '',
    null,
    'end_of_turn',
    'done',
    'FINISHED',
    'FINISH_REASON_STOP',
    { type: 'stop', matched: 2 },
  ];
  test.each(ends)('when a whole reply ends with %j then it is finished', async (end) => {
    const { model } = await modelAt([answer(completion('hi', { finish_reason: end }))]);
    expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('hi');
  });

  const saidOtherwise: [string, string, RegExp][] = [
    ['length', 'model-reply-unusable', /cut off/],
    ['MAX_TOKENS', 'model-reply-unusable', /cut off/],
    ['model_length', 'model-reply-unusable', /cut off/],
    ['content_filter', 'model-refused', /filtered.*content_filter/],
    ['max_length', 'model-reply-unusable', /cut off/],
    ['model_context_window_exceeded', 'model-reply-unusable', /cut off/],
    ['FINISH_REASON_MAX_TOKENS', 'model-reply-unusable', /cut off/],
    ['sensitive', 'model-refused', /filtered.*sensitive/],
    ['SAFETY', 'model-refused', /filtered.*SAFETY/],
    ['guardrail_intervened', 'model-refused', /filtered/],
    ['error', 'model-reply-unusable', /finish_reason: error/],
    ['malformed_function_call', 'model-reply-unusable', /malformed_function_call/],
  ];
  test.each(saidOtherwise)('when a reply ends with %s then that is what it means', async (end, code, why) => {
    const { model } = await modelAt([answer(completion('half', { finish_reason: end }))]);
    const error = await failure(model);
    expect([error.code, error.details.why]).toEqual([code, expect.stringMatching(why)]);
  });

  const elsewhere: [string, object][] = [
    ['in a field of another name', { finish_reason: undefined, finishReason: 'length' }],
    ['in the field of Anthropic', { finish_reason: undefined, stop_reason: 'max_tokens' }],
    ['as an object', { finish_reason: { type: 'length', length: 5 } }],
  ];
  test.each(elsewhere)(
    'when a reply says %s that it was cut off then it is not taken for whole',
    async (_where, end) => {
      const { model } = await modelAt([answer(completion('half', end))]);
      expect((await failure(model)).details.why).toMatch(/cut off/);
    },
  );

  test('when an empty reply comes with the reason of what stands behind the server then that is told', async () => {
    const { model } = await modelAt([answer(completion('', { native_finish_reason: 'MALFORMED_FUNCTION_CALL' }))]);
    expect((await failure(model)).details.why).toBe('It is empty (finish_reason: MALFORMED_FUNCTION_CALL).');
  });

  test('when a call comes in the old protocol then it is a call', async () => {
    const message = { content: null, function_call: { name: 'f', arguments: '{"a":1}' } };
    const { model } = await modelAt([answer(completion(null, { message, finish_reason: 'function_call' }))]);
    const { toolCalls } = await model.complete(REQUEST, { signal: NEVER });
    expect(toolCalls).toEqual([{ id: 'call_0', name: 'f', arguments: '{"a":1}' }]);
  });

  test('when calls end with the word of the old protocol then they are finished, too', async () => {
    const message = { content: null, tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{}' } }] };
    const { model } = await modelAt([answer(completion(null, { message, finish_reason: 'function_call' }))]);
    const { toolCalls } = await model.complete(REQUEST, { signal: NEVER });
    expect(toolCalls).toEqual([{ id: 'a', name: 'f', arguments: '{}' }]);
  });

  test.each(['text/plain', '', 'text/html', 'application/octet-stream'])(
    'when JSON comes with the content type "%s" then it is read',
    async (type) => {
      const { model } = await modelAt([raw(`\uFEFF\n${JSON.stringify(completion('hi'))}`, type)]);
      expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('hi');
    },
  );

  test('when JSON comes without a content type then it is read', async () => {
    const { model } = await modelAt([(response) => response.end(JSON.stringify(completion('hi')))]);
    expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('hi');
  });

  const packed =
    (body: Uint8Array, encoding: string, status = 200): Handler =>
    (response) =>
      response.writeHead(status, { 'content-type': 'application/json', 'content-encoding': encoding }).end(body);
  const packers: [string, (text: string) => Uint8Array][] = [
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ];
  test.each(packers)('when a reply is packed with %s unasked then it is unpacked', async (encoding, pack) => {
    const { model } = await modelAt([packed(pack(JSON.stringify(completion('hi'))), encoding)]);
    expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('hi');
  });

  test('when an error is packed then the words of the server are told', async () => {
    const body = gzipSync(JSON.stringify({ error: { message: 'no such field' } }));
    const { model } = await modelAt([packed(body, 'gzip', 422)]);
    expect((await failure(model)).details.why).toContain('no such field');
  });

  test('when a packed reply is far longer unpacked than a reply may be then it is refused', async () => {
    const { model } = await modelAt([packed(gzipSync('a'.repeat(100_000)), 'gzip')], { maxBytes: 50_000 });
    expect((await failure(model)).details.why).toContain('longer than');
  });

  test('when a packed reply is cut off or broken then it is asked for again', async () => {
    const whole = gzipSync(JSON.stringify(completion('hi')));
    const { model, waits } = await modelAt([
      packed(whole.subarray(0, 40), 'gzip'),
      packed(Buffer.from('not packed'), 'gzip'),
      packed(whole, 'gzip'),
    ]);
    expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('hi');
    expect(waits).toHaveLength(2);
  });

  const brokenOff = (code: number) =>
    answer(completion('', { finish_reason: 'error', error: { code, message: 'The provider went away' } }));

  test('when a reply ends in an error of what stands behind the server then it is asked for again', async () => {
    const { model, waits } = await modelAt([brokenOff(502), answer(completion('hi'))]);
    expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('hi');
    expect(waits).toHaveLength(1);
  });

  test('when every reply ends in an error then the words of that error are told', async () => {
    const { model } = await modelAt([brokenOff(503)]);
    const { code, details } = await failure(model);
    expect([code, details.why]).toEqual(['unavailable', expect.stringContaining('The provider went away')]);
  });

  test('when usage comes as text then it counts', async () => {
    const usage = { prompt_tokens: '70', completion_tokens: '3' };
    const { model } = await modelAt([answer({ ...completion('hi'), usage })]);
    expect((await model.complete(REQUEST, { signal: NEVER })).usage).toEqual({
      calls: 1,
      input_tokens: 70,
      output_tokens: 3,
    });
  });

  const uncounted = [undefined, null, 'none', { prompt_tokens: -5, completion_tokens: 'x' }, { prompt_tokens: 0 }];
  test('when usage has the names of Anthropic then it counts', async () => {
    const { model } = await modelAt([answer({ ...completion('hi'), usage: { input_tokens: 70, output_tokens: 3 } })]);
    const { usage } = await model.complete(REQUEST, { signal: NEVER });
    expect(usage).toEqual({ calls: 1, input_tokens: 70, output_tokens: 3 });
  });

  test('when only the total has what was thought then that counts, too', async () => {
    const said = { prompt_tokens: 70, completion_tokens: 3, total_tokens: 573 };
    const { model } = await modelAt([answer({ ...completion('hi'), usage: said })]);
    const { usage } = await model.complete(REQUEST, { signal: NEVER });
    expect(usage).toEqual({ calls: 1, input_tokens: 70, output_tokens: 503 });
  });

  test.each(uncounted)('when usage is %j then it is estimated by characters, and says so', async (usage) => {
    const { model } = await modelAt([answer({ ...completion('hi'.repeat(500)), usage })]);
    const reply = await model.complete({ messages: [{ role: 'user', text: 'x'.repeat(4_000) }] }, { signal: NEVER });
    expect(reply.usage).toEqual({ calls: 1, input_tokens: 1_011, output_tokens: 259, estimated: true });
  });

  test('when only one number is missing then only that one is estimated', async () => {
    const { model } = await modelAt([answer({ ...completion('hi'), usage: { prompt_tokens: 7 } })]);
    const { usage } = await model.complete(REQUEST, { signal: NEVER });
    expect(usage).toEqual({ calls: 1, input_tokens: 7, output_tokens: expect.any(Number), estimated: true });
    expect(usage.output_tokens).toBeGreaterThan(0);
  });
});
