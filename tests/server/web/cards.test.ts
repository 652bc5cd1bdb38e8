import { userInfo } from 'node:os';

import { expect, test } from 'vitest';

import type { Run } from '../../../src/domain/run/run.js';
import { portiaHere } from '../../support/portia-here.js';
import { portia } from '../../support/portia.js';
import { openPortia, onlyRun, readRun } from '../../support/scenario.js';
import { enter, formsIn, serve, type Visitor } from '../../support/serve-process.js';
import { makeToolProject } from '../../support/tool-project.js';
import { forAllTests } from '../../support/when-over.js';

const PAY = `import { defineTool } from 'portia';
import * as z from 'zod';
export const pay = defineTool({ id: 'pay', name: 'Pay', description: 'Pays.', effect: 'once', args: z.object({ to: z.string() }),
  run: () => { throw new Error('the line went dead.'); } });
`;

const me = userInfo().username;
const plan = (step: object) => ({
  plan_context: { query: 'Pay it.', tool_ids: ['pay'] },
  steps: [step, { kind: 'compute', expression: "'paid'", output: '$done' }],
});
const verify = (approvers: object) => plan({ kind: 'user_verify', message: 'Pay 900?', approvers });
const PLANS = {
  'pay.json': plan({ kind: 'tool', tool_id: 'pay', args: { to: 'Ada' }, output: '$paid' }),
  'secret.json': plan({
    kind: 'user_input',
    message: 'Which password?',
    schema: { type: 'string', format: 'password' },
    output: '$otp',
  }),
  'two.json': verify({ any_of: [me, 'ben'], required: 2 }),
  'others.json': verify({ any_of: ['ben'] }),
  'call.json': plan({
    kind: 'tool',
    name: 'Pay the bill',
    tool_id: 'pay',
    args: { to: 'Ada' },
    approvers: { any_of: ['ben'] },
    output: '$paid',
  }),
  'name.json': plan({ kind: 'user_input', message: 'What is your name?', output: '$name' }),
};

const made = forAllTests(async () => {
  const cwd = makeToolProject(PAY, PLANS);
  const server = await serve([], { cwd });
  await portiaHere(['config', 'set', 'serve.public_url', server.origin], { cwd });
  return { cwd, server };
});

/** A run that asks, and the path of its question. */
async function askingRun(cwd: string, name: keyof typeof PLANS): Promise<{ id: Run['id']; path: string }> {
  const { stdout } = await portiaHere(['run-plan', name, '--approve', '*'], { cwd });
  const { id, outputs } = JSON.parse(stdout) as Run;
  return { id, path: `/questions/${id}/${outputs.clarifications[0]?.id}` };
}

async function linkFor(cwd: string, { id, name }: { id: string; name: string }): Promise<string> {
  const { stdout } = await portiaHere(['link', id, '--for', name], { cwd });
  return new URL((JSON.parse(stdout) as { url: string }).url).pathname;
}

const pageAt = async (visitor: Visitor, path: string) => (await visitor.get(path)).text();

test('when it is unknown whether a call acted then its card says so, and only what a person chose is recorded', async () => {
  const { cwd, server } = made();
  const { id, path } = await askingRun(cwd, 'pay.json');
  const page = await pageAt(server, path);
  expect(page).toContain('Outcome unknown');
  expect(page).toContain('the line went dead.');
  const [form] = formsIn(page);
  expect((await server.post(path, { ...form?.fields })).status).toBe(400);
  expect((await server.post(path, { ...form?.fields, answer: 'stop' })).status).toBe(303);
  expect(readRun(cwd, id).outputs.clarifications[0]).toMatchObject({ response: 'stop', channel: 'web' });
});

test('when a secret is asked for and nothing here can pass it on then the card has the command that can', async () => {
  const { cwd, server } = made();
  const { id, path } = await askingRun(cwd, 'secret.json');
  const page = await pageAt(server, path);
  expect(page).toContain('It is never written down');
  expect(page).toMatch(new RegExp(`resume ${id} --answer [^ ]*otp=@FILE`));
  expect(formsIn(page)).toEqual([]);
  const { path: other } = await askingRun(cwd, 'name.json');
  const [form] = formsIn(await pageAt(server, other));
  expect((await server.post(path, { ...form?.fields, answer: 'hush' })).status).toBe(409);
  expect(readRun(cwd, id).outputs.clarifications[0]?.resolved).toBe(false);
});

test('when two must agree then one agrees on a page, the other by a link, and neither counts twice', async () => {
  const { cwd, server } = made();
  const { id, path } = await askingRun(cwd, 'two.json');
  const asked = await pageAt(server, path);
  expect(asked).toContain(`2 of ${me} or ben must agree.`);
  const [form] = formsIn(asked);
  const agreed = await server.post(path, { ...form?.fields, answer: 'yes' });
  expect(await pageAt(server, agreed.headers.get('location') ?? '')).toContain('Others must agree, too.');
  expect((await server.post(path, { ...form?.fields, answer: 'yes' })).status).toBe(409);
  expect(await pageAt(server, path)).toContain(`${me} has agreed already`);
  const link = await linkFor(cwd, { id, name: 'ben' });
  const ben = await enter(`${server.origin}/enter?token=none`);
  const [bensForm] = formsIn(await pageAt(ben, link));
  expect((await ben.post(link, { ...bensForm?.fields, answer: 'yes' })).status).toBe(303);
  const [question] = readRun(cwd, id).outputs.clarifications;
  expect(question).toMatchObject({ resolved: true, response: true, approvals: [{ by: { user: me }, channel: 'web' }] });
});

test('when a question is for others then its card names them, and takes no answer from anybody else', async () => {
  const { cwd, server } = made();
  const { id, path } = await askingRun(cwd, 'others.json');
  const page = await pageAt(server, path);
  expect(page).toContain(`The question is for ben, and here ${me} answers.`);
  expect(page.match(/\bben\b/g)).toHaveLength(1);
  expect(formsIn(page)).toEqual([]);
  const link = await linkFor(cwd, { id, name: 'eve' });
  const eve = await enter(`${server.origin}/enter?token=none`);
  expect(await pageAt(eve, link)).toContain('The question is for ben, and here eve answers.');
  expect((await eve.post(link, { answer: 'yes' })).status).toBe(410);
  expect(readRun(cwd, id).outputs.clarifications[0]?.resolved).toBe(false);
});

test('when a call is for others to approve then everybody sees its arguments, and its step by its name', async () => {
  const { cwd, server } = made();
  const { path } = await askingRun(cwd, 'call.json');
  const page = await pageAt(server, path);
  expect(formsIn(page)).toEqual([]);
  expect(page).toContain('<dt class="name">to</dt><dd><div class="text">Ada</div></dd>');
  expect(page).toMatch(/<li aria-current="step">.*?<span>Pay the bill<\/span>/);
});

test('when a terminal asks then the card says where, and takes no answer', async () => {
  const cwd = makeToolProject(PAY, PLANS);
  const terminal = openPortia(['run-plan', 'name.json'], { cwd });
  await terminal.waitFor('What is your name?');
  const server = await serve([], { cwd });
  const { id, outputs } = onlyRun(cwd);
  const path = `/questions/${id}/${outputs.clarifications[0]?.id}`;
  const page = await pageAt(server, path);
  expect(page).toMatch(/A process on \S+ \(\d+\) works on this run, and asks there\./);
  expect(formsIn(page)).toEqual([]);
  terminal.type('Ada');
  terminal.press('enter');
  expect((await terminal.exit()).code).toBe(0);
});

test('when a run was left to workers then its answer on a page lets a worker complete it, and the page says so', async () => {
  const { cwd, server } = made();
  const { stdout } = await portiaHere(['run-plan', 'name.json', '--queue'], { cwd });
  const { id } = JSON.parse(stdout) as Run;
  await portia(['worker', '--until-idle'], { cwd });
  const path = `/questions/${id}/${readRun(cwd, id).outputs.clarifications[0]?.id}`;
  const [form] = formsIn(await pageAt(server, path));
  const sent = await server.post(path, { ...form?.fields, answer: 'Ada' });
  expect(await pageAt(server, sent.headers.get('location') ?? '')).toContain(', or by a worker.');
  expect((await portia(['worker', '--until-idle'], { cwd })).code).toBe(0);
  expect(readRun(cwd, id)).toMatchObject({ state: 'COMPLETE', outputs: { clarifications: [{ channel: 'web' }] } });

  const { path: other } = await askingRun(cwd, 'name.json');
  const answered = await server.post(other, { ...form?.fields, answer: 'Ada' });
  expect(await pageAt(server, answered.headers.get('location') ?? '')).not.toContain('by a worker');
});
