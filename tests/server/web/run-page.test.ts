import { expect, test } from 'vitest';

import { hasChromium } from '../../support/chromium.js';
import { faultsOf, openBrowser } from '../../support/page-browser.js';
import { makeProject } from '../../support/portia.js';
import { portiaHere } from '../../support/portia-here.js';
import { serve, type Served } from '../../support/serve-process.js';

const HOSTILE = `<script>alert(1)</script><img src=x onerror="alert(2)">'"\u202e`;

const compute = (name: string, expression: string, output: string) => ({ kind: 'compute', name, expression, output });

const PLAN = {
  plan_context: { query: `Remind ${HOSTILE}` },
  plan_inputs: [{ name: 'tone', default: HOSTILE }],
  steps: [
    compute(`Orders ${HOSTILE}`, "[1..30].{'id': 'O-' & $, 'customer': $tone}", '$orders'),
    {
      kind: 'for_each',
      name: 'Each',
      over: '$orders',
      as: 'order',
      steps: [compute('Write', "'Dear ' & $order.customer", '$text')],
      collect: '$text',
      output: '$sent',
    },
    {
      kind: 'if',
      branches: [{ when: '$count($sent) > 100', steps: [compute('Many', '1', '$many')] }],
      else: [compute('Few', '2', '$few')],
    },
    { kind: 'user_input', message: `How many ${HOSTILE}?`, schema: { type: 'number' }, output: '$minimum' },
    compute('Result', '$minimum', '$result'),
  ],
};

/** A run that waits, and the server that shows it. */
async function waitingRun(): Promise<{ server: Served; id: string; cwd: string }> {
  const cwd = makeProject({ 'plan.json': JSON.stringify(PLAN) });
  const run = await portiaHere(['run-plan', 'plan.json', '--no-prompt', '--json'], { cwd });
  expect(run.code).toBe(8);
  const { id } = JSON.parse(run.stdout) as { id: string };
  return { server: await serve([], { cwd }), id, cwd };
}

test('when a run waits then its page says so first, and shows its steps in their time, its values and its events', async () => {
  const { server, id, cwd } = await waitingRun();
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
  const log = await (await server.get(`/runs/${id}/events.ndjson`)).text();
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

test.runIf(hasChromium())(
  'when texts of a run are hostile then its pages run nothing of them, and can be used on a phone and read aloud',
  { timeout: 60_000 },
  async () => {
    const { server, id } = await waitingRun();
    for (const width of [360, 1280]) {
      const page = await openBrowser(width);
      await page.goto(server.url);
      for (const path of ['', '/rounds?loop=1', '/events', '/values/%24orders', '/prompts']) {
        await page.goto(`${server.origin}/runs/${id}${path}`);
        expect([path, await faultsOf(page)]).toEqual([path, { rules: [], sideways: 0 }]);
      }
    }
  },
);
