import type { ServerResponse } from 'node:http';

import { afterEach, beforeEach, expect, test } from 'vitest';

import type { JsonObject } from '../../../src/domain/values/json.js';
import { crawlTool } from '../../../src/tools/builtin/crawl.js';
import { extractTool } from '../../../src/tools/builtin/extract.js';
import { mapTool } from '../../../src/tools/builtin/map.js';
import type { Tool } from '../../../src/tools/tool.js';
import { sendJson, startServer, type LocalServer } from '../local-server.js';
import { toolContext, type ContextParts } from '../tool-context.js';

const PAGE = 'https://example.org/a';
const CALLS: [tool: Tool, args: JsonObject][] = [
  [extractTool, { urls: [PAGE] }],
  [crawlTool, { url: PAGE }],
  [mapTool, { url: PAGE }],
];

let server: LocalServer;
let answer: (response: ServerResponse) => void;
beforeEach(async () => {
  server = await startServer((_request, response) => answer(response));
});
afterEach(() => server.close());

const call = (tool: Tool, args: JsonObject, parts: Partial<ContextParts> = {}) => {
  const variables = { TAVILY_API_KEY: 'tvly-1', TAVILY_BASE_URL: server.url };
  return tool.run(toolContext({ projectRoot: '/nowhere', variables, ...parts }), args);
};
const sent = (): unknown => JSON.parse(server.requests[0]?.body ?? '');

test('when pages are extracted then their texts are given, and those that failed are told', async () => {
  const failed = [{ url: 'https://example.org/b', error: 'status 404' }];
  answer = (response) =>
    sendJson(response, {
      results: [{ url: PAGE, raw_content: '# A', images: [], favicon: 'https://example.org/f.ico' }],
      failed_results: failed,
      response_time: 0.1,
    });
  expect(await call(extractTool, { urls: [PAGE, 'https://example.org/b'] })).toEqual({
    kind: 'output',
    value: { results: [{ url: PAGE, raw_content: '# A' }], failed_results: failed },
    warnings: ['https://example.org/b was not read: status 404'],
  });
  expect(server.requests[0]).toMatchObject({ method: 'POST', headers: { authorization: 'Bearer tvly-1' } });
  expect(server.requests[0]?.url.pathname).toBe('/extract');
  expect(sent()).toEqual({
    urls: [PAGE, 'https://example.org/b'],
    include_images: false,
    include_favicon: false,
    extract_depth: 'basic',
    format: 'markdown',
  });
});

test('when pictures and icons are wanted then they are given', async () => {
  const page = { url: PAGE, raw_content: 'A', images: ['https://example.org/i.png'], favicon: 'https://example.org/f' };
  answer = (response) => sendJson(response, { results: [page] });
  const wanted = { urls: [PAGE], include_images: true, include_favicon: true };
  expect(await call(extractTool, wanted)).toMatchObject({ value: { results: [page], failed_results: [] } });
});

test('when no page can be extracted then the call fails with the reasons', async () => {
  answer = (response) => sendJson(response, { results: [], failed_results: [{ url: PAGE, error: 'blocked' }] });
  expect(await call(extractTool, { urls: [PAGE] })).toEqual({
    kind: 'failure',
    message: `${PAGE} was not read: blocked`,
    retryable: true,
  });
});

test('when a site is crawled then each page is given, and external sites are left alone', async () => {
  answer = (response) =>
    sendJson(response, {
      base_url: PAGE,
      results: [{ url: PAGE, raw_content: 'A', favicon: 'x' }, { url: `${PAGE}/b` }],
    });
  expect(await call(crawlTool, { url: PAGE, instructions: 'prices', select_paths: ['/a.*'] })).toEqual({
    kind: 'output',
    value: {
      results: [
        { url: PAGE, raw_content: 'A' },
        { url: `${PAGE}/b`, raw_content: '' },
      ],
    },
  });
  expect(server.requests[0]?.url.pathname).toBe('/crawl');
  expect(sent()).toEqual({
    url: PAGE,
    max_depth: 1,
    max_breadth: 20,
    limit: 50,
    instructions: 'prices',
    select_paths: ['/a.*'],
    allow_external: false,
  });
});

test('when a site is mapped then the addresses of its pages are given', async () => {
  answer = (response) => sendJson(response, { base_url: PAGE, results: [PAGE, `${PAGE}/b`] });
  const args = { url: PAGE, limit: 2, categories: ['Blog'], allow_external: true };
  expect(await call(mapTool, args)).toEqual({ kind: 'output', value: { results: [PAGE, `${PAGE}/b`] } });
  expect(server.requests[0]?.url.pathname).toBe('/map');
  expect(sent()).toMatchObject({ limit: 2, categories: ['Blog'], allow_external: true });
});

test.each<[Tool, JsonObject]>([
  [extractTool, { urls: [] }],
  [extractTool, { urls: Array.from({ length: 21 }, () => PAGE) }],
  [extractTool, { urls: ['example.org'] }],
  [extractTool, { urls: ['file:///etc/passwd'] }],
  [extractTool, { urls: ['https://ada:secret@example.org'] }],
  [extractTool, { urls: [PAGE], extract_depth: 'deep' }],
  [crawlTool, { url: PAGE, max_depth: 6 }],
  [crawlTool, { url: PAGE, limit: 501 }],
  [crawlTool, { url: PAGE, categories: ['Blog'] }],
  [mapTool, { url: PAGE, max_breadth: 101 }],
  [mapTool, {}],
])('when %o is called with %j then the arguments are refused, and nothing is sent', async (tool, args) => {
  expect(await tool.parseArguments(args)).toMatchObject({ ok: false });
  expect(await call(tool, args)).toMatchObject({ kind: 'failure', notDone: true });
  expect(server.requests).toEqual([]);
});

const FAULTS: [what: string, says: string, retryable: boolean, answer: (response: ServerResponse) => void][] = [
  ['does not accept the key', '401. The key is missing or not accepted.', false, (r) => sendJson(r, {}, 401)],
  [
    'is asked too often',
    '429. It may be asked again in 7 s.',
    true,
    (r) => sendJson(r.setHeader('retry-after', '7'), {}, 429),
  ],
  ['is broken', 'status 503', true, (r) => sendJson(r, {}, 503)],
  ['answers with something else', 'Tavily answered without', true, (r) => sendJson(r, { results: 'none' })],
  ['does not answer with JSON', 'not JSON', true, (r) => r.end('<html>')],
  ['answers with too much', 'more than 20000000 bytes', false, (r) => r.end(Buffer.alloc(20_000_001, 'x'))],
  ['breaks the connection', 'cannot be reached', true, (r) => r.destroy()],
];

test.each(FAULTS.flatMap((fault) => CALLS.map(([tool, args]) => ({ id: tool.id, fault, tool, args }))))(
  'when Tavily $fault.0 then $id fails and says so',
  async ({ fault: [, says, retryable, faulty], tool, args }) => {
    answer = faulty;
    expect(await call(tool, args)).toMatchObject({
      kind: 'failure',
      message: expect.stringContaining(says),
      retryable,
    });
  },
);

test.each(CALLS)('when Tavily does not answer then the end of the call ends %o', async (tool, args) => {
  const stop = new AbortController();
  answer = () => stop.abort(new Error('the time is over'));
  await expect(call(tool, args, { signal: stop.signal })).rejects.toThrow('the time is over');
});

test.each(CALLS)('when the key is missing then %o is off and says how to get one', async (tool, args) => {
  const parts = { variables: {} };
  expect(await tool.readiness?.(toolContext({ projectRoot: '/nowhere', ...parts }).environment)).toEqual({
    ready: false,
    why: 'TAVILY_API_KEY is not set; the web is searched and read by Tavily.',
    fix: 'export TAVILY_API_KEY=tvly-…   # a key from https://tavily.com',
  });
  expect(await call(tool, args, parts)).toMatchObject({ kind: 'failure', retryable: false });
});

test.each(CALLS)('when a file names another server then %o does not send the key there', async (tool, args) => {
  const parts = {
    settings: { search_tool: { base_url: server.url } },
    variables: { TAVILY_API_KEY: 'tvly-1' },
  };
  expect(await call(tool, args, parts)).toMatchObject({
    kind: 'failure',
    message: expect.stringContaining('The base_url of search_tool would send TAVILY_API_KEY to'),
  });
  expect(server.requests).toEqual([]);
});

test.each(CALLS)('when %o is offered then it reads, sends its arguments, and gives what is public', (tool) => {
  expect(tool).toMatchObject({ effect: 'read', sends: true, isPublic: true });
});
