import { chmodSync, writeFileSync } from 'node:fs';
import { request as plainRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';

import { describe, expect, test } from 'vitest';

import { makeCertificate } from '../../support/certificate.js';
import { portiaHere } from '../../support/portia-here.js';
import { makeProject } from '../../support/portia.js';
import { expectError } from '../../support/printed-error.js';
import { startServing } from '../../support/serve-process.js';
import { PASSWORD, writeUsers } from '../../support/served-users.js';
import { forAllTests } from '../../support/when-over.js';

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

interface Asked {
  ca?: string;
  method?: string;
  headers?: OutgoingHttpHeaders;
  body?: string;
}

/** A request under any name and with any header, as a browser or a proxy makes it. */
async function ask(url: string, { ca, body, ...options }: Asked = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:')
      ? tlsRequest(url, { ca, servername: 'localhost', ...options })
      : plainRequest(url, options);
    request.on('error', reject);
    request.on('response', (response) => {
      const { statusCode: status, headers } = response;
      text(response).then((read) => resolve({ status, headers, body: read }), reject);
    });
    request.end(body);
  });
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const PUBLIC = { 'portia.json': { serve: { public_url: 'https://portia.example' } } };

describe('a server with a certificate', () => {
  const made = forAllTests(async () => {
    const cwd = makeProject(PUBLIC);
    const { cert, key, pem } = makeCertificate(cwd);
    await writeUsers(cwd, { ada: ['look'] });
    const flags = ['--tls-cert', cert, '--tls-key', key, '--users', 'users.json', '--listen', '0.0.0.0:0'];
    const server = await startServing(flags, { cwd });
    return { server, ca: pem, port: Number(server.listensAt.split(':')[1]) };
  });

  test('when others come then all is encrypted, and the cookie is bound to that and to the one name', async () => {
    const { server, ca, port } = made();
    expect([server.url, server.listensAt]).toEqual(['https://portia.example', `0.0.0.0:${port}`]);
    const url = `https://localhost:${port}/sign-in`;
    const page = await ask(url, { ca, headers: { host: 'portia.example' } });
    expect([page.status, page.headers['strict-transport-security']]).toEqual([200, 'max-age=31536000']);
    expect((await ask(url, { ca })).headers).not.toHaveProperty('strict-transport-security');
    const origin = 'https://portia.example';
    const body = new URLSearchParams({ name: 'ada', password: PASSWORD }).toString();
    const entered = await ask(url, { ca, method: 'POST', headers: { ...FORM, host: 'portia.example', origin }, body });
    expect([entered.status, entered.headers['set-cookie']]).toEqual([
      303,
      [expect.stringMatching(/^__Host-portia-\d+=[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Strict$/)],
    ]);
    const inbox = `https://localhost:${port}/inbox`;
    const cookie = entered.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    expect((await ask(inbox, { ca, headers: { host: 'portia.example', cookie } })).status).toBe(200);
    const plain = cookie.replace('__Host-', '');
    expect((await ask(inbox, { ca, headers: { host: 'portia.example', cookie: plain } })).status).toBe(401);
    expect((await ask(inbox, { ca, headers: { host: 'other.example', cookie } })).status).toBe(421);
  });

  test('when somebody speaks an old or no encryption then there is no answer', async () => {
    const { ca, port } = made();
    await expect(ask(`http://localhost:${port}/sign-in`)).rejects.toThrow(/hang up|ECONNRESET/);
    const old = new Promise((resolve, reject) => {
      const versions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' } as const;
      connect({ ca, host: 'localhost', port, ...versions }, () => resolve('connected')).on('error', reject);
    });
    await expect(old).rejects.toThrow(/protocol|alert/i);
  });
});

describe('a server behind a proxy', () => {
  const made = forAllTests(async () => {
    const cwd = makeProject(PUBLIC);
    await writeUsers(cwd, { Zoë: ['answer'], out: [] }, { named: ['Zoë', 'out'] });
    const flags = ['--behind-proxy', '--user-header', 'Remote-User', '--users', 'users.json'];
    const server = await startServing([...flags, '--listen', '127.0.0.1'], { cwd });
    const visit = (headers: OutgoingHttpHeaders, path = '/inbox', rest: Asked = {}) =>
      ask(`http://${server.listensAt}${path}`, { ...rest, headers: { host: 'portia.example', ...headers } });
    return { cwd, server, visit };
  });
  const inUtf8 = (name: string) => Buffer.from(name).toString('latin1');

  test('when it names a person then that is who is here, with the roles of the file or those of all others', async () => {
    const { visit } = made();
    const zoe = await visit({ 'remote-user': inUtf8('Zoë') });
    expect([zoe.status, zoe.body]).toEqual([200, expect.stringContaining('<span>Zoë</span>')]);
    expect(zoe.body).not.toContain('Sign out');
    expect(zoe.headers['strict-transport-security']).toBe('max-age=31536000');
    expect((await visit({ 'remote-user': 'somebody' })).status).toBe(200);
    expect((await visit({ 'remote-user': 'out' })).status).toBe(403);
    expect((await visit({ 'remote-user': 'ada' }, '/sign-in')).status).toBe(404);
    const out = (csrf: string, user: string) => {
      const headers = { ...FORM, 'remote-user': user, origin: 'https://portia.example' };
      return visit(headers, '/runs/prun-none/resume', {
        method: 'POST',
        body: new URLSearchParams({ csrf }).toString(),
      });
    };
    expect((await out('', 'somebody')).body).toContain('somebody does not have the role run.');
  });

  test.each([
    ['is not there', {}],
    ['is empty', { 'remote-user': '' }],
    ['comes twice', { 'remote-user': ['eve', 'ada'] }],
    ['has two names', { 'remote-user': 'eve, ada' }],
    ['has an invisible character', { 'remote-user': inUtf8('a\u200bda') }],
    ['has an escape', { 'remote-user': inUtf8('ada\u0085') }],
    ['is not UTF-8', { 'remote-user': 'ad\u00e4' }],
    ['is too long', { 'remote-user': 'a'.repeat(101) }],
    ['is another one', { remote_user: 'ada', 'x-forwarded-user': 'ada' }],
  ])('when the header %s then nobody is let in', async (_what, headers) => {
    const { visit } = made();
    const refused = await visit(headers);
    expect([refused.status, refused.body]).toEqual([401, expect.stringContaining('did not say one name')]);
  });

  test('when a request says another host or scheme then that changes nothing', async () => {
    const { visit } = made();
    const forged = { 'x-forwarded-host': 'portia.example', 'x-forwarded-proto': 'https', 'remote-user': 'ada' };
    expect((await visit({ ...forged, host: 'evil.example' })).status).toBe(421);
    const origin = 'https://evil.example';
    const headers = { ...FORM, ...forged, 'x-forwarded-host': 'evil.example', origin };
    expect((await visit(headers, '/sign-out', { method: 'POST' })).status).toBe(403);
  });

  test('when the server is not behind a proxy then no header names anybody', async () => {
    const { cwd } = made();
    const server = await startServing(['--users', 'users.json'], { cwd });
    const headers = { 'remote-user': 'ada', 'x-forwarded-user': 'ada', 'x-remote-user': 'ada' };
    expect((await ask(`http://${server.listensAt}/inbox`, { headers })).status).toBe(401);
  });
});

describe('a server that would be open to others', () => {
  const made = forAllTests(async () => {
    const cwd = makeProject();
    const { cert, key } = makeCertificate(cwd);
    await writeUsers(cwd, { ada: ['look'] });
    const open = makeProject({ 'portia.json': { serve: { public_url: 'http://portia.example' } } });
    return { cwd, open, tls: ['--tls-cert', cert, '--tls-key', key] };
  });
  const USERS = ['--users', 'users.json'];
  const NAMED = ['--behind-proxy', '--user-header', 'Remote-User'];

  test.each([
    ['without encryption', ['--listen', '0.0.0.0', ...USERS], 'nothing is encrypted'],
    ['without users', ['--listen', '192.0.2.1:8300', '--behind-proxy'], 'nobody is named'],
    ['behind a proxy without users', ['--behind-proxy'], 'nobody is named'],
    ['behind a proxy without an address', ['--listen', '0.0.0.0', ...NAMED], 'under which address'],
    ['with a header and no proxy', ['--user-header', 'Remote-User'], '--user-header needs --behind-proxy'],
    ['with a header of browsers', ['--behind-proxy', '--user-header', 'Cookie'], 'cannot name a person'],
    ['with half of TLS', ['--tls-key', 'key.pem'], '--tls-key needs --tls-cert'],
    ['with roles for nobody', ['--role', 'look'], '--role is for those whom a proxy names'],
    ['with a role that is none', [...NAMED, '--role', 'admin'], '--role admin is not a role'],
    ['with two ports', ['--listen', 'localhost:1', '--port', '2'], 'both say the port'],
    ['with a wrong port', ['--listen', '[::1]:70000'], '--port 70000 is not a port'],
    ['with a wrong address', ['--listen', 'a b'], 'is not an address'],
    ['with an address in part', ['--listen', '[::1'], 'is not an address'],
  ])('when it is started %s then it says what is missing', async (_how, args, says) => {
    const refused = await portiaHere(['serve', '--check', ...args], { cwd: made().cwd });
    const { message, why } = expectError(refused, {
      code: refused.stderr.includes('"usage"') ? 'usage' : 'invalid-settings',
      exit: 2,
    });
    expect(message).toContain(says);
    expect(why === null).toBe(says.includes('both'));
  });

  test('when a proxy is reached without encryption, or an address has no name, then it is refused', async () => {
    const { cwd, open, tls } = made();
    const unencrypted = await portiaHere(['serve', '--check', ...NAMED], { cwd: open });
    expect(expectError(unencrypted, { code: 'invalid-settings', exit: 2 }).fix).toContain('https://portia.example');
    const nameless = await portiaHere(['serve', '--check', ...USERS, ...tls, '--listen', '::'], { cwd });
    expect(expectError(nameless, { code: 'invalid-settings', exit: 2 }).message).toContain('has no name of its own');
    const elsewhere = await portiaHere(['serve', '--check', ...USERS, ...tls, '--listen', '192.0.2.1:0'], { cwd });
    expect(expectError(elsewhere, { code: 'unavailable', exit: 3 }).message).toContain('does not have the address');
  });

  test('when a file cannot be used then it says which and why', async () => {
    const { cwd, tls } = made();
    const [, cert = '', , key = ''] = tls;
    const check = (...args: string[]) => portiaHere(['serve', '--check', ...args], { cwd });
    const missing = await check('--tls-cert', 'none.pem', '--tls-key', key);
    expect(expectError(missing, { code: 'not-found', exit: 2 }).message).toContain('none.pem does not exist');
    const swapped = await check('--tls-cert', key, '--tls-key', key);
    expect(expectError(swapped, { code: 'invalid-settings', exit: 2 }).message).toContain(
      'not a certificate and its key',
    );
    expectError(await check('--users', 'none.json'), { code: 'invalid-settings', exit: 2 });
    writeFileSync(`${cwd}/open.json`, '{"users":[]}', { mode: 0o644 });
    expectError(await check('--users', 'open.json'), { code: 'invalid-settings', exit: 2 });
    chmodSync(key, 0o644);
    const readable = await check('--tls-cert', cert, '--tls-key', key);
    expect(expectError(readable, { code: 'invalid-settings', exit: 2 }).fix).toBe(`chmod 600 ${key}`);
  });
});
