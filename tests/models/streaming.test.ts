import { describe, expect, test } from 'vitest';

import { PortiaError } from '../../src/domain/errors.js';
import { NO_SETTINGS } from '../../src/models/providers/request-settings.js';
import type { Model, TextPiece } from '../../src/models/model.js';
import { NEVER, REQUEST, useFaultServers } from './endpoint-under-test.js';
import { answer, completion, raw, type Handler } from './fault-server.js';

const modelAt = useFaultServers();

const TEXT = 'Zwölf „Enten“ 🦆\nschwimmen.';
const USAGE = { prompt_tokens: 7, completion_tokens: 3 };

const chunk = (delta: object, finish_reason: string | null = null) => ({
  model: 'm-1',
  choices: [{ index: 0, delta, finish_reason }],
});
const events = (pieces: unknown[], end = '\n\n') =>
  pieces.map((piece) => `data: ${JSON.stringify(piece)}${end}`).join('');

const CHAT = `: hello\n\n${events([
  chunk({ role: 'assistant', content: '' }),
  chunk({ reasoning_content: 'Let me think.' }),
  chunk({ content: 'Zwölf „En' }),
  chunk({ content: [{ type: 'text', text: 'ten“ 🦆\n' }] }),
  chunk({ content: 'schwimmen.' }),
  chunk({}, 'stop'),
  { choices: [], usage: USAGE },
])}data: [DONE]\n\n`;

const RESPONSE = {
  status: 'completed',
  model: 'm-1',
  output: [{ type: 'message', role: 'assistant', content: [{ type: 'output_text', text: TEXT }] }],
  usage: { input_tokens: 7, output_tokens: 3 },
};
const RESPONSES = [
  { type: 'response.created', response: { status: 'in_progress', output: [] } },
  ...[...TEXT].map((delta) => ({ type: 'response.output_text.delta', delta })),
  { type: 'response.completed', response: RESPONSE },
]
  .map((event) => `event: ${event.type}\r\ndata: ${JSON.stringify(event)}\r\n\r\n`)
  .join('');

/** The body in chunks of so many bytes, each in a packet of its own. */
const inChunks =
  (body: string, size: number, isCut = false): Handler =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.socket?.setNoDelay(true);
    const bytes = Buffer.from(body);
    const send = (at: number) => {
      if (at < bytes.length) response.write(bytes.subarray(at, at + size), () => setImmediate(send, at + size));
      else if (isCut) response.destroy();
      else response.end();
    };
    send(0);
  };

/** What somebody sees who follows the pieces: each text that was begun, as far as it came. */
async function follow(model: Model) {
  const shown: string[] = [];
  const onText = ({ at, text }: TextPiece) => {
    if (at === 0) shown.push('');
    expect(shown.at(-1)).toHaveLength(at);
    shown[shown.length - 1] += text;
  };
  const reply = await model.complete(REQUEST, { signal: NEVER, onText });
  return { reply, shown };
}

const sent = ({ seen }: { seen: { body: string }[] }) =>
  seen.map(({ body }) => {
    const { stream, stream_options: options } = JSON.parse(body);
    return { stream, options };
  });

const COUNTED = { stream: true, options: { include_usage: true } };

describe.each([
  ['chat', CHAT],
  ['responses', RESPONSES],
] as const)('a reply of %s that is shown while it comes', (api, body) => {
  const settings = { settings: { ...NO_SETTINGS, api } };

  test.each([1, 2, 3, 7, 100_000])(
    'when it comes in chunks of %i bytes then it is whole, and so is what was shown',
    async (size) => {
      const { model, server } = await modelAt([inChunks(body, size)], settings);
      const { reply, shown } = await follow(model);
      expect(reply).toMatchObject({ text: TEXT, served: 'm-1' });
      expect(reply.usage).toEqual({ calls: 1, input_tokens: 7, output_tokens: 3 });
      expect(shown).toEqual([TEXT]);
      expect(sent(server)).toEqual([api === 'chat' ? COUNTED : { stream: true }]);
    },
  );

  test('when it is cut anywhere then it does not count, and the next one is shown from its beginning', async () => {
    const whole = Buffer.from(body);
    // Behind the end of the reply nothing is missing.
    const end = whole.indexOf(api === 'chat' ? '"stop"' : '"response.completed"');
    for (let at = 1; at < end; at += Math.ceil(end / 9)) {
      const cut = whole.subarray(0, at).toString();
      const { model, waits } = await modelAt([inChunks(cut, 50, true), inChunks(body, 50)], settings);
      const { reply, shown } = await follow(model);
      expect(reply.text).toBe(TEXT);
      expect(shown.at(-1)).toBe(TEXT);
      expect(TEXT.startsWith(shown[0] ?? '')).toBe(true);
      expect(waits).toHaveLength(1);
    }
  });

  test('when the server ignores the wish then its reply counts, and nothing is shown before', async () => {
    const whole = api === 'chat' ? { ...completion(TEXT), usage: USAGE } : RESPONSE;
    const { model } = await modelAt([answer(whole)], settings);
    const { reply, shown } = await follow(model);
    expect(reply).toMatchObject({ text: TEXT, usage: { input_tokens: 7 } });
    expect(shown).toEqual([]);
  });

  test('when nobody is to be told then no stream is asked for', async () => {
    const { model, server } = await modelAt([inChunks(body, 100)], settings);
    expect(await model.complete(REQUEST, { signal: NEVER })).toMatchObject({ text: TEXT });
    expect(sent(server)[0]).not.toMatchObject({ stream: true });
  });
});

test('when a server does not count at the end of a stream then the tokens are estimated', async () => {
  const { model } = await modelAt([inChunks(CHAT.replace(/data: \{"choices":\[\].*\n\n/, ''), 9)]);
  const { reply } = await follow(model);
  expect(reply).toMatchObject({ text: TEXT, usage: { estimated: true } });
});

test.each<[string, string, object[]]>([
  ['the counting', 'Unrecognized request argument supplied: stream_options', [COUNTED, { stream: true }]],
  ['streams', 'stream is not supported for this model', [COUNTED, { stream: false }]],
])('when a server refuses %s then it is asked without it, from then on', async (_what, message, expected) => {
  const refusal = answer({ error: { message } }, 400);
  const { model, server } = await modelAt([refusal, inChunks(CHAT, 50)]);
  expect((await follow(model)).reply.text).toBe(TEXT);
  expect((await follow(model)).reply.text).toBe(TEXT);
  expect(sent(server)).toEqual([...expected, expected.at(-1)]);
});

test('when an error comes in the middle then the call fails with it, whatever was shown', async () => {
  const broken = `${events([chunk({ content: 'Zwölf' })])}data: {"error":{"message":"invalid api key","code":401}}\n\n`;
  const { model } = await modelAt([raw(broken, 'text/event-stream')]);
  const shown: string[] = [];
  const call = model.complete(REQUEST, { signal: NEVER, onText: ({ text }) => void shown.push(text) });
  await expect(call).rejects.toBeInstanceOf(PortiaError);
  expect(shown).toEqual(['Zwölf']);
});

test('when a stream stops in the middle then it is asked again after the longest pause', async () => {
  const stalls: Handler = (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(events([chunk({ content: 'Zwölf' })]));
  };
  const { model, waits } = await modelAt([stalls, inChunks(CHAT, 50)], { idleMs: 300 });
  const { reply, shown } = await follow(model);
  expect(reply.text).toBe(TEXT);
  expect(shown).toEqual(['Zwölf', TEXT]);
  expect(waits).toHaveLength(1);
});
