import { createHmac } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Answer } from '../support/json-server.js';
import { startMailServer } from '../support/mail-server.js';
import { ASK, makeDue, project, RUN, taking, unsentIn } from '../support/notice-project.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, portia, startPortia, UNTRUSTED } from '../support/portia.js';
import { HAS_POSTGRES, newStoreUrl } from '../support/postgres.js';
import { printedError } from '../support/scenario.js';

const settledIn = (cwd: string) => readdirSync(join(cwd, 'runs', 'notices', 'settled'));
describe('a webhook', () => {
  test('when a run asks and ends then it is told once of each, signed as Standard Webhooks are', async () => {
    const server = await taking();
    const cwd = project({
      hook: { to: `${server.origin}/portia`, on: ['question', 'end'], secret_env: 'HOOK_SECRET' },
    });
    const key = Buffer.from('a key of thirty-two bytes or more');
    const env = { HOOK_SECRET: `whsec_${key.toString('base64')}` };
    const run = JSON.parse((await portiaHere(RUN, { cwd, env })).stdout);
    const again = await portiaHere(['resume', run.id], { cwd, env });
    expect(again.code).toBe(8);
    expect(server.asked).toHaveLength(1);
    const [asked] = server.asked;
    const question = run.outputs.clarifications[0];
    expect(asked?.line).toBe('POST /portia');
    expect(asked?.body).toEqual({
      type: 'portia.notice',
      id: question.id,
      sent_at: expect.any(String),
      items: [
        {
          kind: 'question',
          run_id: run.id,
          plan_id: run.plan_id,
          request: 'Book a hotel',
          step: '1',
          since: question.raised_at,
          question: {
            ...{ id: question.id, category: 'Input', text: 'Which city?' },
            ...{ tool_id: null, args: null, options: null, until: null },
          },
          ...{ error: null, result: null, for: [], link: null },
          commands: [`portia resume ${run.id} --answer city=VALUE`],
        },
      ],
    });
    const { 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signature } = asked?.headers ?? {};
    const signed = `${String(id)}.${String(seconds)}.${JSON.stringify(asked?.body)}`;
    expect([id, signature]).toEqual([question.id, `v1,${createHmac('sha256', key).update(signed).digest('base64')}`]);
    expect(Math.abs(Number(seconds) * 1_000 - Date.now())).toBeLessThan(600_000);

    await portiaHere(['resume', run.id, '--answer', 'city=Rome'], { cwd, env });
    expect(server.asked[1]?.body).toMatchObject({ items: [{ kind: 'end', run_id: run.id, result: 'Rome' }] });
    expect(server.asked).toHaveLength(2);
    expect(settledIn(cwd)).toHaveLength(2);
  });

  test.each<[string, Answer, string]>([
    ['answers 500', { status: 500, body: 'out of order' }, 'it answered with status 500: out of order'],
    [
      'redirects',
      { status: 307, headers: { location: 'http://127.0.0.1:1/' }, body: '' },
      'redirects to http://127.0.0.1:1/, which only a GET follows',
    ],
    ['answers without an end', { body: 'x'.repeat(200_000) }, 'the answer has more than 100000 bytes'],
  ])(
    'when it %s then the run ends as it would, and doctor and the list say what is wrong',
    async (_what, answer, why) => {
      const server = await taking(() => answer);
      const cwd = project({ hook: { to: server.origin } });
      const stopped = await portiaHere(['run-plan', 'fail.json'], { cwd });
      expect(stopped.code).toBe(1);
      expect(JSON.parse(stopped.stdout).state).toBe('FAILED');
      expect(server.asked).toHaveLength(1);
      expect(await unsentIn(cwd)).toMatchObject([{ target: 'hook', kind: 'failure', tries: 1, state: 'due' }]);
      const found = JSON.parse((await portiaHere(['doctor'], { cwd })).stdout).checks;
      expect(found.find(({ id }: { id: string }) => id === 'notify.hook')).toMatchObject({
        status: 'warning',
        what: expect.stringContaining(why),
      });
      const listed = await portiaHere(['notify', '--format', 'human'], { cwd });
      expect(listed.stdout).toContain('Not sent');
      expect(listed.stdout).toContain('hook was not told of the failure of run');
    },
  );
});

test('when a process is killed between sending and keeping that then it is sent again under the same id', async () => {
  const cwd = project({ me: { to: 'exec:cat >> got; kill -9 $PPID', on: ['question'] } });
  const killed = await ended(startPortia(RUN, { cwd }));
  expect(killed.signal).toBe('SIGKILL');
  expect(await unsentIn(cwd)).toMatchObject([{ state: 'sending', tries: 1 }]);
  writeFileSync(join(cwd, 'portia.json'), JSON.stringify({ notify: { me: { to: 'exec:cat >> got' } } }));
  await portiaHere(['worker', '--until-idle'], { cwd });
  const got = () => readFileSync(join(cwd, 'got'), 'utf8').trim().split('\n');
  expect(got()).toHaveLength(1);
  makeDue(cwd);
  await portiaHere(['worker', '--until-idle'], { cwd });
  const ids = got().map((line) => JSON.parse(line).id);
  expect(ids).toHaveLength(2);
  expect(new Set(ids).size).toBe(1);
});

test('when a run was driven where nobody is told then a worker tells of its question, and of no old end', async () => {
  const server = await taking();
  const cwd = project({});
  await portiaHere(RUN, { cwd });
  await portiaHere(['run-plan', 'fail.json'], { cwd });
  writeFileSync(join(cwd, 'portia.json'), JSON.stringify({ notify: { hook: { to: server.origin } } }));
  await portiaHere(['worker', '--until-idle'], { cwd });
  await portiaHere(['worker', '--until-idle'], { cwd });
  expect(server.asked.map(({ body }) => body)).toMatchObject([{ items: [{ kind: 'question' }] }]);
});

test('when a project is not trusted then nobody is told, and trust lists who would be', async () => {
  const server = await taking();
  const cwd = project({ hook: { to: server.origin }, me: { to: 'exec:touch ran' } });
  const run = await portiaHere(RUN, { cwd, env: UNTRUSTED });
  expect(run.code).toBe(8);
  expect(run.stderr).toContain('2 targets of notices (hook, me)');
  expect([server.asked, existsSync(join(cwd, 'ran'))]).toEqual([[], false]);
});

test('when a plan names targets then only these are told, and one that is not set is a warning', async () => {
  const [all, some] = [await taking(), await taking()];
  const cwd = project({ all: { to: all.origin }, some: { to: some.origin, plans: 'nothing*' } });
  writeFileSync(join(cwd, 'ask.json'), JSON.stringify({ ...ASK, notify: ['some', 'https://evil.example'] }));
  const run = await portiaHere(RUN, { cwd });
  expect([run.code, all.asked.length, some.asked.length]).toEqual([8, 0, 1]);
  const untold = 'The plan wants https://evil.example told, and no target of that name is set.';
  expect(run.stderr).toContain(untold);
  const checked = await portiaHere(['check', 'ask.json', '--json'], { cwd });
  const problem = { rule: 'unknown-target', severity: 'warning', message: untold, pointer: '/notify/1' };
  expect(JSON.parse(checked.stdout).problems.at(-1)).toMatchObject(problem);
  writeFileSync(join(cwd, 'ask.json'), JSON.stringify({ ...ASK, notify: [] }));
  await portiaHere(RUN, { cwd });
  expect([all.asked.length, some.asked.length]).toEqual([0, 1]);
});

test('when a target is for certain plans then it is told of those whose request its glob names', async () => {
  const [hotels, others] = [await taking(), await taking()];
  const targets = { hotels: { to: hotels.origin, plans: 'Book *' }, others: { to: others.origin, plans: 'Pay *' } };
  await portiaHere(RUN, { cwd: project(targets) });
  expect([hotels.asked.length, others.asked.length]).toEqual([1, 0]);
});

test('when a question did not arrive then the list of open questions says who was not told, and why', async () => {
  const server = await taking(() => ({ status: 500, body: '' }));
  const cwd = project({ hook: { to: server.origin } });
  await portiaHere(RUN, { cwd });
  const listed = await portiaHere(['list', 'questions'], { cwd });
  const error = 'it answered with status 500';
  expect(JSON.parse(listed.stdout)).toMatchObject([{ not_told: [{ target: 'hook', error, given_up: false }] }]);
  expect(listed.stderr).toContain('hook was not told of the question of run');
});

test('when a target is one person alone, and the question is for that person, then there is a link to answer it by', async () => {
  const [ada, team] = [await taking(), await taking()];
  const cwd = project({
    ada: { to: ada.origin, people: { ada: 'ada' } },
    team: { to: team.origin, people: { ada: 'ada', bob: 'bob' } },
  });
  const [step] = ASK.steps;
  writeFileSync(join(cwd, 'ask.json'), JSON.stringify({ ...ASK, steps: [{ ...step, assignees: ['ada'] }] }));
  const settings = JSON.parse(readFileSync(join(cwd, 'portia.json'), 'utf8'));
  const serve = { public_url: 'https://portia.example.com/' };
  writeFileSync(join(cwd, 'portia.json'), JSON.stringify({ ...settings, serve }));
  await portiaHere(RUN, { cwd });
  const link = expect.stringMatching(/^https:\/\/portia\.example\.com\/link\/[\w-]+\.[\w-]+$/);
  expect(ada.asked[0]?.body).toMatchObject({ items: [{ for: ['ada'], link }] });
  expect(team.asked[0]?.body).toMatchObject({ items: [{ for: ['ada'], link: null }] });
});

test('when a run is rehearsed then nobody is told', async () => {
  const server = await taking();
  await portiaHere([...RUN, '--dry-run'], { cwd: project({ hook: { to: server.origin } }) });
  expect(server.asked).toEqual([]);
});

test('when somebody is told by mail then the mail is a text whose headers nobody else writes', async () => {
  const server = await startMailServer();
  const mail = { host: '127.0.0.1', port: server.port, from: 'Portia <portia@example.org>' };
  const message = 'Which city?\r\nBcc: eve@example.org\r\n\r\n<script>alert(1)</script>';
  const cwd = makeProject({
    'portia.json': {
      notify: { ada: { to: 'mailto:Ada <ada@example.org>,bob@example.org' } },
      tools: { settings: { send_email_tool: mail } },
    },
    'ask.json': { ...ASK, steps: [{ kind: 'user_input', message, output: '$city' }] },
  });
  const run = JSON.parse((await portiaHere(RUN, { cwd })).stdout);
  const [got] = server.mails;
  expect(server.mails).toHaveLength(1);
  expect(got?.to).toEqual(['ada@example.org', 'bob@example.org']);
  const [head = '', body = ''] = got?.text.split(/\r\n\r\n(.*)/s) ?? [];
  expect(head).toContain(`Message-ID: <${run.outputs.clarifications[0].id}@example.org>`);
  expect(head).toMatch(/^Subject: portia: Run [0-9a-f]{8} asks$/m);
  expect(head).not.toMatch(/^Bcc:/m);
  expect(head).toContain('Content-Type: text/plain');
  expect(body).toContain('Bcc: eve@example.org');
});

describe.runIf(HAS_POSTGRES)('on PostgreSQL', () => {
  test('when two workers look at once then each question is told once', async () => {
    const server = await taking();
    const env = { PORTIA_STORE: (await newStoreUrl()).url };
    const cwd = project({});
    writeFileSync(join(cwd, 'all.ndjson'), '{}\n'.repeat(5));
    await portiaHere([...RUN, '--batch', 'all.ndjson'], { cwd, env });
    writeFileSync(join(cwd, 'portia.json'), JSON.stringify({ notify: { hook: { to: server.origin } } }));
    await Promise.all([1, 2].map(() => portia(['worker', '--until-idle'], { cwd, env })));
    const told = server.asked.flatMap(({ body }) => (body?.['items'] ?? []) as { question: { id: string } }[]);
    expect(told).toHaveLength(5);
    expect(new Set(told.map(({ question }) => question.id)).size).toBe(5);
    expect(await unsentIn(cwd, env)).toEqual([]);
  });
});

describe('portia notify test', () => {
  test('when a target takes the test then it is said, and nothing is kept', async () => {
    const server = await taking();
    const cwd = project({ chat: { to: 'slack:SLACK_WEBHOOK' } });
    const env = { SLACK_WEBHOOK: `${server.origin}/services/T0/B0/hush-hush` };
    const tested = await portiaHere(['notify', 'test', 'chat'], { cwd, env });
    expect(JSON.parse(tested.stdout)).toEqual({ target: 'chat', sent: true });
    expect(server.asked).toMatchObject([
      { line: 'POST /services/T0/B0/hush-hush', body: { text: expect.stringContaining('This is a test of chat.') } },
    ]);
    expect(existsSync(join(cwd, 'runs'))).toBe(false);
  });

  test.each<[string, object, Record<string, string>, string]>([
    ['its variable is not set', { to: 'slack:SLACK_WEBHOOK' }, {}, 'SLACK_WEBHOOK is not set'],
    ['its variable holds no address', { to: 'ntfy:TOPIC' }, { TOPIC: 'hush-hush' }, 'does not hold an address'],
    ['nobody is there', { to: 'webhook:HOOK' }, { HOOK: 'http://127.0.0.1:1/hush-hush' }, 'cannot be reached'],
    ['its program fails', { to: 'exec:echo broken >&2; exit 3' }, {}, 'it exited with code 3: broken'],
    ['its key is not set', { to: 'https://127.0.0.1:1/', secret_env: 'KEY' }, {}, 'KEY is not set'],
    ['there is no mail server', { to: 'mailto:ada@example.org' }, {}, 'host and from are missing'],
  ])('when %s then it is said, without what is secret', async (_what, target, env, why) => {
    const tested = await portiaHere(['notify', 'test', 'chat'], { cwd: project({ chat: target }), env });
    expect(tested.code).toBe(3);
    expect(printedError(tested.stderr)).toMatchObject({ code: 'unavailable', why: expect.stringContaining(why) });
    expect(tested.stderr).not.toContain('hush-hush');
  });

  test('when there is no such target then those that there are are named', async () => {
    const cwd = project({ chat: { to: 'slack:SLACK_WEBHOOK' } });
    const tested = await portiaHere(['notify', 'test', 'chta'], { cwd });
    expect(tested.code).toBe(2);
    expect(printedError(tested.stderr)).toMatchObject({ why: 'The targets are chat.', fix: 'portia notify test chat' });
  });
});

test.each<[string, object, string]>([
  ['an address that is a key', { to: 'https://hooks.slack.com/services/T0/B0/x' }, 'the address is itself a key'],
  ['a key in its query', { to: 'https://example.org/?token=x' }, 'holds a key in its query'],
  ['a key instead of a variable', { to: 'slack:https://hooks.slack.com/x' }, 'must name the variable'],
  ['another scheme', { to: 'ftp://example.org' }, 'must be slack:VARIABLE'],
  ['no address', { to: 'mailto:ada' }, 'must be addresses'],
  ['no event', { to: 'exec:true', on: ['answer'] }, 'on'],
  ['no time', { to: 'exec:true', remind_after: 'soon' }, 'must be a number with ms, s, m, h or d'],
  ['an unknown key', { to: 'exec:true', digset: '1m' }, 'did you mean'],
])('when a target has %s then the settings are refused, and the value is not quoted', async (_what, target, why) => {
  const refused = await portiaHere(['notify'], { cwd: project({ chat: target }) });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(why);
  expect(refused.stderr).not.toContain('hooks.slack.com');
});
