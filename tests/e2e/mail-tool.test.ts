import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { SMTPServerOptions } from 'smtp-server';
import { expect, test } from 'vitest';

import { startMailServer, startStrangeServer, type Habits } from '../support/mail-server.js';
import { fileOf } from '../support/page-examples.js';
import { portiaHere } from '../support/portia-here.js';
import { ended, makeProject, portia, startPortia, UNTRUSTED } from '../support/portia.js';
import { expectError } from '../support/printed-error.js';
import { onlyRun, printedError, printedQuestions, readEvents } from '../support/scenario.js';

const PAGE = 'docs/tools.md';
const TOOL = 'send_email_tool';
const MAIL = { to: ['Grace Hopper <grace@example.org>'], subject: 'Grüße', text: 'Hello\n.\nworld\n' };
const FROM = 'Ada <ada@example.com>';

const settingsOf = (mail: object) => ({ tools: { settings: { [TOOL]: mail } } });

/** A project in which a plan sends a mail. */
function project(mail: object, args: object = {}, files: Record<string, string> = {}): string {
  const step = { kind: 'tool', tool_id: TOOL, args: { ...MAIL, ...args }, output: '$sent' };
  return makeProject({
    'portia.json': settingsOf({ host: '127.0.0.1', from: FROM, ...mail }),
    'plan.json': { plan_context: { query: 'Send it.', tool_ids: [TOOL] }, steps: [step] },
    ...files,
  });
}

const RUN = ['run-plan', 'plan.json'];
const APPROVED = [...RUN, '--approve', TOOL];

const failureIn = (cwd: string) => readEvents(cwd, onlyRun(cwd).id).find(({ type }) => type === 'tool.failed');

test('when no server is set then the list, doctor, a plan and a call say which settings are needed', async () => {
  const cwd = project({});
  writeFileSync(join(cwd, 'portia.json'), '{}');
  const fix =
    '"password_env": "SMTP_PASSWORD", "from": "Ada <ada@example.com>"}}} in portia.json, or in your own settings';
  for (const command of [['tools', 'list'], ['tools', 'describe', TOOL], ['doctor']]) {
    expect((await portiaHere([...command, '--format', 'human'], { cwd })).stdout).toContain(fix);
  }
  const refused = expectError(await portiaHere(APPROVED, { cwd }), { code: 'invalid-settings', exit: 2 });
  expect(refused.why).toBe('The settings of the mail server are incomplete: host and from are missing.');
  expect(refused.fix).toContain(fix);
  const call = ['tools', 'call', TOOL, 'to:=["a@example.org"]', 'subject=s', 'text=t'];
  expect(expectError(await portiaHere(call, { cwd }), { code: 'tool-failed', exit: 1 }).fix).toContain(fix);
  const noPassword = project({ user: 'ada', password_env: 'MAIL_KEY' });
  expect(
    expectError(await portiaHere(APPROVED, { cwd: noPassword }), { code: 'invalid-settings', exit: 2 }),
  ).toMatchObject({
    why: 'MAIL_KEY is not set; it is the password for sending mail.',
    fix: 'export MAIL_KEY=…   # or a line in .env',
  });
});

test('when a mail is asked about then all of it is shown, and after a yes the server gets exactly that', async () => {
  const server = await startMailServer();
  const cwd = project(
    { port: server.port },
    { cc: ['a@example.org'], bcc: ['secret@example.org'], reply_to: 'team@example.org', attachments: ['out/r.csv'] },
    { 'out/r.csv': 'a,b\n1,2\n' },
  );
  const asked = await portiaHere(RUN, { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([
    {
      args: { ...MAIL, cc: ['a@example.org'], bcc: ['secret@example.org'] },
      facts: { from: FROM, server: `127.0.0.1:${server.port}`, attachments: [{ file: 'out/r.csv', bytes: 8 }] },
      user_guidance: expect.stringContaining(`It is sent from ${FROM} by 127.0.0.1:${server.port}.`),
    },
  ]);
  expect(server.mails).toEqual([]);
  const done = await portiaHere(['resume', 'last', '--answer', 'verify=yes', '--format', 'value'], { cwd });
  expect(done.code, done.stderr).toBe(0);
  const people = ['grace@example.org', 'a@example.org', 'secret@example.org'];
  const result = JSON.parse(done.stdout) as { message_id: string };
  expect(result).toEqual({
    message_id: expect.stringMatching(/^<[0-9a-f]{32}@example\.com>$/),
    accepted: people,
    rejected: [],
    response: '250 queued as 4711',
  });
  expect(server.mails).toMatchObject([{ to: people }]);
  const text = server.mails[0]?.text ?? '';
  expect(text).toContain(`Message-ID: ${result.message_id}\r\n`);
  expect(text).toContain(`From: ${FROM}\r\n`);
  expect(text).toContain('To: Grace Hopper <grace@example.org>\r\n');
  expect(text).toContain('Reply-To: team@example.org\r\n');
  expect(text).toContain('Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?=\r\n');
  expect(text).toContain('Hello\r\n.\r\nworld\r\n');
  expect(text).toContain(Buffer.from('a,b\n1,2\n').toString('base64'));
  expect(text).not.toContain('secret@');
});

test('when the plan of the page is run then its mail is sent', async () => {
  const server = await startMailServer({ authOptional: false });
  const { tools } = JSON.parse(fileOf(PAGE, 'portia.json')) as { tools: { settings: Record<string, object> } };
  const mail = { ...tools.settings[TOOL], host: '127.0.0.1', port: server.port };
  const cwd = makeProject({
    'portia.json': settingsOf(mail),
    'mail.yaml': fileOf(PAGE, 'mail.yaml'),
    'reports/may.csv': 'item,price\n',
  });
  const env = { SMTP_PASSWORD: 'hush-hush' };
  const done = await portiaHere(['run-plan', 'mail.yaml', '--approve', TOOL, '--format', 'value'], { cwd, env });
  expect(done.code, done.stderr).toBe(0);
  expect(JSON.parse(done.stdout)).toMatchObject({ accepted: ['grace@example.org'], rejected: [] });
  expect(server.mails[0]?.text).toContain('Subject: The report of May\r\n');
});

test('when the server wants a password then it gets that of the variable, which nothing records', async () => {
  const server = await startMailServer({ authOptional: false });
  const cwd = project({ port: server.port, user: 'ada', password_env: 'MAIL_KEY' });
  expect((await portiaHere(APPROVED, { cwd, env: { MAIL_KEY: 'hush-hush' } })).code).toBe(0);
  expect(readFileSync(join(cwd, 'runs', onlyRun(cwd).id, 'events.ndjson'), 'utf8')).not.toContain('hush-hush');
  const wrong = project({ port: server.port, user: 'ada', password_env: 'MAIL_KEY' });
  const refused = await portiaHere(APPROVED, { cwd: wrong, env: { MAIL_KEY: 'other-key' } });
  expect(refused.code).toBe(1);
  expect(printedError(refused.stderr)['message']).toContain(`:${server.port} refused the login: Invalid login: 535`);
  expect(failureIn(wrong)).toMatchObject({ not_done: true, retryable: false });
  expect(server.mails).toHaveLength(1);
});

test.each([
  ['is outside', '../other.txt', /is outside/],
  ['is hidden', '.env', /Cannot read/],
  ['is not there', 'no.txt', /There is no file "no.txt" to attach/],
  ['is too large', 'big.bin', /larger than 10000000 bytes together/],
])('when an attachment %s then nothing is sent', async (_what, name, why) => {
  const server = await startMailServer();
  const cwd = project(
    { port: server.port },
    { attachments: [name] },
    { 'big.bin': 'x'.repeat(10_000_001), '.env': 'A=b\n' },
  );
  const refused = await portiaHere(APPROVED, { cwd });
  expect(printedError(refused.stderr)['message']).toMatch(why);
  expect(server.mails).toEqual([]);
});

test('when an attachment changes after the yes then it is asked about again', async () => {
  const server = await startMailServer();
  const cwd = project({ port: server.port }, { attachments: ['a.txt'] }, { 'a.txt': 'agreed' });
  await portiaHere(RUN, { cwd });
  writeFileSync(join(cwd, 'a.txt'), 'other');
  const again = await portiaHere(['resume', 'last', '--answer', 'verify=yes'], { cwd });
  expect(again.code).toBe(8);
  expect(server.mails).toEqual([]);
});

test('when the server takes a mail for some only then the others are told', async () => {
  const server = await startMailServer();
  const cwd = project({ port: server.port }, { to: ['nobody@example.org', 'grace@example.org'] });
  const done = await portiaHere([...APPROVED, '--format', 'value'], { cwd });
  expect(JSON.parse(done.stdout)).toMatchObject({ accepted: ['grace@example.org'], rejected: ['nobody@example.org'] });
  expect(done.stderr.replaceAll(/\s+/g, ' ')).toContain('refused nobody@example.org, and took the mail for the others');
});

/** A server may say nothing for a third of this time. On a busy machine one that answers takes up to a second, too. */
const timeFor = (habits: Habits, timeout_ms = 1_500) => (Object.values(habits).includes('hang') ? { timeout_ms } : {});

test.each<[string, Habits, number, object]>([
  ['refuses the sender', { MAIL: '550 no' }, 1, { retryable: false, message: expect.stringContaining('550 no') }],
  ['refuses everybody', { RCPT: '550 no' }, 1, { retryable: false }],
  ['is busy', { MAIL: '451 later' }, 3, { retryable: true }],
  ['refuses to begin', { DATA: '554 no' }, 1, { retryable: false }],
  ['refuses the mail at its end', { end: '554 spam' }, 1, { message: expect.stringContaining('554 spam') }],
  ['closes at once', { greeting: 'close' }, 3, { retryable: true }],
  ['never greets', { greeting: 'hang' }, 3, { message: expect.stringContaining('cannot be reached') }],
  ['hangs at a recipient', { RCPT: 'hang' }, 3, { retryable: true }],
  ['speaks nonsense', { greeting: 'SSH-2.0-OpenSSH_9.6' }, 1, { retryable: false }],
  ['never ends an answer', { EHLO: 'flood' }, 1, { retryable: false }],
  [
    'answers with lines without an end',
    { MAIL: 'flood of lines' },
    1,
    { message: expect.stringContaining('without an end') },
  ],
])('when the server %s then nothing was sent, and that is recorded', async (_what, habits, exit, failure) => {
  const server = await startStrangeServer(habits);
  const cwd = project({ port: server.port, ...timeFor(habits) });
  const failed = await portiaHere(APPROVED, { cwd });
  expect(failed.code, failed.stderr).toBe(exit);
  expect(failureIn(cwd)).toMatchObject({ not_done: true, ...failure });
});

test.each<[string, Habits]>([
  ['breaks off', { end: 'close' }],
  ['hangs', { end: 'hang' }],
  ['answers without an end', { end: 'flood' }],
  ['answers with lines without an end', { end: 'flood of lines' }],
])('when the server got the mail and %s then a person is asked what happened', async (_what, habits) => {
  const server = await startStrangeServer(habits);
  const cwd = project({ port: server.port, ...timeFor(habits, 9_000) });
  const asked = await portia(APPROVED, { cwd });
  expect(asked.code, asked.stderr).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ unknown_outcome: true }]);
  expect(server.got()).toBe(1);
});

test('when portia is killed while the server takes a mail then a resume asks, and sends nothing by itself', async () => {
  const server = await startStrangeServer({ end: 'hang' });
  const cwd = project({ port: server.port });
  const running = startPortia(APPROVED, { cwd });
  const end = ended(running, '');
  await server.first;
  running.kill('SIGKILL');
  await end;
  const asked = await portia(['resume', 'last', '--approve', TOOL], { cwd });
  expect(asked.code).toBe(8);
  expect(printedQuestions(asked.stderr).questions).toMatchObject([{ unknown_outcome: true }]);
  expect(server.got()).toBe(1);
});

test('when the server cannot be reached then the run can be resumed later', async () => {
  // Nobody may listen there but the system.
  const cwd = project({ port: 1 });
  const failed = await portiaHere(APPROVED, { cwd });
  expect(failed.code).toBe(3);
  expect(printedError(failed.stderr)['message']).toContain('cannot be reached');
  expect(onlyRun(cwd).state).toBe('IN_PROGRESS');
});

test('when the connection cannot be encrypted as set then the password is not sent', async () => {
  const seen: string[] = [];
  const onAuth: SMTPServerOptions['onAuth'] = ({ password }, _session, tell) => {
    seen.push(password ?? '');
    tell(new Error('no'));
  };
  // The certificate that the server brings along is nobody's.
  const server = await startMailServer({ onAuth });
  const without = await startMailServer({ onAuth, hideSTARTTLS: true, disabledCommands: ['STARTTLS'] });
  for (const { port } of [server, without]) {
    const cwd = project({ port, tls: 'starttls', user: 'ada', password_env: 'MAIL_KEY' });
    const failed = await portiaHere(APPROVED, { cwd, env: { MAIL_KEY: 'hush-hush' } });
    expect(failed.code, failed.stderr).toBe(1);
    expect(failureIn(cwd)).toMatchObject({ not_done: true });
  }
  expect(seen).toEqual([]);
});

test('when a password would go to another machine unencrypted then the tool is off', async () => {
  const cwd = project({ host: 'smtp.example.com', tls: 'none', user: 'ada', password_env: 'MAIL_KEY' });
  const refused = await portiaHere(APPROVED, { cwd, env: { MAIL_KEY: 'hush-hush' } });
  expect(expectError(refused, { code: 'invalid-settings', exit: 2 }).why).toBe(
    'The password would go to smtp.example.com unencrypted.',
  );
});

test('when a project names a mail server or a password then that counts only once it is trusted', async () => {
  const mail = { host: 'smtp.example.com', user: 'ada', password_env: 'MAIL_KEY', from: FROM };
  const cwd = project(mail);
  const env = { ...UNTRUSTED, MAIL_KEY: 'hush-hush' };
  expectError(await portiaHere(APPROVED, { cwd, env }), { code: 'invalid-settings', exit: 2 });
  const listed = await portiaHere(['trust', '--format', 'human'], { cwd, env });
  const page = listed.stdout + listed.stderr;
  expect(page).toMatch(/Gets what is sent to a model or a tool:\n *smtp\.example\.com .*send_email_tool\.host\n/);
  expect(page).toMatch(/given to commands:\n *MAIL_KEY .*send_email_tool\.password_env\n/);
});

test('when one file names the server and another the password then the password is not sent', async () => {
  const cwd = project({});
  const own = makeProject({
    'config.json': settingsOf({ host: 'smtp.example.com', user: 'ada', password_env: 'MAIL_KEY' }),
  });
  const env = { ...UNTRUSTED, MAIL_KEY: 'hush-hush', PORTIA_CONFIG_DIR: own };
  expect(expectError(await portiaHere(APPROVED, { cwd, env }), { code: 'invalid-settings', exit: 2 }).why).toBe(
    'host and password_env of send_email_tool are in different settings files, so MAIL_KEY is not sent.',
  );
});

test.each([
  [{ password: 'hush-hush' }, 'keys do not belong in a settings file'],
  [{ host: 'smtp.example.com:587' }, 'must be the name or address of a server'],
  [{ host: 'https://smtp.example.com' }, 'must be the name or address of a server'],
  [{ port: 'smtp' }, 'expected number'],
  [{ tls: 'maybe' }, 'expected one of'],
  [{ password_env: 'hush-hush' }, 'must be the name of a variable'],
  [{ from: 'Ada' }, 'must be one address'],
  [{ hots: 'smtp.example.com' }, 'did you mean \\"host\\"?'],
])('when the settings of mail are %j then they are refused', async (mail, why) => {
  const cwd = makeProject({ 'portia.json': settingsOf(mail) });
  const refused = await portiaHere(['tools', 'list'], { cwd });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain(why);
  expect(refused.stderr).not.toContain('hush-hush');
});
