import { expect, test, vi } from 'vitest';

import type { Run } from '../../../src/domain/run/run.js';
import { KINDS, orderProject, pause, resultOf } from '../../e2e/order-project.js';
import { portiaHere } from '../../support/portia-here.js';
import { formsIn, serve, type Served } from '../../support/serve-process.js';
import { onlyRun, readRun } from '../../support/scenario.js';
import { makeToolProject } from '../../support/tool-project.js';
import { forAllTests } from '../../support/when-over.js';

/** The text of a page as a person reads it, on one line. */
const textOf = (html: string) =>
  html
    .replaceAll(/<svg[^]*?<\/svg>|<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&gt;', '>')
    .replaceAll('&#39;', "'");

async function pageOf(server: Served, path: string): Promise<string> {
  const response = await server.get(path);
  expect(response.status).toBe(200);
  return response.text();
}

/** What each kind is answered with by its form, and an answer that does not fit. */
const ANSWERS: Record<string, { good: Record<string, string>; wrong: Record<string, string>; says: string }> = {
  input: { good: { answer: '7' }, wrong: { answer: '-3' }, says: 'must be >= 1' },
  choice: { good: { answer: '2' }, wrong: { answer: 'huge' }, says: 'is "huge"' },
  confirmation: { good: { answer: 'value' }, wrong: { answer: 'value', value: 'plenty' }, says: 'is "plenty"' },
  verification: { good: { answer: 'yes' }, wrong: { answer: 'no', reason: ' ' }, says: 'is no, without a reason' },
  action: { good: { answer: 'done' }, wrong: { answer: 'soon' }, says: 'is missing' },
  custom: { good: { street: 'Main Street 1' }, wrong: { street: '' }, says: 'is missing' },
};

test('when questions of all kinds wait then each is answered by its form, and the run completes', async () => {
  const cwd = orderProject(...KINDS.map(({ name }) => name));
  expect((await pause(cwd)).code).toBe(8);
  const asked = onlyRun(cwd);
  const server = await serve(['--drive', '--by', 'Ada Brook'], { cwd });
  const inbox = await pageOf(server, '/inbox');
  expect(textOf(inbox)).toContain('6 questions of 1 run wait for an answer. Nothing is answered by default.');
  expect(textOf(inbox)).toContain('Next: order_tool is called with it.');
  for (const [index, { name }] of KINDS.entries()) {
    const question = asked.outputs.clarifications[index];
    const path = `/questions/${asked.id}/${question?.id}`;
    const { good, wrong, says } = ANSWERS[name] ?? { good: {}, wrong: {}, says: '' };
    const [form] = formsIn(await pageOf(server, path));
    const fields = { ...form?.fields };
    const refused = await server.post(path, { ...fields, ...wrong });
    const said = await refused.text();
    expect([name, refused.status, textOf(said)]).toEqual([name, 400, expect.stringContaining(says)]);
    expect(said).toMatch(/Nothing was sent/);
    expect(readRun(cwd, asked.id).outputs.clarifications[index]?.resolved).toBe(false);
    const sent = await server.post(path, { ...fields, ...good });
    expect([name, sent.status, sent.headers.get('location')]).toEqual([
      name,
      303,
      `/inbox?answered=${asked.id}/${question?.id}`,
    ]);
    expect(textOf(await pageOf(server, sent.headers.get('location') ?? ''))).toContain('Recorded:');
    const twice = await server.post(path, { ...fields, ...good });
    const late = textOf(await twice.text());
    expect([twice.status, late]).toEqual([409, expect.stringContaining('by Ada Brook, from a page')]);
    expect(late).toContain(`What you sent was not taken: ${Object.values(good)[0]}`);
  }
  await vi.waitFor(() => expect(readRun(cwd, asked.id).state, server.stderr()).toBe('COMPLETE'), { timeout: 60_000 });
  const ended = readRun(cwd, asked.id);
  expect(resultOf(ended)).toEqual({
    answers: KINDS.map(({ response }) => response),
    args: { quantity: 7, size: 'large', amount: 1000 },
  });
  const [first] = ended.outputs.clarifications;
  expect(first).toMatchObject({ channel: 'web', answered_by: { name: 'Ada Brook' } });
  expect(textOf(await pageOf(server, '/inbox'))).toMatch(
    /Nothing waits for you\..*Answered last Answered by Ada Brook, from a page, just now : .*“Where to\?”/,
  );
});

const MAIL = `import { defineTool } from 'portia';
import * as z from 'zod';
export const mail = defineTool({ id: 'mail', name: 'Mail', description: 'Sends.', effect: 'once',
  args: z.object({ to: z.string(), body: z.string(), copies: z.int().optional() }),
  output: z.any(),
  run: async (_context, args) => args });
`;

const mailProject = () =>
  makeToolProject(MAIL, {
    'mail.json': {
      plan_context: { query: 'Remind <b>customers</b>', tool_ids: ['mail'] },
      plan_inputs: [{ name: 'to', description: 'whom' }],
      steps: [
        { kind: 'compute', expression: '"Dear " & $to', output: '$body' },
        { kind: 'tool', tool_id: 'mail', args: { to: '{{ $to }}', body: '{{ $body }}' }, output: '$sent' },
        { kind: 'user_verify', message: 'All right?' },
      ],
    },
  });

const made = forAllTests(async () => {
  const cwd = mailProject();
  return { cwd, server: await serve([], { cwd }) };
});

async function askingRun(cwd: string): Promise<Run> {
  const { stdout } = await portiaHere(['run-plan', 'mail.json', '-i', 'to=Ben'], { cwd });
  return JSON.parse(stdout) as Run;
}

test('when a call is asked about then it is shown in full, can be changed, and a no needs its reason', async () => {
  const { cwd, server } = made();
  const [changed, declined] = [await askingRun(cwd), await askingRun(cwd)];
  const pathOf = ({ id, outputs }: Run) => `/questions/${id}/${outputs.clarifications[0]?.id}`;
  const page = await pageOf(server, pathOf(changed));
  expect(page).toContain('Remind &lt;b&gt;customers&lt;/b&gt;');
  expect(textOf(page)).toContain('May mail be called with these arguments?');
  expect(textOf(page)).toContain('Next: 3, All right?');
  expect(textOf(page)).toContain('$to Ben');
  const [yes, no] = formsIn(page);
  expect(yes?.fields).toMatchObject({ 'args.to': 'Ben', 'args.body': 'Dear Ben', 'args.copies': '' });

  const review = await server.post(pathOf(changed), {
    ...yes?.fields,
    answer: 'yes',
    'args.body': '@mail.json',
    'args.copies': '2',
  });
  const reviewed = await review.text();
  expect([review.status, textOf(reviewed)]).toEqual([200, expect.stringContaining('Yes, with 2 changes')]);
  expect(readRun(cwd, changed.id).state).toBe('NEED_CLARIFICATION');
  const bad = await server.post(pathOf(changed), { ...yes?.fields, answer: 'yes', 'args.copies': 'many' });
  expect(bad.status).toBe(400);
  const agreed = await server.post(pathOf(changed), { ...formsIn(reviewed)[0]?.fields, answer: 'yes' });
  expect(agreed.status).toBe(303);
  expect(readRun(cwd, changed.id).outputs.clarifications[0]?.response).toEqual({
    yes: { to: 'Ben', body: '@mail.json', copies: 2 },
  });
  expect(textOf(await pageOf(server, agreed.headers.get('location') ?? ''))).toContain(`portia -C ${cwd} resume`);

  expect(
    (await server.post(pathOf(declined), { ...no?.fields, csrf: 'wrong', answer: 'no', reason: 'no' })).status,
  ).toBe(400);
  const refused = await server.post(pathOf(declined), { ...no?.fields, answer: 'no', reason: 'Not today' });
  expect(refused.status).toBe(303);
  expect(readRun(cwd, declined.id).outputs.clarifications[0]?.response).toEqual({ no: 'Not today' });
  expect((await portiaHere(['verify', changed.id], { cwd })).code).toBe(0);
  const resumed = await portiaHere(['resume', changed.id], { cwd });
  expect(JSON.parse(resumed.stdout)).toMatchObject({ outputs: { clarifications: [{ channel: 'web' }, {}] } });
});

test('when a question takes no answer then the page says why, and nothing is recorded', async () => {
  const { cwd, server } = made();
  const run = await askingRun(cwd);
  const path = `/questions/${run.id}/${run.outputs.clarifications[0]?.id}`;
  const [form] = formsIn(await pageOf(server, path));
  await portiaHere(['cancel', run.id, '--yes'], { cwd });
  const late = await server.post(path, { ...form?.fields, answer: 'yes' });
  expect([late.status, textOf(await late.text())]).toEqual([
    409,
    expect.stringContaining('The run has ended: it is FAILED.'),
  ]);
  for (const gone of [
    `/questions/${run.id}/clar-nothing`,
    `/questions/prun-nothing/x`,
    path.replace(/.{4}\//, 'ffff/'),
  ]) {
    expect([gone, (await server.post(gone, { ...form?.fields, answer: 'yes' })).status]).toEqual([gone, 404]);
  }
});
