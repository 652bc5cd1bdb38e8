import { expect, onTestFinished, test } from 'vitest';

import { plan, tool } from '../../e2e/trust-project.js';
import { makeProject, portia } from '../../support/portia.js';
import { startClosedServer } from '../../tools/hostile-urls.js';
import { startServer } from '../../tools/local-server.js';

test.each([
  ['fetch_tool', { url: '{{ $url }}' }],
  ['redirected', { to: '{{ $url }}' }],
])('when %s is given 160 hostile addresses then each call fails, and none is asked', async (id, args) => {
  const { urls, reached, close } = await startClosedServer();
  onTestFinished(close);
  const server = await startServer(({ url }, response) =>
    response.writeHead(302, { location: (url.searchParams.get('to') ?? '').replaceAll(/[^!-~]/g, '') }).end(),
  );
  onTestFinished(() => server.close());
  const redirected = {
    description: 'Is sent on.',
    url: `${server.url}/?to={{ $to }}`,
    args: { type: 'object', properties: { to: { type: 'string' } } },
  };
  const cwd = makeProject({
    'portia.json': { http: { redirected } },
    'plan.json': { ...plan(tool(id, args)), plan_inputs: [{ name: '$url' }] },
    'urls.ndjson': urls.map((url) => `${JSON.stringify({ url })}\n`).join(''),
  });
  const ended = await portia(['run-plan', 'plan.json', '--batch', 'urls.ndjson', '--approve', '*'], { cwd });
  expect(ended.code, ended.stderr).toBe(1);
  expect(reached).toEqual([]);
});
