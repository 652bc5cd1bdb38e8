import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { hostileProject, waitingRun } from '../../support/hostile-project.js';
import { portiaHere } from '../../support/portia-here.js';
import { serve } from '../../support/serve-process.js';

test('when a run waits then its page says so first, and shows its steps in their time, its values and its events', async () => {
  const cwd = hostileProject();
  const { id } = await waitingRun(cwd, 'rounds.json');
  const server = await serve([], { cwd });
  const page = await (await server.get(`/runs/${id}`)).text();
  expect(page).toContain('Waiting for a person</span>');
  expect(page).toMatch(new RegExp(`<a class="btn go" href="/questions/${id}/clar-[^"]+">Answer</a>`));
  expect(page.indexOf('What is next')).toBeLessThan(page.indexOf('id="steps"'));
  expect(page).toContain('<dd>3 of 5</dd>');
  expect(page.match(/class="no">\[\d+\]</g)).toEqual(['[1]', '[2]', '[3]', '[30]'].map((no) => `class="no">${no}<`));
  const [, more = ''] = /<a href="([^"]+rounds[^"]+)">26 more, all done, /.exec(page) ?? [];
  const rounds = await (await server.get(more.replaceAll('&amp;', '&'))).text();
  expect(rounds.match(/class="no">\[\d+\]</g)).toHaveLength(27);
  expect(rounds).toContain('4 to 30 of 30');

  const value = await (await server.get(`/runs/${id}/values/%24orders`)).text();
  expect(value).toContain('<td>O-30</td>');
  const events = await (await server.get(`/runs/${id}/events`)).text();
  expect(events).toContain('clarification.raised');
  const download = await server.get(`/runs/${id}/events.ndjson`);
  expect(download.headers.get('content-disposition')).toBe('attachment; filename="events.ndjson"');
  const log = await download.text();
  expect(
    log
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { seq: number }).seq),
  ).toContain(70);
  expect((await server.get(`/runs/${id}/values/none`)).status).toBe(404);
  expect((await server.get(`/runs/${id}/rounds?loop=9`)).status).toBe(404);
  const open = await (await server.get(`/runs/${id}?show=open`)).text();
  expect(open.match(/class="row"/g)).toHaveLength(1);

  await portiaHere(['resume', id, '--answer', 'minimum=7', '--no-prompt'], { cwd });
  const done = await (await server.get(`/runs/${id}`)).text();
  expect(done).toContain('Done</span>');
  expect(done).toMatch(/id="h-result">Result<\/h2><span class="num" title="7">7/);
});

test('when a loop has 10,000 rounds then its run has a short page, and every round is on a page of 100', async () => {
  const cwd = hostileProject();
  const steps = [
    { kind: 'for_each', over: '[1..10000]', as: 'n', steps: [{ kind: 'compute', expression: '$n', output: '$same' }] },
  ];
  writeFileSync(join(cwd, 'long.json'), JSON.stringify({ plan_context: { query: 'Long', tool_ids: [] }, steps }));
  const { id } = await waitingRun(cwd, 'long.json');
  const server = await serve([], { cwd });
  const page = await (await server.get(`/runs/${id}`)).text();
  expect(page).toContain('10,000 times');
  expect(page.match(/class="row"/g)?.length).toBeLessThan(40);
  const roundsFrom = async (from: number) => {
    const rounds = await (await server.get(`/runs/${id}/rounds?loop=0&from=${from}`)).text();
    return rounds.match(/class="no">\[\d+\]</g)?.map((no) => no.replaceAll(/\D/g, ''));
  };
  const hundred = (first: number) => Array.from({ length: 100 }, (_, index) => String(first + index));
  expect(await roundsFrom(4)).toEqual(hundred(4));
  expect(await roundsFrom(9_901)).toEqual(hundred(9_901));
});
