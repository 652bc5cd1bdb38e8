import { chmodSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test, vi } from 'vitest';

import { readLink, signLink } from '../../../src/app/question-links.js';
import { orderProject, pause } from '../../e2e/order-project.js';
import { portiaHere } from '../../support/portia-here.js';
import { makeToolProject } from '../../support/tool-project.js';
import { enter, formsIn, serve, signIn, startServing } from '../../support/serve-process.js';
import { PASSWORD, writeUsers } from '../../support/served-users.js';
import { onlyRun, readRun } from '../../support/scenario.js';

const KEY = 'k'.repeat(32);
const LINK = {
  run: 'prun-019a0000-0000-7000-8000-000000000001',
  question: 'clar-1',
  name: 'Ada',
  until: '2026-12-02T00:00:00.000Z',
} as const;
const NOW = new Date('2026-12-01T00:00:00.000Z');

test('when a link was changed, cut or signed with another key then it is forged', () => {
  const token = signLink(LINK, KEY);
  expect(readLink(token, KEY, NOW)).toEqual({ kind: 'good', link: LINK });
  expect(readLink(token, KEY, new Date(LINK.until))).toEqual({ kind: 'expired', link: LINK });
  const [text = '', signature = ''] = token.split('.');
  const other = signLink({ ...LINK, name: 'Eve' }, KEY).split('.')[0] ?? '';
  for (const forged of [
    '',
    '.',
    text,
    `${text}.`,
    `${text}.${signature.slice(1)}`,
    `${other}.${signature}`,
    `${token}.x`,
    `${text}.${'é'.repeat(signature.length)}`,
  ]) {
    expect([forged, readLink(forged, KEY, NOW)]).toEqual([forged, { kind: 'forged' }]);
  }
  expect(readLink(token, 'l'.repeat(32), NOW)).toEqual({ kind: 'forged' });
});

test('when a person has a link then it answers its one question, once, also with two servers', async () => {
  const cwd = orderProject('input', 'verification');
  await pause(cwd);
  const [first, second] = [await serve([], { cwd }), await serve([], { cwd })];
  await portiaHere(['config', 'set', 'serve.public_url', first.origin], { cwd });
  const run = onlyRun(cwd);
  const several = await portiaHere(['link', run.id, '--for', 'Ada'], { cwd });
  expect([several.code, several.stderr]).toEqual([2, expect.stringContaining('asks 2 questions')]);
  expect((await portiaHere(['link', run.id, 'quantity'], { cwd })).code).toBe(2);
  const { stdout } = await portiaHere(['link', run.id, 'quantity', '--for', 'Ada', '--expires', '1h'], { cwd });
  const { pathname } = new URL((JSON.parse(stdout) as { url: string }).url);

  const stranger = await enter(`${first.origin}/enter?token=none`);
  const shown = await stranger.get(pathname);
  const html = await shown.text();
  expect([shown.status, html]).toEqual([200, expect.stringContaining('How many?')]);
  expect(html).not.toContain('href="/runs');
  expect((await stranger.get('/inbox')).status).toBe(401);
  const [form] = formsIn(html);
  expect((await stranger.post(pathname, { ...form?.fields, answer: 'many' })).status).toBe(400);
  expect(
    (await stranger.post(pathname, { ...form?.fields, answer: '7' }, { origin: 'http://evil.example' })).status,
  ).toBe(403);
  const elsewhere = await enter(`${second.origin}/enter?token=none`);
  const answers = await Promise.all([
    stranger.post(pathname, { ...form?.fields, answer: '7' }),
    elsewhere.post(pathname, { ...form?.fields, answer: '8' }),
  ]);
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses[0]).toBe(303);
  expect(statuses[1]).toBeGreaterThanOrEqual(400);
  const [answered] = readRun(cwd, run.id).outputs.clarifications;
  expect(answered).toMatchObject({ channel: 'link', answered_by: { name: 'Ada', vouched_by: 'link' } });
  const used = await stranger.get(pathname);
  expect([used.status, await used.text()]).toEqual([410, expect.stringContaining('by Ada, from a signed link')]);
  const again = await stranger.post(pathname, { ...form?.fields, answer: '9' });
  expect([again.status, await again.text()]).toEqual([410, expect.stringContaining('What you sent was not taken: 9')]);
  const forged = await stranger.get(pathname.slice(0, -1));
  expect([forged.status, await forged.text()]).toEqual([403, expect.stringContaining('was not made here')]);

  const other = await portiaHere(['link', run.id, 'verify', '--for', 'Ada'], { cwd });
  await portiaHere(['cancel', run.id, '--yes'], { cwd });
  expect(readRun(cwd, run.id).state).toBe('FAILED');
  const late = await (await stranger.get(new URL((JSON.parse(other.stdout) as { url: string }).url).pathname)).text();
  expect(late).not.toContain(cwd);
  chmodSync(join(cwd, '.home', '.config', 'portia', 'link-key'), 0o644);
  const broken = await stranger.get(pathname);
  const why = await broken.text();
  expect([broken.status, why]).toEqual([
    500,
    expect.stringContaining('The reason is printed where portia serve runs.'),
  ]);
  expect(why).not.toContain('link-key');
  await vi.waitFor(() =>
    expect(first.stderr().replaceAll(/\s+/g, ' ')).toContain('Other users of this machine can read it.'),
  );
});

const PAY = `import { defineTool } from 'portia';
import * as z from 'zod';
export const pay = defineTool({ id: 'pay', name: 'Pay', description: 'Pays.', effect: 'once',
  args: z.object({ amount: z.int() }), output: z.any(), run: async (_context, args) => args });
`;

test('when a link or a sign-in is about a call then nobody allows it for ever by that, and by a link no others', async () => {
  const cwd = makeToolProject(PAY, {
    'pay.json': {
      plan_context: { query: 'Pay.', tool_ids: ['pay'] },
      steps: [{ kind: 'tool', tool_id: 'pay', args: { amount: 9 }, output: '$paid' }],
    },
  });
  await writeUsers(cwd, { Ada: ['answer', 'run'] });
  const server = await serve([], { cwd });
  await portiaHere(['config', 'set', 'serve.public_url', server.origin], { cwd });
  expect((await portiaHere(['run-plan', 'pay.json', '--no-prompt'], { cwd })).code).toBe(8);
  const { stdout } = await portiaHere(['link', 'last', '--for', 'Ada'], { cwd });
  const { pathname } = new URL((JSON.parse(stdout) as { url: string }).url);
  const html = await (await server.get(pathname)).text();
  expect(html).toContain('Yes, make this call');
  expect(html).not.toMatch(/value="(run|always)"/);
  const [form] = formsIn(html);
  for (const answer of ['run', 'always']) {
    const refused = await server.post(pathname, { ...form?.fields, answer });
    expect([answer, refused.status]).toEqual([answer, 409]);
    expect(await refused.text()).toContain('allows more calls than the one that is asked about');
  }
  expect(onlyRun(cwd).outputs.clarifications).toMatchObject([{ resolved: false, may_keep: true }]);
  // Who started the server can.
  expect(await (await server.get('/inbox')).text()).toContain('value="always"');
  const { listensAt } = await startServing(['--users', 'users.json'], { cwd });
  const ada = await signIn(`http://${listensAt}`, { name: 'Ada', password: PASSWORD });
  const inbox = await (await ada.get('/inbox')).text();
  expect([inbox.includes('Yes, make this call'), inbox.includes('value="always"')]).toEqual([true, false]);
  const [own] = formsIn(inbox);
  const always = await ada.post(own?.action ?? '', { ...own?.fields, answer: 'always' });
  expect([always.status, await always.text()]).toEqual([409, expect.stringContaining('allows a tool always')]);
  expect(JSON.parse((await portiaHere(['trust', '--allowed'], { cwd })).stdout)).toEqual([]);
  expect((await server.post(pathname, { ...form?.fields, answer: 'yes' })).status).toBe(303);
});
