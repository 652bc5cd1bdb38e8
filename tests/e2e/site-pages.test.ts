import { expect, onTestFinished, test } from 'vitest';

import { fileOf } from '../support/page-examples.js';
import { portiaHere } from '../support/portia-here.js';
import { makeProject } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { sendJson, startServer } from '../tools/local-server.js';

const PLAN = { 'handbook.yaml': fileOf('docs/tools.md', 'handbook.yaml') };
const RUN = ['run-plan', 'handbook.yaml'];

test('when the plan of the page is run then the pages that are found are read', async () => {
  const server = await startServer(({ url, body }, response) => {
    const { urls = [] } = JSON.parse(body) as { urls?: string[] };
    if (url.pathname === '/map') sendJson(response, { results: ['https://example.org/handbook/1'] });
    else sendJson(response, { results: urls.map((each) => ({ url: each, raw_content: `Text of ${each}` })) });
  });
  onTestFinished(() => server.close());
  const env = { TAVILY_API_KEY: 'tvly-1', TAVILY_BASE_URL: server.url };
  const ended = await portiaHere([...RUN, '--format', 'value'], { cwd: makeProject(PLAN), env });
  expect(ended).toMatchObject({ code: 0, stdout: 'Text of https://example.org/handbook/1\n' });
  expect(server.requests.map(({ url }) => url.pathname)).toEqual(['/map', '/extract']);
});

test('when the key is missing then the plan is not run, and its tools say how to get one', async () => {
  const refused = await portiaHere(RUN, { cwd: makeProject(PLAN) });
  expect(expectError(refused, { code: 'invalid-settings', exit: 2 })).toMatchObject({
    message: 'The plan needs tools that are off here: map_tool, extract_tool.',
    fix: expect.stringContaining('export TAVILY_API_KEY=tvly-…'),
  });
});
