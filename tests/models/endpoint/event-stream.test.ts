import { describe, expect, test } from 'vitest';

import { readEventStream } from '../../../src/models/endpoint/event-stream.js';
import { failure, NEVER, REQUEST, useFaultServers } from '../endpoint-under-test.js';
import { answer, completion, raw, type Handler } from '../fault-server.js';

const modelAt = useFaultServers();

const chunk = (delta: object, end: string | null = null) => ({ choices: [{ index: 0, delta, finish_reason: end }] });
const data = (...chunks: (object | string)[]): string =>
  chunks.map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`).join('');
const stream = (text: string, status = 200): Handler => raw(text, 'text/event-stream', status);

const HI = data(chunk({ role: 'assistant', content: 'h' }), chunk({ content: 'i' }), chunk({}, 'stop'));
const JSON_HI = JSON.stringify(completion('hi'));

describe('text that comes as events', () => {
  const streams: [string, string][] = [
    ['as documented', `${HI}data: [DONE]\n\n`],
    ['without a last mark', HI],
    ['without a finish reason', data(chunk({ content: 'hi' }), '[DONE]')],
    ['with an empty finish reason in each piece', data(chunk({ content: 'hi' }, ''), '[DONE]')],
    ['with comments and keep-alives', `: OPENROUTER PROCESSING\n\n:\n\ndata: \n\nevent: ping\ndata: ping\n\n${HI}`],
    ['with other fields', `retry: 3000\nid: 1\nevent: message\n${HI}`],
    ['with a byte order mark', `\uFEFF${HI}`],
    ['with line ends of Windows', HI.replaceAll('\n', '\r\n')],
    ['with line ends of old Macs', HI.replaceAll('\n', '\r')],
    ['without a space behind the colon', HI.replaceAll('data: ', 'data:')],
    ['without empty lines between events', `${HI.replaceAll('\n\n', '\n')}data: [DONE]\n`],
    ['without a line end at its end', `${HI}data: [DONE]`],
    ['with the mark glued to the last piece', `${HI.trimEnd()}data: [DONE]\n\n`],
    ['with the bare mark glued to the last piece', `${HI.trimEnd()}[DONE]\n\n`],
    ['with pieces glued together', HI.replaceAll('\n\ndata: ', 'data: ')],
    ['with nothing between pieces on a line', HI.replaceAll('\n\ndata: ', '')],
    ['with one piece over several lines', HI.replaceAll('{"choices"', '{\ndata: "choices"')],
    ['with usage alone at its end', `${HI}${data({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 3 } })}`],
    ['with filter results alone at its beginning', `${data({ choices: [], prompt_filter_results: [] })}${HI}`],
    [
      'with the whole message once more at its end',
      `${HI}${data({ choices: [{ index: 0, message: { content: 'hi' } }] })}`,
    ],
    ['as one whole completion', data(completion('hi'), '[DONE]')],
    ['with nulls for all that is not said', data(chunk({ content: 'hi', tool_calls: null, refusal: null }, 'stop'))],
    [
      'with other choices beside it',
      data({ choices: [{ index: 1, delta: { content: 'no' } }] }, chunk({ content: 'hi' }, 'stop')),
    ],
    ['as lines of JSON', HI.replaceAll('data: ', '').replaceAll('\n\n', '\n')],
    ['as JSON with the mark behind it', `${JSON_HI}\n\ndata: [DONE]\n\n`],
    ['as JSON with the bare mark glued to it', `${JSON_HI}[DONE]`],
    ['as JSON after comments', `: keep-alive\n\n: keep-alive\r\n\r\n${JSON_HI}`],
    ['as JSON after empty lines', `\n\n\n${JSON_HI}`],
  ];
  test.each(streams)('when a reply is streamed %s then it is put together', async (_name, body) => {
    for (const type of ['text/event-stream', 'application/json']) {
      const { model } = await modelAt([raw(body, type)]);
      expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('hi');
    }
  });

  test('when usage comes with a piece then it counts, also where Groq writes it', async () => {
    const usage = { prompt_tokens: 70, completion_tokens: 30 };
    for (const last of [
      { choices: [], usage },
      { choices: [], x_groq: { usage } },
    ]) {
      const { model } = await modelAt([stream(HI + data(last))]);
      const reply = await model.complete(REQUEST, { signal: NEVER });
      expect(reply.usage).toEqual({ calls: 1, input_tokens: 70, output_tokens: 30 });
    }
  });
});

describe('calls that come as events', () => {
  const call = (part: object) => chunk({ tool_calls: [part] });
  const [begin, middle, end] = ['{"x"', ':', '1}'];
  const streams: [string, (object | string)[]][] = [
    [
      'in pieces',
      [
        call({ index: 0, id: 'a', function: { name: 'f', arguments: begin } }),
        call({ index: 0, function: { arguments: middle } }),
        call({ index: 0, function: { arguments: end } }),
      ],
    ],
    [
      'with id and name in each piece',
      [begin, middle, end].map((part) =>
        call({ index: 0, id: 'a', type: 'function', function: { name: 'f', arguments: part } }),
      ),
    ],
    [
      'with an empty id and name in later pieces',
      [
        call({ index: 0, id: 'a', function: { name: 'f', arguments: begin } }),
        call({ index: 0, id: '', function: { name: '', arguments: `${middle}${end}` } }),
      ],
    ],
    [
      'without an index',
      [
        call({ id: 'a', function: { name: 'f', arguments: begin } }),
        call({ function: { arguments: `${middle}${end}` } }),
      ],
    ],
    [
      'with a new id in each piece',
      [
        call({ index: 0, id: 'a', function: { name: 'f', arguments: begin } }),
        call({ index: 0, id: 'b', function: { name: '', arguments: middle } }),
        call({ index: 0, id: 'c', function: { arguments: end } }),
      ],
    ],
    [
      'with a new id in each piece, and no index',
      [
        call({ id: 'a', function: { name: 'f', arguments: begin } }),
        call({ id: 'b', function: { arguments: `${middle}${end}` } }),
      ],
    ],
    ['whole', [call({ index: 0, id: 'a', function: { name: 'f', arguments: '{"x":1}' } })]],
    ['with an object as arguments', [call({ index: 0, id: 'a', function: { name: 'f', arguments: { x: 1 } } })]],
    [
      'after an empty list',
      [chunk({ content: null, tool_calls: [] }), call({ id: 'a', function: { name: 'f', arguments: '{"x":1}' } })],
    ],
    [
      'with the name in pieces',
      [
        call({ index: 0, id: 'a', function: { name: '', arguments: '' } }),
        call({ index: 0, function: { name: 'f', arguments: '{"x":1}' } }),
      ],
    ],
  ];
  test.each(streams)('when one is streamed %s then it is put together', async (_name, pieces) => {
    const { model } = await modelAt([stream(data(...pieces, chunk({}, 'tool_calls'), '[DONE]'))]);
    const { toolCalls } = await model.complete(REQUEST, { signal: NEVER });
    expect(toolCalls).toEqual([{ id: 'a', name: 'f', arguments: '{"x":1}' }]);
  });

  const several: [string, object[]][] = [
    [
      'by index',
      [
        call({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }),
        call({ index: 1, id: 'b', function: { name: 'g', arguments: '{}' } }),
      ],
    ],
    [
      'in turns',
      [
        call({ index: 0, id: 'a', function: { name: 'f', arguments: '{' } }),
        call({ index: 1, id: 'b', function: { name: 'g', arguments: '{' } }),
        call({ index: 0, function: { arguments: '}' } }),
        call({ index: 1, function: { arguments: '}' } }),
      ],
    ],
    [
      'with the same index, as Gemini did',
      [
        call({ index: 0, id: 'a', function: { name: 'f', arguments: '{}' } }),
        call({ index: 0, id: 'b', function: { name: 'g', arguments: '{}' } }),
      ],
    ],
    [
      'without an index',
      [
        call({ id: 'a', function: { name: 'f', arguments: '{}' } }),
        call({ id: 'b', function: { name: 'g', arguments: '{}' } }),
      ],
    ],
    [
      'in one piece',
      [
        chunk({
          tool_calls: ['a', 'b'].map((id, index) => ({
            index,
            id,
            function: { name: index === 0 ? 'f' : 'g', arguments: '{}' },
          })),
        }),
      ],
    ],
  ];
  test.each(several)('when two are streamed %s then they stay apart', async (_name, pieces) => {
    const { model } = await modelAt([stream(data(...pieces, chunk({}, 'tool_calls')))]);
    const { toolCalls } = await model.complete(REQUEST, { signal: NEVER });
    expect(toolCalls.map(({ id, name, arguments: args }) => [id, name, args])).toEqual([
      ['a', 'f', '{}'],
      ['b', 'g', '{}'],
    ]);
  });

  test('when fields come that are not known then they are kept with their call and message', () => {
    const signature = { google: { thought_signature: 'c2ln' } };
    const pieces = [
      chunk({ reasoning_content: 'Hm' }),
      call({ index: 0, id: 'a', function: { name: 'f', arguments: '{' }, extra_content: signature }),
      chunk({ reasoning_content: 'm.' }),
      call({ index: 0, function: { arguments: '}' } }),
      chunk({}, 'tool_calls'),
    ];
    expect(readEventStream(data(...pieces))).toMatchObject({
      kind: 'whole',
      body: {
        choices: [
          {
            finish_reason: 'tool_calls',
            message: {
              reasoning_content: 'Hmm.',
              tool_calls: [{ id: 'a', function: { name: 'f', arguments: '{}' }, extra_content: signature }],
            },
          },
        ],
      },
    });
  });
});

describe('the Responses API', () => {
  test('when a response is streamed then its last event has it whole', () => {
    const response = { id: 'r', status: 'completed', output: [{ type: 'message' }] };
    const events = [
      { type: 'response.created', response: { id: 'r', status: 'in_progress', output: [] } },
      { type: 'response.output_text.delta', delta: 'h' },
      { type: 'response.completed', response },
    ];
    expect(readEventStream(data(...events))).toEqual({ kind: 'whole', body: response });
    expect(readEventStream(data(...events.slice(0, 2)))).toEqual({ kind: 'cut' });
  });
});

describe('streams without a reply', () => {
  const cuts: [string, string][] = [
    ['ends before the reply does', data(chunk({ content: 'h' }))],
    ['holds a broken piece', `${data(chunk({ content: 'h' }))}data: {"choices":[{"del\n\n${data(chunk({}, 'stop'))}`],
    ['holds nothing', 'data: [DONE]\n\n'],
    ['nests too deeply', data(`{"choices":${'['.repeat(300)}${']'.repeat(300)}}`, '[DONE]')],
  ];
  test.each(cuts)('when a stream %s then it is asked for again', async (_name, body) => {
    const { model, waits } = await modelAt([stream(body), stream(HI)]);
    expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('hi');
    expect(waits).toHaveLength(1);
  });

  test('when every stream is cut off then the model is unavailable, and it is said why', async () => {
    const { model } = await modelAt([stream(data(chunk({ content: 'h' })))]);
    const { code, details } = await failure(model);
    expect([code, details.why]).toEqual(['unavailable', expect.stringContaining('ended too early')]);
  });

  const errors: [string, string][] = [
    ['in a piece', data({ error: { code: 503, message: 'Overloaded upstream' } })],
    [
      'in the middle of the reply',
      HI.slice(0, 60) &&
        data(chunk({ content: 'h' }), { error: { code: 503, message: 'Overloaded upstream' }, ...chunk({}, 'error') }),
    ],
    ['as an event of its own', `event: error\n${data({ code: 503, message: 'Overloaded upstream' })}`],
    ['as a text', `event: error\n${data('Overloaded upstream')}`],
  ];
  test.each(errors)('when a stream holds an error %s then its words are told', async (_name, body) => {
    const { model } = await modelAt([stream(body)]);
    const { code, details } = await failure(model);
    expect([code, details.why]).toEqual(['unavailable', expect.stringContaining('Overloaded upstream')]);
  });

  test('when an error status comes with a stream then the words in it are told', async () => {
    const { model } = await modelAt([stream(data({ error: { message: 'no such field' } }), 422)]);
    expect((await failure(model)).details.why).toContain('no such field');
  });
});

describe('servers that do nothing but stream', () => {
  const refusals = [
    'This model only support stream mode, please enable the stream parameter to access the model.',
    'Stream must be set to true',
    'parameter.enable_thinking must be set to false for non-streaming calls',
  ];
  test.each(refusals)('when one says "%s" then it is asked for a stream from then on', async (message) => {
    const { server, model, waits } = await modelAt([answer({ error: { message } }, 400), stream(HI)]);
    for (const _ of [1, 2]) expect((await model.complete(REQUEST, { signal: NEVER })).text).toBe('hi');
    expect(server.seen.map(({ body }) => (JSON.parse(body) as { stream: boolean }).stream)).toEqual([
      false,
      true,
      true,
    ]);
    expect(waits).toEqual([]);
  });

  test('when a server refuses every form of the field then its words are told', async () => {
    const { server, model } = await modelAt([answer({ error: { message: 'Stream must be set to true' } }, 400)]);
    expect((await failure(model)).details.why).toContain('Stream must be set to true');
    expect(server.seen).toHaveLength(2);
  });
});
