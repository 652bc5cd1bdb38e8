import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import type { ScriptEntry } from '../support/model-server.js';
import { codeBlocks } from '../support/page-examples.js';
import { cleanEnvironment, ended, makeProject } from '../support/portia.js';
import { playModel } from '../support/scenario.js';
import { sendJson, startServer } from '../tools/local-server.js';

const programs = codeBlocks('docs/from-python.md').flatMap(({ language, text }) => (language === 'js' ? [text] : []));

const search = (company: string): ScriptEntry => ({
  match: new RegExp(`stock price growth data for ${company}`),
  reply: { toolCalls: [{ name: 'search_tool', arguments: { search_query: company } }] },
});
const planned: ScriptEntry = {
  match: /^You are a planner/,
  reply: {
    json: {
      steps: (
        JSON.parse(readFileSync('plans/plan-1dcd74a4-0af5-490a-a7d0-0df4fd983977.json', 'utf8')) as { steps: unknown }
      ).steps,
      error: null,
    },
  },
};
const oneRun = [search('Amazon'), search('Google'), { match: /Compare the stock/, reply: { text: 'Amazon.' } }];

test('when the programs of the page for users of the Python SDK are run then they print what it says', async () => {
  expect(programs).toHaveLength(2);
  const model = await playModel([planned, ...oneRun, ...oneRun, planned, ...oneRun]);
  const tavily = await startServer((_request, response) => sendJson(response, { answer: 'up', results: [] }));
  onTestFinished(tavily.close);
  for (const program of programs) {
    const dir = makeProject({ 'page.mjs': program });
    mkdirSync(join(dir, 'node_modules'));
    symlinkSync(resolve('.'), join(dir, 'node_modules/portia'));
    const own = program.includes("from 'portia'") ? model.environment : {};
    const env = cleanEnvironment(dir, { ...own, TAVILY_API_KEY: 'tvly-test', TAVILY_BASE_URL: tavily.url });
    const child = spawn(process.execPath, ['page.mjs'], { cwd: dir, env, stdio: 'pipe' });
    const { code, stdout, stderr } = await ended(child, '');
    const said = [...program.matchAll(/^\/\/ (.*)$/gm)].map(([, line]) => line);
    expect({ code, stderr, printed: stdout.trimEnd().split('\n') }).toEqual({ code: 0, stderr: '', printed: said });
  }
});
