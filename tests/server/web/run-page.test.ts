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
  const cut = await server.get(`/runs/${id.slice(0, -1)}`);
  expect(cut.status).toBe(404);
  expect(await cut.text()).toContain(`Did you mean one of these?</p><ul><li><a class="mono" href="/runs/${id}">`);
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

test('when 10,000 steps are below each other then their run has a short page, and every step and value is on a page of 100', async () => {
  const cwd = hostileProject();
  const steps = Array.from({ length: 10_000 }, (_, at) => ({
    ...{ kind: 'compute', expression: '1', output: `$n${at}` },
  }));
  writeFileSync(join(cwd, 'flat.json'), JSON.stringify({ plan_context: { query: 'Flat', tool_ids: [] }, steps }));
  const { id } = await waitingRun(cwd, 'flat.json');
  const server = await serve([], { cwd });
  const pageAt = async (path: string) => (await server.get(`/runs/${id}${path}`)).text();
  const numbersIn = (page: string) => page.match(/class="no">\d+</g)?.map((no) => Number(no.replaceAll(/\D/g, '')));
  const from = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

  const page = await pageAt('');
  expect(page.length).toBeLessThan(100_000);
  expect(page).toContain('10,000 of 10,000');
  expect(numbersIn(page)).toEqual([...from(1, 20), 10_000]);
  const [, more = ''] = /<a href="([^"]+)">9,979 more, all done</.exec(page) ?? [];
  const steps21 = await (await server.get(more.replaceAll('&amp;', '&'))).text();
  expect(numbersIn(steps21)).toEqual(from(21, 100));
  expect(steps21).toContain('21 to 120 of 10,000');
  expect(numbersIn(await pageAt('/steps?from=9950'))).toEqual(from(9_950, 51));
  expect((await server.get(`/runs/${id}/steps?in=3.else.`)).status).toBe(404);

  const found = await pageAt('?find=%24n77');
  expect(found).toContain('11 more fit: find fewer with other words');
  expect(numbersIn(found)).toHaveLength(100);

  expect(page).toContain(`The last 50 of 10,000. <a href="/runs/${id}/values">Show all</a>`);
  const values = await pageAt('/values?from=101');
  expect(values.match(/<td class="name">/g)).toHaveLength(100);
  expect(values).toContain('$n100</a>');
});
