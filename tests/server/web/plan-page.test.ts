import { expect, test } from 'vitest';

import { hasChromium } from '../../support/chromium.js';
import { faultsOf, openBrowser } from '../../support/page-browser.js';
import { makeProject } from '../../support/portia.js';
import { portiaHere } from '../../support/portia-here.js';
import { serve, type Served } from '../../support/serve-process.js';

const HOSTILE = `<script>alert(1)</script><img src=x onerror="alert(2)">'"`;

const plan = (expression: string) => ({
  plan_context: { query: `Remind ${HOSTILE}` },
  plan_inputs: [
    { name: 'tone', default: HOSTILE, description: HOSTILE },
    { name: 'limit', schema: { type: 'number', minimum: 1 } },
  ],
  steps: [
    { kind: 'compute', name: `Orders ${HOSTILE}`, expression, output: '$orders' },
    { kind: 'user_input', message: `How many ${HOSTILE}?`, output: '$minimum' },
    {
      kind: 'for_each',
      over: '$orders',
      as: 'order',
      steps: [
        {
          kind: 'tool',
          tool_id: 'file_writer_tool',
          args: { filename: '{{ $order }}.txt', content: '{{ $tone }}{{ $limit }}{{ $minimum }}' },
          output: '$file',
        },
      ],
    },
    { kind: 'compute', expression: '1', output: '$unused' },
    { kind: 'compute', expression: '$orders', output: '$result' },
  ],
});

/** Two plans that differ in one step, and the server that shows them. */
async function twoPlans(args: string[] = []): Promise<{ server: Served; ids: string[] }> {
  const cwd = makeProject({ 'a.json': JSON.stringify(plan('[1, 2]')), 'b.json': JSON.stringify(plan('[1, 3]')) });
  const ids: string[] = [];
  for (const file of ['a.json', 'b.json']) {
    const run = await portiaHere(['run-plan', file, '-i', 'limit:=1', '--no-prompt', '--json'], { cwd });
    ids.push((JSON.parse(run.stdout) as { plan_id: string }).plan_id);
  }
  return { server: await serve(args, { cwd }), ids };
}

test('when a plan is opened then words, picture and check say what it would do, and a diff what is new', async () => {
  const { server, ids } = await twoPlans();
  const [first = '', second = ''] = ids;
  const page = await (await server.get(`/plans/${second}`)).text();
  expect(page).toContain('written by hand');
  expect(page).toContain('It may stop for a person at 2');
  expect(page).toContain('It acts with file_writer_tool at 3.1.');
  expect(page).toMatch(/\d warnings?</);
  expect(page).toMatch(/class="problem warn">.*\$unused/);
  expect(page.match(/class="pic pic-(wide|narrow)"/g)).toHaveLength(2);
  expect(page).toContain('-i limit=VALUE');
  const compared = await (await server.get(`/plans/${second}?compare=${first}`)).text();
  expect(compared).toContain('1 changed. 1 change in all.');
  expect(compared).toMatch(/<del class="text">\[1, 2\]<\/del><ins class="text">\[1, 3\]<\/ins>/);
  expect((await server.get(`/plans/${second}?compare=plan-none`)).status).toBe(404);
});

test('when a run is started on the page then its inputs are read by their schemas, and nothing starts with a wrong one', async () => {
  const { server, ids } = await twoPlans(['--drive']);
  const path = `/plans/${ids[0]}`;
  const page = await (await server.get(path)).text();
  const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(page) ?? [];
  expect(page).toContain('Start is your yes to this plan as it stands');
  expect((await server.post(`${path}/start`, { 'in.limit': '7' })).status).toBe(400);
  for (const [limit, fault] of [
    ['', 'It is needed.'],
    ['many', 'number'],
    ['0', 'minimum|at least|less'],
  ] as const) {
    const refused = await server.post(`${path}/start`, { csrf, 'in.limit': limit, 'in.tone': 'kept' });
    const again = await refused.text();
    expect([limit, refused.status]).toEqual([limit, 400]);
    expect(again).toMatch(new RegExp(`class="error" id="input-1-e">.*(${fault})`));
    expect(again).toContain('value="kept"');
  }
  const begun = await server.post(`${path}/start`, { csrf, 'in.limit': '7', 'in.tone': '' });
  expect(begun.status).toBe(303);
  const run = await (await server.get(begun.headers.get('location') ?? '')).text();
  expect(run).toContain('<span class="num" title="7">7</span>');
});

test.runIf(hasChromium())(
  'when texts of a plan are hostile then its page runs nothing of them, and can be used on a phone and read aloud',
  { timeout: 60_000 },
  async () => {
    const { server, ids } = await twoPlans(['--drive']);
    for (const width of [360, 1280]) {
      const page = await openBrowser(width);
      await page.goto(server.url);
      for (const path of [`/plans/${ids[0]}`, `/plans/${ids[1]}?compare=${ids[0]}`]) {
        await page.goto(server.origin + path);
        expect([path, await faultsOf(page)]).toEqual([path, { rules: [], sideways: 0 }]);
      }
    }
  },
);
