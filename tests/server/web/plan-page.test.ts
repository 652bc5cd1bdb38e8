import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { HOSTILE, hostileProject, waitingRun } from '../../support/hostile-project.js';
import { portiaHere } from '../../support/portia-here.js';
import { serve } from '../../support/serve-process.js';
import { forAllTests } from '../../support/when-over.js';

/** Two plans that differ in one step, and the server that shows them. */
const made = forAllTests(async () => {
  const cwd = hostileProject();
  const runs = [await waitingRun(cwd, 'a.json', '-i', 'limit:=1'), await waitingRun(cwd, 'b.json', '-i', 'limit:=1')];
  return { cwd, server: await serve(['--drive'], { cwd }), ids: runs.map(({ plan_id: id }) => id) };
});

test('when a plan is opened then words, picture and check say what it would do, and a diff what is new', async () => {
  const { server, ids } = made();
  const [first = '', second = ''] = ids;
  const page = await (await server.get(`/plans/${second}`)).text();
  expect(page).toContain('written by hand');
  expect(page).toContain('It may stop for a person at 2');
  expect(page).toContain('It acts with file_writer_tool at 3.1.');
  expect(page).toMatch(/\d warnings?</);
  expect(page).toMatch(/class="problem warn">.*\$unused/);
  expect(page.match(/class="pic pic-(wide|narrow)"/g)).toHaveLength(2);
  const compared = await (await server.get(`/plans/${second}?compare=${first}`)).text();
  expect(compared).toContain('1 changed. 1 change in all.');
  expect(compared).toMatch(/<del class="text">\[1, 2\]<\/del><ins class="text">\[1, 3\]<\/ins>/);
  expect((await server.get(`/plans/${second}?compare=plan-none`)).status).toBe(404);
});

test('when a plan acts with one tool at several steps then its page names the tool once', async () => {
  const { cwd, server } = made();
  const write = (content: string) => ({
    kind: 'tool',
    tool_id: 'file_writer_tool',
    args: { filename: 'a.txt', content },
  });
  const steps = [
    { kind: 'user_input', message: 'What?', output: '$what' },
    { ...write('{{ $what }}'), output: '$first' },
    { ...write('{{ $first }}'), output: '$second' },
  ];
  writeFileSync(join(cwd, 'write.json'), JSON.stringify({ plan_context: { query: 'Write' }, steps }));
  const { plan_id: id } = await waitingRun(cwd, 'write.json');
  const page = await (await server.get(`/plans/${id}`)).text();
  expect(page).toContain('It acts with file_writer_tool at 2 and 3.');
});

test('when a plan asks models then its page has what that costs, as estimate says it', async () => {
  const { cwd, server, ids } = made();
  const steps = [
    { kind: 'user_input', message: 'Whom?', output: '$whom' },
    { kind: 'llm', task: 'Greet {{ $whom }}.', output: '$greeting' },
  ];
  writeFileSync(join(cwd, 'greet.json'), JSON.stringify({ plan_context: { query: 'Greet', tool_ids: [] }, steps }));
  await portiaHere(['config', 'set', '--local', 'prices.openai/gpt-5', '{"input": 1, "output": 10}'], { cwd });
  const { plan_id: id } = await waitingRun(cwd, 'greet.json', '--model', 'openai/gpt-5');
  const page = await (await server.get(`/plans/${id}`)).text();
  expect(page).toMatch(/It takes 1 model call, [\d,]+ tokens\. No model/);
  const env = { OPENAI_API_KEY: 'sk-test' };
  const given = ['estimate', id, '--model', 'openai/gpt-5', '--format', 'human'];
  const { stdout } = await portiaHere(given, { cwd, env });
  const [cost = 'none'] = /\$[\d.]+/.exec(stdout) ?? [];
  const priced = await serve(['--model', 'openai/gpt-5'], { cwd, env });
  const says = await (await priced.get(`/plans/${id}`)).text();
  expect(says).toMatch(/It takes 1 model call, [\d,]+ tokens, (\$[\d.]+), with openai\/gpt-5\./);
  expect(says).toContain(`tokens, ${cost}, with`);
  expect(await (await server.get(`/plans/${ids[0]}`)).text()).toContain('It asks no model, and costs nothing.');
});

test('when a run is started on the page then its inputs are read by their schemas, and nothing starts with a wrong one', async () => {
  const { server, ids } = made();
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

test('when a step is commented on then its page shows the text as it was typed, until its author removes it', async () => {
  const { cwd, server, ids } = made();
  const path = `/plans/${ids[0]}`;
  const page = async () => (await server.get(path)).text();
  const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(await page()) ?? [];
  const say = (step: string, text: string) => server.post(`${path}/comments`, { csrf, step, text });
  expect(await page()).toContain('Nobody has said anything yet.');
  expect((await server.post(`${path}/comments`, { step: '0', text: 'No' })).status).toBe(400);
  for (const [step, text, fault] of [
    ['99', 'Kept <b>', 'The plan has no such step.'],
    ['0', ' ', 'The comment is empty.'],
    ['0', 'x'.repeat(10_001), 'The comment has 10001 characters.'],
  ] as const) {
    const refused = await say(step, text);
    const again = await refused.text();
    expect([step, refused.status, again.includes(fault)]).toEqual([step, 400, true]);
  }
  const said = await say('2.steps.0', `Is this\n  right? ${HOSTILE}`);
  expect([said.status, said.headers.get('location')]).toEqual([303, `${path}#comments`]);
  const other = await portiaHere(['comment', ids[0] ?? '', '1', 'Mine', '--by', 'Ben'], { cwd });
  expect(JSON.parse(other.stdout)).toMatchObject({ step: '0', author: { name: 'Ben' }, text: 'Mine' });
  const shown = await page();
  expect(shown).toContain('2 comments.');
  expect(shown).toMatch(/<span class="no">3\.1<\/span>[^]*Is this\n {2}right\? &quot;&gt;&lt;img/);
  const [remove = ''] = /\/plans\/\S+\/comments\/\S+\/remove/.exec(shown) ?? [];
  expect((await server.post(remove, { csrf })).status).toBe(303);
  expect((await server.post(remove, { csrf })).status).toBe(404);
  expect(await page()).toContain('1 comment.');
});

test('when a plan has more than 150 steps then its deep blocks are closed, and open on pages of their own', async () => {
  const { cwd, server } = made();
  const compute = (name: string) => ({ kind: 'compute', expression: '1', output: `$${name}` });
  const loop = (name: string, steps: object[]) => ({ kind: 'for_each', over: '[1, 2]', as: name, steps });
  const deep = Array.from({ length: 12 }, (_, index) => compute(`deep_${index}`));
  const steps = [
    { kind: 'user_input', message: 'Go?', output: '$go' },
    loop('outer', [loop('middle', [loop('inner', deep)])]),
    ...Array.from({ length: 140 }, (_, index) => compute(`flat_${index}`)),
  ];
  writeFileSync(join(cwd, 'large.json'), JSON.stringify({ plan_context: { query: 'Large', tool_ids: [] }, steps }));
  const { plan_id: id } = await waitingRun(cwd, 'large.json');
  const page = await (await server.get(`/plans/${id}`)).text();
  expect(page).not.toMatch(/class="p-out"[^>]*>\$deep_11</);
  const [, address = ''] =
    /<a href="(\/plans\/[^"]+\/block\?[^"]+)">2\.1\.1 [^<]+<\/a> <span class="meta">12 steps/.exec(page) ?? [];
  const block = await (await server.get(address)).text();
  expect(block).toContain('<h1>Step 2.1.1</h1>');
  expect(block).toMatch(/class="p-out"[^>]*>\$deep_11</);
  expect((await server.get(`/plans/${id}/block?step=999`)).status).toBe(404);
});

test('when the server does not drive runs then the page of a plan has the command that starts one', async () => {
  const { cwd, ids } = made();
  const server = await serve([], { cwd });
  expect(await (await server.get(`/plans/${ids[0]}`)).text()).toContain('-i limit=VALUE');
});
