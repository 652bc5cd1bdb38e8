import { describe, expect, test } from 'vitest';

import type { ModelMessage, ModelReply } from '../../../src/models/model.js';
import { completeStructured } from '../../../src/models/structured-reply.js';
import { modelFor, NEVER, REQUEST, useFaultServers } from '../endpoint-under-test.js';
import { answer, completion, raw, type FaultServer } from '../fault-server.js';

const modelAt = useFaultServers();

const signature = { google: { thought_signature: 'c2lnbmF0dXJl' } };
const call = { id: 'a', type: 'function', function: { name: 'look', arguments: '{}' } };
const turn = (message: object) => answer(completion(null, { message: { role: 'assistant', ...message } }));

/** The messages of the request that follows a reply. */
function followUp({ text, toolCalls, given }: ModelReply): ModelMessage[] {
  const results = toolCalls.map(({ id }) => ({ role: 'tool' as const, toolCallId: id, text: 'seen' }));
  return [...REQUEST.messages, { role: 'assistant', text, toolCalls, given }, ...results];
}

const sentBack = (server: FaultServer, request = 1): Record<string, unknown> =>
  JSON.parse(server.seen[request]?.body ?? '{}').messages[1];

const given: [string, object, object][] = [
  ['a signature of a call', { tool_calls: [{ ...call, extra_content: signature }] }, {}],
  ['a signature of a message', { content: 'hi', extra_content: signature }, {}],
  ['thoughts beside a call', { tool_calls: [call], reasoning_content: 'hm' }, {}],
  ['encrypted thoughts', { tool_calls: [call], reasoning_details: [{ type: 'reasoning.encrypted', data: 'x' }] }, {}],
  ['blocks with signatures', { tool_calls: [call], thinking_blocks: [{ thinking: 'hm', signature: 'x' }] }, {}],
  ['a field inside a function', { tool_calls: [{ ...call, function: { ...call.function, signature: 'x' } }] }, {}],
  ['thoughts in the text', { content: '<think>hm</think>hi', tool_calls: [call] }, {}],
  [
    'thoughts as a part',
    {
      content: [
        { type: 'thinking', thinking: 'hm' },
        { type: 'text', text: 'hi' },
      ],
    },
    {},
  ],
  ['an id of nine characters', { tool_calls: [{ ...call, id: 'a00000001' }] }, {}],
  [
    'empty fields',
    { tool_calls: [call], refusal: null, annotations: [], audio: null },
    { refusal: 1, annotations: 1, audio: 1 },
  ],
];

describe('what a server gave with a turn', () => {
  test.each(given)('when it is %s then it goes back as it came', async (_what, message, dropped) => {
    const { server, model } = await modelAt([turn(message), answer(completion('done'))]);
    const reply = await model.complete(REQUEST, { signal: NEVER });
    const messages = followUp(JSON.parse(JSON.stringify(reply)) as ModelReply);
    await model.complete({ messages }, { signal: NEVER });
    const kept = Object.entries(message).filter(([name]) => !(name in dropped));
    expect(sentBack(server)).toMatchObject({ role: 'assistant', ...Object.fromEntries(kept) });
    for (const name of Object.keys(dropped)) expect(sentBack(server)).not.toHaveProperty(name);
  });

  test.each([
    ['another endpoint', (base: string) => modelFor(base.replace('127.0.0.1', 'localhost')).model],
    ['another model', (base: string) => modelFor(base, { modelName: 'other' }).model],
  ])('when the next request goes to %s then it does not get it', async (_what, other) => {
    const { server, model } = await modelAt([
      turn({ content: '<think>hm</think>hi', tool_calls: [{ ...call, extra_content: signature }], reasoning: 'hm' }),
      answer(completion('done')),
    ]);
    const reply = await model.complete(REQUEST, { signal: NEVER });
    await other(server.baseUrl).complete({ messages: followUp(reply) }, { signal: NEVER });
    expect(sentBack(server)).toEqual({ role: 'assistant', content: 'hi', tool_calls: [call] });
  });

  test('when it is in channels then only the answer goes back, which a server puts into a channel itself', async () => {
    const content = '<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>hi';
    const { server, model } = await modelAt([turn({ content }), answer(completion('done'))]);
    const reply = await model.complete(REQUEST, { signal: NEVER });
    await model.complete({ messages: followUp(reply) }, { signal: NEVER });
    expect(sentBack(server)).toEqual({ role: 'assistant', content: 'hi' });
  });

  test('when a reply is to be corrected then it goes back with it, too', async () => {
    const { server, model } = await modelAt([
      turn({ content: '7', reasoning_details: [{ data: 'x' }] }),
      answer(completion('{"n":7}')),
    ]);
    const validate = (value: unknown) => (value === 7 ? ['must be an object'] : []);
    const options = { name: 'n', schema: { type: 'object' }, validate, signal: NEVER };
    expect((await completeStructured(model, REQUEST, options)).value).toEqual({ n: 7 });
    const { messages } = JSON.parse(server.seen[1]?.body ?? '');
    expect(messages.at(-2)).toEqual({ role: 'assistant', content: '7', reasoning_details: [{ data: 'x' }] });
  });

  test('when it came in pieces of a stream then it goes back whole', async () => {
    const deltas = [
      { role: 'assistant', reasoning_content: 'h' },
      { reasoning_content: 'm' },
      { tool_calls: [{ index: 0, ...call, function: { name: 'look', arguments: '{' }, extra_content: signature }] },
      { tool_calls: [{ index: 0, function: { arguments: '}' } }] },
    ];
    const pieces = deltas.map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] }));
    const end = { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] };
    const events = [...pieces, end].map((piece) => `data: ${JSON.stringify(piece)}\n\n`);
    const { server, model } = await modelAt([raw(`${events.join('')}data: [DONE]\n\n`), answer(completion('done'))]);
    const reply = await model.complete(REQUEST, { signal: NEVER });
    expect(reply).toMatchObject({ reasoning: 'hm', toolCalls: [{ id: 'a', name: 'look', arguments: '{}' }] });
    await model.complete({ messages: followUp(reply) }, { signal: NEVER });
    expect(sentBack(server)).toEqual({
      role: 'assistant',
      content: null,
      reasoning_content: 'hm',
      tool_calls: [{ ...call, extra_content: signature }],
    });
  });

  test('when two calls of a reply have one id then each gets its own, and its own fields', async () => {
    const calls = ['x', 'y'].map((extra_content) => ({ ...call, id: 'call_0', extra_content }));
    const { server, model } = await modelAt([turn({ tool_calls: calls }), answer(completion('done'))]);
    const reply = await model.complete(REQUEST, { signal: NEVER });
    await model.complete({ messages: followUp(reply) }, { signal: NEVER });
    expect(sentBack(server)['tool_calls']).toMatchObject([
      { id: 'call_0', extra_content: 'x' },
      { id: 'call_0_1', extra_content: 'y' },
    ]);
  });

  test.each([
    ["property 'reasoning_content' is unsupported", 400],
    ['messages.1.reasoning_content: Extra inputs are not permitted', 422],
    ['Unknown name "reasoning_content" at \'messages[1]\': Cannot find field.', 400],
  ])('when the server says %s then it gets the rest without the field', async (message, status) => {
    const { server, model, waits } = await modelAt([
      turn({ tool_calls: [{ ...call, extra_content: signature }], reasoning_content: 'hm' }),
      answer({ error: { message } }, status),
      answer(completion('done')),
    ]);
    const messages = followUp(await model.complete(REQUEST, { signal: NEVER }));
    for (const _ of [1, 2]) expect((await model.complete({ messages }, { signal: NEVER })).text).toBe('done');
    expect(sentBack(server, 1)).toHaveProperty('reasoning_content');
    for (const request of [2, 3]) {
      expect(sentBack(server, request)).not.toHaveProperty('reasoning_content');
      expect(sentBack(server, request)).toMatchObject({ tool_calls: [{ extra_content: signature }] });
    }
    expect([server.seen.length, waits]).toEqual([4, []]);
  });

  test('when a record was edited by hand then nothing breaks', async () => {
    const { server, model } = await modelAt([
      turn({ tool_calls: [call], reasoning: 'hm' }),
      answer(completion('done')),
    ]);
    const reply = await model.complete(REQUEST, { signal: NEVER });
    const fields = { message: 'hm', calls: [1], more: null };
    const edited = { ...reply, given: reply.given && { ...reply.given, fields } };
    expect((await model.complete({ messages: followUp(edited) }, { signal: NEVER })).text).toBe('done');
    expect(sentBack(server)).toEqual({ role: 'assistant', content: null, tool_calls: [call] });
  });
});
