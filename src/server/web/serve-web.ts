import { randomBytes } from 'node:crypto';
import { once } from 'node:events';

import { createAdaptorServer } from '@hono/node-server';

import { OpenQuestions } from '../../app/open-questions.js';
import { Drives } from '../drives.js';
import { HOST, listenHere } from '../listen-here.js';
import { createApp } from './app.js';
import type { Site } from './context.js';
import type { Door } from './door.js';
import { LiveStreams } from './live-streams.js';
import { Sessions } from './sessions.js';
import type { WebServing } from './web-serving.js';

const TOKEN_BYTES = 32;

/**
 * Serves the pages on the loopback address until the signal. `onListening` gets the address that lets the person in who
 * started it. Rejects with `unavailable` when the port cannot be had.
 */
export async function serveWeb(
  serving: WebServing,
  { port, signal, onListening }: { port: number; signal: AbortSignal; onListening(url: string): Promise<void> },
): Promise<void> {
  const { store, now } = serving.services;
  const drives = serving.drive ? new Drives({ ...serving, endedBy: 'the end of portia serve' }) : undefined;
  const site: Site = { ...serving, questions: new OpenQuestions(store), drives, live: new LiveStreams(store) };
  const door: Door = {
    sessions: new Sessions(now),
    origins: [],
    cookie: '',
    token: randomBytes(TOKEN_BYTES).toString('base64url'),
  };
  const server = createAdaptorServer({ fetch: createApp(site, door).fetch, hostname: HOST });
  const taken = await listenHere(server, { port, anyPort: '--port 0' });
  // Its names need the port. It hears nobody before.
  door.origins = [`http://${HOST}:${taken}`, `http://localhost:${taken}`];
  const { publicUrl } = serving.services.settings;
  if (publicUrl !== undefined) door.origins.push(new URL(publicUrl.value).origin);
  // Cookies do not tell ports apart.
  door.cookie = `portia-${taken}`;
  await onListening(`http://${HOST}:${taken}/enter?token=${door.token}`);
  if (!signal.aborted) await once(signal, 'abort');
  const closed = once(server, 'close');
  server.close();
  await Promise.all([site.live.close(), drives?.close()]);
  if ('closeAllConnections' in server) server.closeAllConnections();
  await closed;
}
