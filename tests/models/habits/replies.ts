import { brotliCompressSync, gzipSync } from 'node:zlib';

import { answer, completion, raw, type Handler } from '../fault-server.js';
import { openai } from './error-row.js';
import type { Habit } from './habit.js';

const TOOLS = [
  { name: 'f', description: 'Does it.', parameters: { type: 'object', properties: { x: { type: 'integer' } } } },
];
const ok = answer(completion('hi'));
const body = JSON.stringify(completion('hi'));

const says = (server: string, does: string, ...answers: [Handler, ...Handler[]]): Habit => ({
  server,
  does,
  answers,
  expected: { text: 'hi', requests: answers.length },
});

const message = (fields: object, choice: object = {}): Handler =>
  answer(completion(null, { message: { role: 'assistant', ...fields }, ...choice }));

const calls = (
  server: string,
  does: string,
  call: object,
  fields: object = {},
  end: string | null = 'tool_calls',
): Habit => ({
  server,
  does,
  answers: [message({ content: null, tool_calls: [call], ...fields }, { finish_reason: end })],
  tools: TOOLS,
  expected: { calls: ['f {"x":1}'], requests: 1 },
});

const call = (fields: object = {}): object => ({
  id: 'call_1',
  type: 'function',
  function: { name: 'f', arguments: '{"x":1}' },
  ...fields,
});
const named = (name: string): object => call({ function: { name, arguments: '{"x":1}' } });
const given = (args: unknown): object => call({ function: { name: 'f', arguments: args } });

const written = (server: string, does: string, content: string): Habit => ({
  server,
  does,
  answers: [message({ content }, { finish_reason: 'stop' })],
  tools: TOOLS,
  expected: { calls: ['f {"x":1}'], requests: 1 },
});

/** Calls in all the forms in which they come. */
export const CALLS: Habit[] = [
  calls('OpenAI', 'calls as documented', call()),
  calls('llama.cpp', 'gives arguments as an object', given({ x: 1 })),
  calls('DashScope', 'encodes arguments twice', given('"{\\"x\\":1}"')),
  calls('local models', 'write a Python dict', given("{'x': 1}")),
  calls('local models', 'write a trailing comma', given('{"x":1,}')),
  calls('local models', 'put arguments into a code block', given('```json\n{"x":1}\n```')),
  calls('Ollama', 'gives no id', { type: 'function', function: { name: 'f', arguments: '{"x":1}' } }),
  calls('Google', 'gives an empty id', call({ id: '' })),
  calls('hand-made servers', 'give a number as id', call({ id: 7 })),
  calls('several', 'give no type', { id: 'a', function: { name: 'f', arguments: '{"x":1}' } }),
  calls('Anthropic', 'says something beside a call', call(), { content: 'I will do that.' }),
  calls('many', 'give null for all that is not used', call(), {
    refusal: null,
    function_call: null,
    audio: null,
    reasoning_content: null,
  }),
  calls('Kimi', 'writes functions. and a number around the name', named('functions.f:0')),
  calls('Google', 'writes default_api: before the name', named('default_api:f')),
  calls('gpt-oss', 'leaves a channel behind the name', named('f<|channel|>commentary')),
  calls('Ollama', 'ends with stop', call(), {}, 'stop'),
  calls('gateways', 'end with function_call', call(), {}, 'function_call'),
  calls('Bedrock', 'ends with tool_use', call(), {}, 'tool_use'),
  calls('Google', 'ends with STOP', call(), {}, 'STOP'),
  calls('several', 'end with nothing', call(), {}, null),
  calls('Google', 'signs its calls', call({ extra_content: { google: { thought_signature: 'c2ln' } } })),
  written(
    'Qwen without a parser',
    'writes a call as XML',
    '<tool_call>\n{"name": "f", "arguments": {"x": 1}}\n</tool_call>',
  ),
  written(
    'Mistral without a parser',
    'writes a call behind a mark',
    '[TOOL_CALLS][{"name": "f", "arguments": {"x": 1}}]',
  ),
  written('small models', 'write a call into a code block', '```json\n{"name": "f", "arguments": {"x": 1}}\n```'),
];

const thought = 'Let me think: {"x":2}?';

/** Texts in all the forms in which they come. */
export const TEXTS: Habit[] = [
  says('OpenAI', 'answers as documented', ok),
  says(
    'OpenAI-like servers',
    'give a list of parts',
    message({
      content: [
        { type: 'text', text: 'h' },
        { type: 'text', text: 'i' },
      ],
    }),
  ),
  says(
    'Mistral',
    'gives a part with thoughts',
    message({
      content: [
        { type: 'thinking', thinking: [{ type: 'text', text: thought }] },
        { type: 'text', text: 'hi' },
      ],
    }),
  ),
  says('DeepSeek', 'gives thoughts beside the text', message({ content: 'hi', reasoning_content: thought })),
  says(
    'OpenRouter',
    'gives thoughts in two fields',
    message({ content: 'hi', reasoning: thought, reasoning_details: [{ type: 'reasoning.text', text: thought }] }),
  ),
  says('Ollama', 'leaves thoughts in the text', message({ content: `<think>\n${thought}\n</think>\n\nhi` })),
  says(
    'DeepSeek in vLLM',
    'leaves the end of thoughts in the text',
    message({ content: `${thought}\n</think>\n\nhi` }),
  ),
  says(
    'gpt-oss without a parser',
    'leaves channels in the text',
    message({
      content: `<|channel|>analysis<|message|>${thought}<|end|><|start|>assistant<|channel|>final<|message|>hi<|return|>`,
    }),
  ),
  says('vLLM', 'gives an empty list of calls', message({ content: 'hi', tool_calls: [] })),
  says('Together', 'ends with eos', answer(completion('hi', { finish_reason: 'eos' }))),
  says('xAI', 'ends with end_turn', answer(completion('hi', { finish_reason: 'end_turn' }))),
  says(
    'a gateway that forgot n',
    'gives two choices',
    answer({
      ...completion('hi'),
      choices: [
        { index: 0, finish_reason: 'stop', message: { content: 'hi' } },
        { index: 1, finish_reason: 'length', message: { content: 'x' } },
      ],
    }),
  ),
  says(
    'Groq',
    'gives fields of its own',
    answer({ ...completion('hi'), x_groq: { id: 'r' }, created: 1.5e9 + 0.25, model: null, id: null }),
  ),
  says('proxies', 'give null as usage', answer({ ...completion('hi'), usage: null })),
  says('gateways', 'give null as error', answer({ ...completion('hi'), error: null, code: 0, msg: '' })),
  says('Ollama', 'calls JSON plain text', raw(body, 'text/plain; charset=utf-8')),
  says('GitHub Models', 'gives no content type', (response) => response.end(body)),
  says('.NET servers', 'put a mark before the JSON', raw(`\uFEFF${body}`)),
  says('DeepSeek', 'sends empty lines before the reply', raw(`\n\n\n${body}`)),
  says(
    'OpenRouter',
    'sends comments before the reply',
    raw(`: OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n${body}`),
  ),
  says('proxies', 'pack what should not be packed', (response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(body)),
  ),
  says('Cloudflare', 'packs it with br', (response) =>
    response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync(body)),
  ),
  says('proxies', 'pack it twice', (response) =>
    response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(gzipSync(gzipSync(body))),
  ),
  says(
    'small servers',
    'speak HTTP/1.0',
    (response) => void response.socket?.end(`HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n${body}`),
  ),
  says('slow networks', 'send a few bytes at a time', (response) => {
    for (let at = 0; at < body.length; at += 9) response.write(body.slice(at, at + 9));
    response.end();
  }),
  says('networks', 'reset a connection', (response) => response.destroy(), ok),
  says('nginx', 'answers with a page once', raw('<html><title>502 Bad Gateway</title></html>', 'text/html', 502), ok),
  says(
    'OpenRouter',
    'hides an error in status 200 once',
    answer({ error: { code: 429, message: 'Rate limited upstream' } }),
    ok,
  ),
  says(
    'OpenRouter',
    'hides an error in a choice once',
    answer(completion('', { finish_reason: 'error', error: { code: 502, message: 'gone' } })),
    ok,
  ),
  says(
    'OpenRouter',
    'hides an error beside an empty choice once',
    answer({ ...completion(null), error: { code: 429, message: 'Provider returned error' } }),
    ok,
  ),
  says(
    'Google',
    'hides an error in a list with status 200 once',
    answer([{ error: { code: 503, message: 'The model is overloaded.' } }]),
    ok,
  ),
  says('llama.cpp', 'loads a model', answer({ error: { code: 503, message: 'Loading model' } }, 503), ok),
  says(
    'Anthropic',
    'is overloaded once',
    answer({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }, 529),
    ok,
  ),
  says(
    'DashScope',
    'does nothing but stream',
    answer(openai('This model only support stream mode'), 400),
    raw(
      'data: {"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n',
      'text/event-stream',
    ),
  ),
  says(
    'strict servers',
    'do not know the field stream',
    answer(openai('Unrecognized request argument supplied: stream'), 400),
    ok,
  ),
];

/** Replies that cannot be used, and why. */
export const UNUSABLE: Habit[] = (
  [
    ['Azure', 'filters a reply', completion('', { finish_reason: 'content_filter' }), 'model-refused', /filtered/],
    [
      'OpenAI',
      'refuses in words',
      completion(null, { message: { content: null, refusal: 'I cannot help.' } }),
      'model-refused',
      /I cannot help/,
    ],
    ['Ollama', 'cuts a reply off', completion('h', { finish_reason: 'length' }), 'model-reply-unusable', /cut off/],
    [
      'LM Studio',
      'gives thoughts and no answer',
      completion(null, { message: { content: '', reasoning_content: thought } }),
      'model-reply-unusable',
      /thoughts, but/,
    ],
    [
      'Azure',
      'gives no choice',
      { ...completion('x'), choices: [], prompt_filter_results: [] },
      'model-reply-unusable',
      /choices is empty/,
    ],
    [
      'a captive portal',
      'gives a page with status 200',
      '<html><title>Log in</title></html>',
      'no-model',
      /HTML page, "Log in"/,
    ],
    ['a health check', 'gives other JSON', { status: 'ok' }, 'no-model', /without choices/],
    ['a proxy', 'gives a word', 'OK', 'no-model', /plain text \(OK\)/],
  ] as const
).map(([server, does, reply, code, why]) => ({
  server,
  does,
  answers: [typeof reply === 'string' ? raw(reply, 'text/html') : answer(reply)],
  expected: { code, why, requests: 1 },
}));
