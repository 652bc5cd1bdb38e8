import { request } from 'node:http';
import { connect } from 'node:net';

import { expect, test } from 'vitest';

import { portiaHere } from '../../support/portia-here.js';
import { makeProject } from '../../support/portia.js';
import { enter, serve } from '../../support/serve-process.js';
import { writeUsers } from '../../support/served-users.js';
import { forAllTests } from '../../support/when-over.js';

const made = forAllTests(async () => {
  const cwd = makeProject();
  return { cwd, server: await serve([], { cwd }) };
});

/** The status of a request under a name, as a page of another site can make it. */
function statusUnder(host: string, url: string, method = 'GET', headers = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { method, headers: { host, ...headers } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

test('when a browser comes to the server then only the printed address lets it in', async () => {
  const { server } = made();
  const entered = await fetch(server.url, { redirect: 'manual' });
  expect([entered.status, entered.headers.get('location')]).toEqual([303, '/inbox']);
  expect(entered.headers.get('set-cookie')).toMatch(/^portia-\d+=\S+; Path=\/; HttpOnly; SameSite=Strict$/);
  expect((await server.get('/inbox')).status).toBe(200);

  const stranger = await enter(`${server.origin}/enter?token=guessed`);
  for (const path of ['/inbox', '/runs', '/nothing', '/enter?token=', '/enter']) {
    const response = await stranger.get(path);
    expect([path, response.status]).toEqual([path, 401]);
    expect(await response.text()).toContain('Open the address that portia serve printed');
  }
  const { origin, url } = server;
  expect(await statusUnder('evil.example', url)).toBe(421);
  expect(await statusUnder(`evil.example:${new URL(origin).port}`, url)).toBe(421);
  expect(await statusUnder(new URL(origin).host, `${origin}/inbox`, 'POST')).toBe(403);
  for (const foreign of ['http://evil.example', 'null', 'http://127.0.0.1']) {
    expect((await server.post('/inbox', {}, { origin: foreign })).status).toBe(403);
  }

  const { headers } = await server.get('/inbox');
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
      "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  );
  expect(headers.get('cache-control')).toBe('no-store');
  expect([headers.get('x-content-type-options'), headers.get('x-frame-options')]).toEqual(['nosniff', 'DENY']);
  expect([headers.get('server'), headers.get('x-powered-by')]).toEqual([null, null]);
  expect(headers.get('content-type')).toBe('text/html; charset=UTF-8');
  expect([headers.get('referrer-policy'), headers.get('access-control-allow-origin')]).toEqual(['same-origin', null]);
  const html = await (await server.get('/inbox')).text();
  for (const [, path = ''] of html.matchAll(/(?:href|src)="(\/(?:style|script)[^"]+)"/g)) {
    const asset = await fetch(origin + path);
    expect([asset.status, asset.headers.get('cache-control')]).toEqual([200, expect.stringContaining('immutable')]);
  }
  expect(html).not.toMatch(/<style|style="|\son\w+="/);

  for (const path of [
    '/runs/..%2f..%2fportia.json',
    '/plans/..%2f..%2fportia.json',
    '/..%2fportia.json',
    '/.git/config',
    '/runs/',
  ]) {
    expect([path, (await server.get(path)).status]).toEqual([path, 404]);
  }
  const nothing = await server.get('/runs/prun-nothing');
  expect([nothing.status, await nothing.text()]).toEqual([404, expect.stringContaining('There is no run')]);
  const long = await server.post('/inbox', { answer: 'x'.repeat(10_000_000) });
  expect(long.status).toBe(413);
});

/** Sends a body in pieces, without its length; what of the answer has come by then. */
function answerToPieces(url: string, { pieces, isEnded }: { pieces: string[]; isEnded: boolean }): Promise<string> {
  const { origin, hostname, port, host, pathname } = new URL(url);
  const head = [`POST ${pathname} HTTP/1.1`, `Host: ${host}`, `Origin: ${origin}`, 'Connection: close'];
  const type = ['Content-Type: application/x-www-form-urlencoded', 'Transfer-Encoding: chunked', '', ''];
  const chunks = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write([...head, ...type].join('\r\n') + chunks.join('') + (isEnded ? '0\r\n\r\n' : ''));
    });
    socket.once('data', (data) => {
      resolve(String(data));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

test('when a stranger sends a body without end then nothing of it is waited for', async () => {
  const { cwd, server } = made();
  expect(await answerToPieces(`${server.origin}/inbox`, { pieces: ['answer=1'], isEnded: false })).toMatch(
    /^HTTP\/1.1 401 /,
  );
  await writeUsers(cwd, { ada: ['look'] });
  const { origin } = await serve(['--users', 'users.json'], { cwd });
  const signIn = (length: number) =>
    answerToPieces(`${origin}/sign-in`, { pieces: ['name=ada&password=', 'x'.repeat(length)], isEnded: true });
  expect(await signIn(20_000)).toMatch(/^HTTP\/1.1 413 /);
  expect(await signIn(10_000)).toMatch(/^HTTP\/1.1 401 /);
});

test('when it is reached by https then the cookie is sent by nothing else', async () => {
  const cwd = makeProject();
  expect((await portiaHere(['config', 'set', 'serve.public_url', 'https://portia.example'], { cwd })).code).toBe(0);
  const { url } = await serve([], { cwd });
  const cookie = await new Promise((resolve, reject) => {
    request(url, { headers: { host: 'portia.example' } }, (response) => {
      response.resume();
      resolve(response.headers['set-cookie']);
    })
      .on('error', reject)
      .end();
  });
  expect(cookie).toEqual([expect.stringMatching(/; HttpOnly; Secure; SameSite=Strict$/)]);
});

test('when the server cannot listen then it says why', async () => {
  const { cwd, server } = made();
  const second = serve(['--port', new URL(server.origin).port], { cwd });
  await expect(second).rejects.toThrow(/Another process has this port/);
});

test('when the server is interrupted then it ends without a complaint', async () => {
  expect(await made().server.stop()).toMatchObject({ code: 130, stderr: '' });
});
