import { expect, test } from 'vitest';

import type { ModelRequest } from '../../../src/models/model.js';
import { failure, NEVER, useFaultServers } from '../endpoint-under-test.js';
import { answer, completion } from '../fault-server.js';

const modelAt = useFaultServers();

const tools = [{ name: 'look', description: 'Looks.', parameters: { type: 'object' } }];
const REQUEST: ModelRequest = { messages: [{ role: 'user', text: 'hello' }], tools };
const ARGS = { text: 'x' };
const inside = { name: 'look', arguments: JSON.stringify(ARGS) };
const call = { id: 'a', type: 'function', function: inside };

async function read(choice: object) {
  const { model } = await modelAt([answer(completion(null, choice))]);
  const { text, toolCalls } = await model.complete(REQUEST, { signal: NEVER });
  return { text, calls: toolCalls.map(({ name, arguments: args }) => ({ name, args: JSON.parse(args) as unknown })) };
}

const texts: [string, object][] = [
  ['a text', { message: { content: 'hi' } }],
  [
    'parts',
    {
      message: {
        content: [
          { type: 'text', text: 'h' },
          { type: 'text', text: 'i' },
        ],
      },
    },
  ],
  ['parts of the Responses API', { message: { content: [{ type: 'output_text', text: 'hi' }] } }],
  ['parts without a type', { message: { content: [{ text: 'hi' }] } }],
  ['bare texts', { message: { content: ['h', 'i'] } }],
  ['one part', { message: { content: { type: 'text', text: 'hi' } } }],
  ['a choice of a stream', { message: undefined, delta: { content: 'hi' } }],
  ['a completion before there was chat', { message: undefined, text: 'hi' }],
  ['no calls as an object', { message: { content: 'hi', tool_calls: {} } }],
  [
    'an empty call beside it',
    { message: { content: 'hi', tool_calls: [{ id: '', function: { name: '', arguments: '' } }] } },
  ],
  ['a call of nothing beside it', { message: { content: 'hi', tool_calls: [{ function: {} }] } }],
  ...['<|im_end|>', '</s>', '<|endoftext|>', '<|eot_id|>', '<end_of_turn>', '<｜end▁of▁sentence｜>'].map(
    (mark): [string, object] => [`a text with ${mark} behind it`, { message: { content: `hi${mark}` } }],
  ),
  ...['<|start_header_id|>assistant<|end_header_id|>\n\n', '<|im_start|>assistant\n'].map((mark): [string, object] => [
    `a text with ${JSON.stringify(mark)} before it`,
    { message: { content: `${mark}hi` } },
  ]),
  ['an end that is not a word', { message: { content: 'hi' }, finish_reason: 7 }],
];
test.each(texts)('when a text comes as %s then it is read', async (_form, choice) => {
  expect(await read(choice)).toEqual({ text: 'hi', calls: [] });
});

test('when a text ends in what is struck through then that stays', async () => {
  const text = 'Not <s>Lyon</s>';
  expect(await read({ message: { content: text } })).toEqual({ text, calls: [] });
});

const forms: [string, object][] = [
  ['in a list', { tool_calls: [call] }],
  ['alone', { tool_calls: call }],
  ['without a type', { tool_calls: [{ id: 'a', function: inside }] }],
  ['without the object around the function', { tool_calls: [{ id: 'a', type: 'function', ...inside }] }],
  ['with parameters', { tool_calls: [{ id: 'a', function: { name: 'look', parameters: ARGS } }] }],
  ['with an input', { tool_calls: [{ id: 'a', name: 'look', input: ARGS }] }],
  ['with arguments as an object', { tool_calls: [{ ...call, function: { name: 'look', arguments: ARGS } }] }],
  ['with a number as id', { tool_calls: [{ ...call, id: 7 }] }],
  ['of the old protocol', { function_call: inside }],
  ['of the old protocol beside an empty list', { tool_calls: [], function_call: inside }],
  ['as a part', { content: [{ type: 'tool_use', id: 'a', name: 'look', input: ARGS }] }],
  ['as a part of the Responses API', { content: [{ type: 'function_call', call_id: 'a', ...inside }] }],
  ['twice, in two forms', { tool_calls: [call], function_call: inside }],
];
test.each(forms)('when a call comes %s then it is read', async (_form, message) => {
  expect(await read({ message: { content: null, ...message } })).toEqual({
    text: '',
    calls: [{ name: 'look', args: ARGS }],
  });
});

test.each([
  ['a message of a number', { message: 7 }],
  ['content of numbers', { message: { content: [7] } }],
  ['calls as a text', { message: { tool_calls: 'look' } }],
  ['no message', { message: undefined }],
])('when a choice has %s then it is not a reply, and what is wrong is said', async (_what, choice) => {
  const { model } = await modelAt([answer(completion(null, choice))]);
  const { code, details } = await failure(model);
  expect([code, details.why]).toEqual([
    'model-reply-unusable',
    expect.stringMatching(/not a chat completion: choices.0/),
  ]);
});
