import { afterEach, expect, test } from 'vitest';

import { createOpenAiModel } from '../../src/models/openai.js';
import { startModelServer, type ModelServer, type ScriptEntry } from '../support/model-server.js';

let server: ModelServer | undefined;
afterEach(() => server?.close());

async function start(...script: ScriptEntry[]) {
  server = await startModelServer(script);
  const { OPENAI_BASE_URL: baseUrl, OPENAI_API_KEY: apiKey } = server.environment;
  const model = createOpenAiModel({ id: 'custom/m', modelName: 'm', baseUrl, apiKey, sleep: async () => undefined });
  const ask = (text: string) =>
    model.complete({ messages: [{ role: 'user', text }] }, { signal: new AbortController().signal });
  return { server, ask };
}

test('when entries match by prompt then requests side by side each get their own reply', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const { server: playing, ask } = await start(
    ...names.map((name) => ({ match: RegExp(name), reply: { text: name } })),
  );
  const replies = await Promise.all(names.toReversed().map(ask));
  expect(replies.map(({ text }) => text)).toEqual(['d', 'c', 'b', 'a']);
  expect([playing.remaining, playing.unexpected, playing.requests.length]).toEqual([[], [], 4]);
});

test('when a request matches no entry then it is noted and refused, once', async () => {
  const { server: playing, ask } = await start({ match: /hello/, reply: { text: 'hi' } });
  await expect(ask('what?')).rejects.toMatchObject({ code: 'invalid-settings' });
  expect([playing.unexpected, playing.remaining.length]).toEqual([['no entry left for: what?'], 1]);
});

test('when another path is asked then it is noted', async () => {
  const { server: playing } = await start();
  expect((await fetch(`${playing.baseUrl}/models`)).status).toBe(400);
  expect(playing.unexpected).toEqual(['GET /models']);
});

test('when the script has statuses, functions and cut replies then they arrive as such', async () => {
  const { ask } = await start(
    { reply: { status: 500 } },
    { reply: { status: 429, retryAfter: 2 } },
    {
      reply: {
        toolCalls: [
          { name: 'f', arguments: { x: 1 } },
          { name: 'g', arguments: '{bad' },
        ],
      },
    },
    { reply: { text: 'half', finishReason: 'length' } },
    { reply: { status: 401, message: 'no' } },
  );
  const { toolCalls } = await ask('1');
  expect(toolCalls.map(({ name, arguments: text }) => [name, text])).toEqual([
    ['f', '{"x":1}'],
    ['g', '{bad'],
  ]);
  await expect(ask('2')).rejects.toMatchObject({ code: 'model-reply-unusable' });
  await expect(ask('3')).rejects.toMatchObject({ code: 'key-rejected' });
});
