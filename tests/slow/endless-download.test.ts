import { existsSync, readdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { hasChromium } from '../support/chromium.js';
import { onlyRun } from '../support/scenario.js';
import { APPROVED, processesIn, project, SHOP, startSite } from '../e2e/browser-project.js';

test.runIf(hasChromium())('when a download has no end then it is broken off, and the model learns why', async () => {
  const chunk = Buffer.alloc(1_000_000);
  const pour = (response: ServerResponse): void => {
    while (response.write(chunk));
    response.once('drain', () => pour(response));
  };
  const site = await startSite({
    '/': SHOP,
    '/list.csv': (_request, response) => {
      response.writeHead(200, { 'content-disposition': 'attachment; filename="pens.csv"' });
      pour(response);
    },
  });
  const { cwd, model, temporary, run } = await project({
    url: `http://localhost:${site.port}/`,
    steps: [
      { do: 'click', ref: 'Prices' },
      { do: 'done', result: 'none' },
    ],
  });
  expect(await run(...APPROVED)).toMatchObject({ code: 0 });
  expect(model.seen[1]?.text).toContain('The download of pens.csv failed: the downloads of one call may have 100 MB.');
  expect(existsSync(join(cwd, 'runs', onlyRun(cwd).id, 'memory'))).toBe(false);
  expect([readdirSync(temporary), processesIn(temporary)]).toEqual([[], []]);
});
