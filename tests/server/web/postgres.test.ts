import { describe, expect, test, vi } from 'vitest';

import { HAS_POSTGRES, newStoreUrl } from '../../support/postgres.js';
import { portiaHere } from '../../support/portia-here.js';
import { makeProject } from '../../support/portia.js';
import { formsIn, serve } from '../../support/serve-process.js';

const GREETING = {
  plan_context: { query: 'Greet somebody', tool_ids: [] },
  plan_inputs: [{ name: 'word', default: 'Hello' }],
  steps: [
    { kind: 'user_input', message: 'What is your name?', output: '$name' },
    { kind: 'compute', expression: '$word & " " & $name', output: '$greeting' },
  ],
};

describe.runIf(HAS_POSTGRES)('on PostgreSQL', () => {
  test('when pages are of a database then runs are answered, started and cancelled there, and steps commented on', async () => {
    const { url } = await newStoreUrl();
    const env = { PORTIA_STORE: url };
    const cwd = makeProject({ 'greet.json': GREETING });
    const paused = await portiaHere(['run-plan', 'greet.json', '--json'], { cwd, env });
    const { id, plan_id: plan } = JSON.parse(paused.stdout);
    const server = await serve(['--drive', '--by', 'Ada'], { cwd, env });
    const page = async (path: string) => (await server.get(path)).text();

    const inbox = await page('/inbox');
    expect(inbox).toContain('1 question of 1 run waits for an answer.');
    const [form] = formsIn(inbox);
    const csrf = form?.fields['csrf'] ?? '';
    expect((await server.post(form?.action ?? '', { ...form?.fields, answer: 'Ann' })).status).toBe(303);
    await vi.waitFor(async () => expect(await page(`/runs/${id}`)).toContain('Hello Ann'), 30_000);
    expect(await page('/inbox')).toContain('Nothing waits for you.');

    expect((await server.post(`/plans/${plan}/comments`, { csrf, step: '1', text: 'Politely' })).status).toBe(303);
    expect(await page(`/plans/${plan}`)).toMatch(/1 comment\.[^]*Politely/);
    const begun = await server.post(`/plans/${plan}/start`, { csrf, 'in.word': 'Bye' });
    const other = begun.headers.get('location') ?? '';
    await vi.waitFor(async () => expect(await page('/inbox')).toContain('1 question of 1 run'), 30_000);
    expect((await server.post(`${other}/cancel`, { csrf })).status).toBe(303);
    expect(await page(other)).toContain('Cancelled');
    expect(await page('/runs')).toContain('2 runs');
    expect((await portiaHere(['rm', plan, '--yes'], { cwd, env })).code).toBe(0);
    expect((await server.get(`/plans/${plan}`)).status).toBe(404);
  });
});
