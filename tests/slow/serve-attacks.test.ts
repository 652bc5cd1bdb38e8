import { connect, type Socket } from 'node:net';

import { expect, test, vi } from 'vitest';

import { makeProject } from '../support/portia.js';
import { serve } from '../support/serve-process.js';
import { forAllTests, whenOver } from '../support/when-over.js';

const made = forAllTests(async () => {
  const server = await serve([], { cwd: makeProject() });
  await server.get('/inbox');
  const { hostname, port } = new URL(server.origin);
  const open = () =>
    connect(Number(port), hostname)
      .on('error', () => undefined)
      .resume();
  return { server, open };
});

test('when somebody opens more connections than there are and asks for nothing then people still come in', async () => {
  const { server, open } = made();
  const idle = Array.from({ length: 2_500 }, open);
  whenOver(() => idle.forEach((socket) => socket.destroy()));
  await vi.waitFor(() => expect(idle.filter(({ connecting }) => connecting)).toEqual([]), { timeout: 60_000 });
  for (let round = 0; round < 20; round += 1) {
    // The one for which there is no room makes some.
    const again = () => server.get('/inbox', { connection: 'close' }).catch(() => undefined);
    const { status } = (await again()) ?? (await again()) ?? {};
    expect([round, status]).toEqual([round, 200]);
    idle.push(...Array.from({ length: 50 }, open));
  }
});

/** Sends a piece each second for ever. Resolves with what was answered when the server ends it. */
async function dribble(socket: Socket, head: string): Promise<string> {
  let answer = '';
  socket.on('data', (data) => (answer += String(data)));
  socket.write(head);
  const timer = setInterval(() => socket.write('x'), 1_000);
  await new Promise((resolve) => socket.once('close', resolve));
  clearInterval(timer);
  return answer;
}

test('when a request comes so slowly that it never ends then the server ends it', async () => {
  const { server, open } = made();
  const { host, origin } = new URL(server.url);
  const entered = await fetch(server.url, { redirect: 'manual' });
  const cookie = entered.headers.get('set-cookie')?.split(';')[0] ?? '';
  const form = [`Host: ${host}`, `Origin: ${origin}`, `Cookie: ${cookie}`, 'Content-Length: 1000'];
  const [head, body] = await Promise.all([
    dribble(open(), `GET /inbox HTTP/1.1\r\nHost: ${host}\r\nX-Slow: `),
    dribble(open(), ['POST /sign-out HTTP/1.1', ...form, '', ''].join('\r\n')),
  ]);
  expect(head).toMatch(/^HTTP\/1.1 408 /);
  expect(body).toMatch(/^HTTP\/1.1 408 /);
});
