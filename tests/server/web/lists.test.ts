import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { Run } from '../../../src/domain/run/run.js';
import { orderProject, pause } from '../../e2e/order-project.js';
import { portiaHere } from '../../support/portia-here.js';
import { makeProject } from '../../support/portia.js';
import { serve } from '../../support/serve-process.js';
import { onlyRun, readRun } from '../../support/scenario.js';
import { forAllTests } from '../../support/when-over.js';

const made = forAllTests(async () => {
  const cwd = orderProject('verification');
  return { cwd, server: await serve(['--by', 'Ada'], { cwd }) };
});

test('when nothing is there yet then each list says how to begin', async () => {
  const { server } = made();
  expect(await (await server.get('/inbox')).text()).toContain('Nothing waits for you.');
  expect(await (await server.get('/runs')).text()).toMatch(/There are no runs yet\.[^]*portia -C \S+ run/);
  expect(await (await server.get('/plans')).text()).toMatch(/There are no plans yet\.[^]*portia -C \S+ plan/);
});

test('when runs and plans are listed then they are found by words, and a run is cancelled after a look', async () => {
  const { cwd, server } = made();
  await pause(cwd);
  await portiaHere(['run', 'add 1 + 2', '--yes'], { cwd });
  const page = async (path: string) => (await server.get(path)).text();
  expect(await page('/runs')).toMatch(/2 runs[^]*add 1 \+ 2[^]*Order it\./);
  expect(await page('/runs?find=order')).toContain('<p>1 run</p>');
  expect(await page('/runs?state=COMPLETE')).toContain('<p>1 run</p>');
  expect(await page('/runs?find=nothing')).toContain('No runs fit this.');
  expect(await page('/plans?find=add')).toContain('<p>1 plan</p>');
  const asking = JSON.parse((await portiaHere(['list', '--state', 'NEED_CLARIFICATION'], { cwd })).stdout) as {
    id: Run['id'];
  }[];
  const id = asking[0]?.id ?? '';
  const cancel = await page(`/runs/${id}/cancel`);
  expect(cancel).toContain('cannot be resumed');
  const [, csrf = ''] = /name="csrf" value="([^"]+)"/.exec(cancel) ?? [];
  expect((await server.post(`/runs/${id}/cancel`, { csrf: 'wrong' })).status).toBe(400);
  expect((await server.post(`/runs/${id}/resume`, { csrf })).status).toBe(400);
  const cancelled = await server.post(`/runs/${id}/cancel`, { csrf });
  expect([cancelled.status, cancelled.headers.get('location')]).toEqual([303, `/runs/${id}`]);
  expect(readRun(cwd, id as Run['id']).state).toBe('FAILED');
  expect((await server.get(`/runs/${id}/cancel`)).status).toBe(409);
});

test('when a run would be cancelled then the page names the calls that changed something, and no others', async () => {
  const { cwd, server } = made();
  writeFileSync(join(cwd, 'notes.txt'), 'Hello');
  const tool = (id: string, args: object, output: string) => ({ kind: 'tool', tool_id: id, args, output });
  const steps = [
    tool('file_reader_tool', { filename: 'notes.txt' }, '$text'),
    tool('file_writer_tool', { filename: 'copy.txt', content: '{{ $text }}' }, '$copy'),
    { kind: 'user_input', message: 'And now?', output: '$next' },
  ];
  writeFileSync(join(cwd, 'copy.json'), JSON.stringify({ plan_context: { query: 'Copy' }, steps }));
  const { code, stdout } = await portiaHere(['run-plan', 'copy.json', '--approve', '*', '--json'], { cwd });
  expect(code).toBe(8);
  const page = await (await server.get(`/runs/${JSON.parse(stdout).id}/cancel`)).text();
  expect(page).toContain('<ul class="stays"><li>2, file_writer_tool</li></ul>');
});

test('when open questions are listed in a terminal then each has the command that answers it', async () => {
  const cwd = orderProject('input', 'verification');
  expect((await portiaHere(['list', 'questions', '--format', 'human'], { cwd })).stdout).toBe(
    'No question waits for an answer.\n',
  );
  await pause(cwd);
  const { id } = onlyRun(cwd);
  const listed = await portiaHere(['list', 'questions'], { cwd });
  expect(JSON.parse(listed.stdout)).toMatchObject([
    { user_guidance: 'How many?', run_id: id, query: 'Order it.', selector: 'quantity' },
    {
      user_guidance: 'Is the address right?',
      commands: [`portia resume ${id} --answer verify=yes`, expect.anything()],
    },
  ]);
  const { stdout } = await portiaHere(['list', 'questions', '--limit', '1', '--format', 'human'], { cwd });
  expect(stdout).toContain(
    `2 open questions, the newest 1\n\n   How many?\n   Order it., asked just now\n   portia resume ${id}`,
  );
  expect((await portiaHere(['list', 'questions', '--state', 'FAILED'], { cwd })).code).toBe(2);
});

test('when an open question is for certain people until a time then the list in a terminal says so', async () => {
  const step = { kind: 'user_input', message: 'How many?', assignees: ['ann'], expires_in: '1h', output: '$count' };
  const cwd = makeProject({ 'plan.json': { plan_context: { query: 'Count' }, steps: [step] } });
  expect((await portiaHere(['run-plan', 'plan.json'], { cwd })).code).toBe(8);
  const { stdout } = await portiaHere(['list', 'questions', '--format', 'human'], { cwd });
  expect(stdout).toMatch(/asked just now\n {3}only ann may answer\n {3}until \S+Z; then the run stops\n/);
});
