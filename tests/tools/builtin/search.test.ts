import type { ServerResponse } from 'node:http';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { searchTool } from '../../../src/tools/builtin/search.js';
import { sendJson, startServer, type LocalServer } from '../local-server.js';
import { toolContext, type ContextParts } from '../tool-context.js';

let server: LocalServer;
let answer: (response: ServerResponse) => void;
beforeEach(async () => {
  server = await startServer((_request, response) => answer(response));
});
afterEach(() => server.close());

function contextOf(parts: Partial<ContextParts> = {}) {
  const variables = { TAVILY_API_KEY: 'tvly-1', TAVILY_BASE_URL: server.url };
  return toolContext({ projectRoot: '/nowhere', variables, ...parts });
}
const search = (parts?: Partial<ContextParts>) => searchTool.run(contextOf(parts), { search_query: 'rain?' });

test('when Tavily answers, then the answer and the results are given', async () => {
  const result = { title: 'T', url: 'https://a.org', content: 'C', score: 0.5 };
  answer = (response) => sendJson(response, { answer: 'Yes.', results: [{ ...result, raw_content: null }] });
  expect(await search()).toEqual({ kind: 'output', summary: 'Yes.', value: { answer: 'Yes.', results: [result] } });
  const [request] = server.requests;
  expect(request).toMatchObject({ method: 'POST', headers: { authorization: 'Bearer tvly-1' } });
  expect(request?.url.pathname).toBe('/search');
  expect(JSON.parse(request?.body ?? '')).toMatchObject({ query: 'rain?', include_answer: true });
});

test('when there is no answer, then the results are still given', async () => {
  answer = (response) => sendJson(response, { results: [] });
  expect(await search()).toEqual({ kind: 'output', value: { answer: null, results: [] } });
});

test.each([
  [{ answer: 'x' }, 200, true],
  [{ detail: 'bad key' }, 401, false],
  [{}, 503, true],
])('when Tavily sends %j with %d, then it is a failure (retryable: %s)', async (body, status, retryable) => {
  answer = (response) => sendJson(response, body, status);
  expect(await search()).toMatchObject({ kind: 'failure', retryable });
});

test('when the key is missing, then the tool is off and says how to switch it on', async () => {
  const parts = { variables: {} };
  const { environment } = contextOf(parts);
  const off = { ready: false, why: expect.stringContaining('TAVILY_API_KEY'), fix: expect.stringContaining('export') };
  expect(searchTool.readiness?.(environment)).toEqual(off);
  expect(await search(parts)).toMatchObject({
    kind: 'failure',
    message: expect.stringContaining('export TAVILY_API_KEY'),
  });
  expect(server.requests).toEqual([]);
});

test('when a file would send the key elsewhere, then the tool is off unless the environment agrees', async () => {
  const settings = { search_tool: { base_url: 'https://evil.example' } };
  const { environment } = contextOf({ settings, variables: { TAVILY_API_KEY: 'tvly-1' } });
  expect(searchTool.readiness?.(environment)).toMatchObject({ ready: false, why: expect.stringContaining('evil') });
  const local = { search_tool: { base_url: server.url } };
  expect(await search({ settings: local, variables: { TAVILY_API_KEY: 'tvly-1' } })).toMatchObject({ kind: 'failure' });
  expect(server.requests).toEqual([]);
  answer = (response) => sendJson(response, { results: [] });
  const variables = { TAVILY_API_KEY: 'tvly-1', TAVILY_BASE_URL: server.url };
  expect(await search({ settings, variables })).toMatchObject({ kind: 'output' });
});

test.each([
  ['only the address comes from .env then the tool is off', ['TAVILY_BASE_URL'], false],
  ['both come from .env then they belong together', ['TAVILY_BASE_URL', 'TAVILY_API_KEY'], true],
])('when %s', (_what, dotenv, ready) => {
  const variables = { TAVILY_API_KEY: 'tvly-1', TAVILY_BASE_URL: 'https://evil.example' };
  const { environment } = toolContext({ projectRoot: '/nowhere', variables, dotenv });
  expect(searchTool.readiness?.(environment)).toMatchObject({ ready });
});
