import { expect, test } from 'vitest';

import { createServices } from '../../../src/app/services.js';
import { openSeal } from '../../../src/app/seal.js';
import { thisProcess } from '../../../src/app/this-process.js';
import { KnownRuns } from '../../../src/app/known-runs.js';
import { OpenQuestions } from '../../../src/app/open-questions.js';
import { plainCommand } from '../../../src/domain/next-step.js';
import { ROLES, type Role } from '../../../src/domain/values/roles.js';
import { credentialsOf, UsersFile } from '../../../src/server/users/users-file.js';
import { createApp } from '../../../src/server/web/app.js';
import type { Site } from '../../../src/server/web/context.js';
import type { Door } from '../../../src/server/web/entrance.js';
import { LiveStreams } from '../../../src/server/web/live-streams.js';
import { Sessions } from '../../../src/server/web/sessions.js';
import { cleanEnvironment } from '../../support/portia.js';
import { hostileProject, waitingRun } from '../../support/hostile-project.js';
import { writeUsers } from '../../support/served-users.js';
import { forAllTests, whenOver } from '../../support/when-over.js';

/** The role that each route needs; `come in`: none, but to be known; `nobody`: everybody may ask. */
const NEEDED: Record<string, Role | 'come in' | 'nobody'> = {
  'GET /style.css': 'nobody',
  'GET /script.js': 'nobody',
  'GET /link/:token': 'nobody',
  'POST /link/:token': 'nobody',
  'GET /enter': 'nobody',
  'POST /sign-out': 'come in',
  'GET /': 'come in',
  'GET /inbox': 'look',
  'GET /questions/:run/:question': 'look',
  'POST /questions/:run/:question': 'answer',
  'GET /runs': 'look',
  'GET /runs/:id': 'look',
  'GET /runs/:id/rounds': 'look',
  'GET /runs/:id/steps': 'look',
  'GET /runs/:id/values': 'look',
  'GET /runs/:id/events': 'look',
  'GET /runs/:id/events.ndjson': 'look',
  'GET /runs/:id/values/:name': 'look',
  'GET /runs/:id/prompts': 'look',
  'GET /runs/:id/cancel': 'run',
  'POST /runs/:id/cancel': 'run',
  'POST /runs/:id/resume': 'run',
  'GET /events': 'look',
  'GET /plans': 'look',
  'GET /plans/:id': 'look',
  'GET /plans/:id/block': 'look',
  'POST /plans/:id/start': 'run',
  'POST /plans/:id/comments': 'answer',
  'POST /plans/:id/comments/:comment/remove': 'answer',
};

/** The same of what is there only where people sign in with a password. */
const WITH_PASSWORDS: Record<string, 'come in' | 'nobody'> = {
  'GET /sign-in': 'nobody',
  'POST /sign-in': 'nobody',
  'GET /password-rules.js': 'come in',
  'GET /password': 'come in',
  'POST /password': 'come in',
  'POST /password/seen': 'come in',
};

/** What the server knows of a connection. */
const STRANGER = { incoming: { socket: { remoteAddress: '192.0.2.1' } } };
const ORIGIN = 'http://127.0.0.1:8300';

const made = forAllTests(async () => {
  const cwd = hostileProject();
  const run = await waitingRun(cwd, 'send.json');
  const environment = cleanEnvironment(cwd);
  const services = await createServices({
    place: { cwd, environment },
    process: thisProcess(),
    given: { flags: {}, trustProject: true },
  });
  whenOver(() => services.close());
  const warnings: string[] = [];
  const door: Door = {
    sessions: new Sessions(services.now),
    origins: [ORIGIN],
    cookie: 'portia',
    entrance: { kind: 'token', token: 'secret' },
    isBehindProxy: false,
  };
  const live = new LiveStreams(services.store);
  whenOver(() => live.close());
  const site: Site = {
    ...{ services, spell: plainCommand, by: { user: 'tester', host: 'here' }, drive: false, project: 'shop' },
    seal: openSeal(environment),
    linkKey: async () => 'k'.repeat(32),
    warn: async (text) => void warnings.push(text),
    known: new KnownRuns(services.store),
    questions: new OpenQuestions(services.store),
    live,
  };
  const app = createApp(site, door);
  const users = new UsersFile('none.json', undefined);
  const withPasswords = createApp(
    { ...site, warn: async () => undefined },
    { ...door, entrance: { kind: 'sign-in', users } },
  );
  const pathOf = (pattern: string) =>
    pattern
      .replace(':run', run.id)
      .replace(':question', run.outputs.clarifications[0]?.id ?? '')
      .replace(':id', pattern.startsWith('/plans') ? run.plan_id : run.id)
      .replace(':name', 'tone');
  const ask = (route: string, roles: readonly Role[] | undefined) => {
    const [method = '', pattern = ''] = route.split(' ');
    const cookie =
      roles && `portia=${door.sessions.open({ person: { user: 'u', host: 'h' }, name: 'Ada', roles: new Set(roles) })}`;
    const headers = { host: '127.0.0.1:8300', origin: ORIGIN, ...(cookie && { cookie }) };
    return app.request(ORIGIN + pathOf(pattern), { method, headers });
  };
  const known = new UsersFile(await writeUsers(cwd, { Ada: [...ROLES] }), undefined);
  const signedIn = createApp(site, { ...door, entrance: { kind: 'sign-in', users: known } });
  /** A form from the browser of somebody who signed in and has all roles. */
  const sent = (pattern: string, { origin, fields }: { origin: string; fields: Record<string, string> }) => {
    const ada = known.users().get('Ada');
    const visitor = { person: site.by, name: 'Ada', roles: new Set(ROLES), credentials: ada && credentialsOf(ada) };
    const headers = { host: '127.0.0.1:8300', origin, cookie: `portia=${door.sessions.open(visitor)}` };
    const body = new URLSearchParams(fields);
    return signedIn.request(ORIGIN + pathOf(pattern), { method: 'POST', headers, body }, STRANGER);
  };
  const broken = createApp({ ...site, linkKey: () => Promise.reject(new TypeError('the reason')) }, door);
  return { app, withPasswords, broken, ask, sent, warnings };
});

const routesOf = ({ routes }: ReturnType<typeof createApp>): string[] =>
  routes.filter(({ method }) => method !== 'ALL').map(({ method, path }) => `${method} ${path}`);

test('when a route is added then this test says which role it needs', () => {
  const { app, withPasswords } = made();
  expect(new Set(routesOf(app))).toEqual(new Set(Object.keys(NEEDED)));
  const { 'GET /enter': _enter, ...others } = { ...NEEDED, ...WITH_PASSWORDS };
  expect(new Set(routesOf(withPasswords))).toEqual(new Set(Object.keys(others)));
});

test.each(Object.entries(WITH_PASSWORDS))(
  'when %s is asked for by a stranger then it needs: %s',
  async (route, needed) => {
    const [method = '', path = ''] = route.split(' ');
    const headers = { host: '127.0.0.1:8300', origin: ORIGIN };
    const { status } = await made().withPasswords.request(ORIGIN + path, { method, headers }, STRANGER);
    // The file of users is not there, so that signing in ends in a fault.
    expect([route, status]).toEqual([route, needed === 'come in' ? 401 : method === 'GET' ? 200 : 500]);
  },
);

test.each(Object.entries(NEEDED).filter(([, needed]) => needed !== 'nobody'))(
  'when %s is asked for then it needs: %s',
  async (route, needed) => {
    const { ask, warnings } = made();
    expect((await ask(route, undefined)).status).toBe(401);
    for (const roles of [[], ...ROLES.map((role) => ROLES.filter((other) => other !== role)), [...ROLES]]) {
      const response = await ask(route, roles);
      const isLacking = ROLES.some((role) => role === needed && !roles.includes(role));
      expect([route, roles, response.status === 403]).toEqual([route, roles, isLacking]);
      if (isLacking) expect(await response.text()).toContain(`Ada does not have the role ${needed}.`);
    }
    expect(warnings).toEqual([]);
  },
);

const SENT = Object.keys({ ...NEEDED, 'POST /password': '', 'POST /password/seen': '' }).filter(
  (route) => route.startsWith('POST ') && !route.startsWith('POST /link/'),
);

test.each(SENT)('when %s is sent by a page that is not of the session then nothing is taken', async (route) => {
  const { ask, sent } = made();
  const [, pattern = ''] = route.split(' ');
  for (const [origin, fields, status] of [
    [ORIGIN, {}, 400],
    [ORIGIN, { csrf: 'g'.repeat(43) }, 400],
    ['http://evil.example', {}, 403],
    ['null', {}, 403],
    ['', {}, 403],
  ] as const) {
    const { status: got } = await sent(pattern, { origin, fields });
    expect([route, origin, fields, got]).toEqual([route, origin, fields, status]);
  }
  for (const method of ['PUT', 'DELETE', 'PATCH'])
    expect((await ask(`${method} ${pattern}`, [...ROLES])).status).toBe(404);
});

test('when the server itself fails then the page does not say why, and whoever runs it reads that', async () => {
  const { broken, warnings } = made();
  const headers = { host: '127.0.0.1:8300' };
  const failed = await broken.request(`${ORIGIN}/link/any`, { headers });
  expect([failed.status, failed.headers.get('content-security-policy')]).toEqual([
    500,
    expect.stringContaining("'none'"),
  ]);
  expect(await failed.text()).toMatch(/^(?!.*(the reason|roles\.test))[^]*portia made a mistake here/);
  expect(warnings.splice(0)).toEqual([expect.stringMatching(/the reason[^]*roles\.test/)]);
});

test('when a person has not all roles then no form is offered that they may not send, and the page says what they lack', async () => {
  const { ask } = made();
  const textOf = async (route: string, roles: readonly Role[]) => (await ask(route, roles)).text();
  for (const route of ['GET /inbox', 'GET /questions/:run/:question', 'GET /runs/:id', 'GET /plans/:id']) {
    const html = await textOf(route, ['look']);
    const forms = [...html.matchAll(/<form [^>]*method="post"[^>]*action="([^"]+)"/g)].map(([, action]) => action);
    expect([route, forms]).toEqual([route, ['/sign-out']]);
    expect(html).toContain('Whoever runs this server can give it.');
  }
  expect(await textOf('GET /runs/:id', ['look', 'answer'])).toContain('Ada does not have the role run.');
  expect(await textOf('GET /inbox', ['look', 'answer'])).toContain('action="/questions/');
  expect(await textOf('GET /runs/:id', ['look', 'run'])).toContain('/cancel"');
});
