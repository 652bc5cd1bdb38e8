import { setTimeout as wait } from 'node:timers/promises';

import { DEFAULT_END_USER } from '../../domain/run/run.js';
import { messageOf, PortiaError } from '../../domain/errors.js';
import { portia } from '../../domain/next-step.js';
import type { BrowserPort, BrowserSession } from '../../tools/browser-port.js';
import { EXIT } from '../session/exit-codes.js';
import { lineOf, type Session } from '../session/session.js';
import { untilStopped } from '../session/stopping.js';

/** How often the session is kept while the window is open. */
const KEEP_MS = 1_000;

/** `tools sign-in ADDRESS`: a window, until the person closes it. */
export async function signInAtPage(
  session: Session,
  address: string | undefined,
  endUserId = DEFAULT_END_USER,
): Promise<number> {
  const start = readAddress(address);
  const browser = await readyBrowser(session);
  requireScreen(session);
  await session.note(lineOf(`Sign in at ${start.host} in the window, then close it.`, session));
  await untilStopped(
    session.io,
    async (signal) => {
      const opened = await open(browser, { start, endUserId, signal });
      try {
        await opened.act({ do: 'open', url: start.href }, signal).catch((error: unknown) => {
          signal.throwIfAborted();
          throw new PortiaError('unavailable', `${start.host} cannot be opened.`, {
            why: messageOf(error),
            cause: error,
          });
        });
        await keepUntilClosed(opened, signal);
      } finally {
        await opened.end();
      }
    },
    (signal) => new PortiaError('interrupted', `Signing in was ended by ${signal}.`, { signal }),
  );
  await session.note(lineOf(`What you signed in to at ${start.host} is kept.`, session));
  return EXIT.complete;
}

function readAddress(address: string | undefined): URL {
  const url = address !== undefined && URL.canParse(address) ? new URL(address) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  throw new PortiaError('usage', 'portia tools sign-in needs the whole address of a page.', {
    fix: portia('tools', 'sign-in', 'https://shop.example.org/'),
  });
}

async function readyBrowser({ services }: Session): Promise<BrowserPort> {
  const { browser } = services.toolEnvironment;
  const found = await browser?.find();
  if (browser !== undefined && found?.ok === true) return browser;
  const { why, fix } = found?.ok === false ? found : { why: undefined, fix: undefined };
  throw new PortiaError('invalid-settings', 'There is no browser to sign in with.', { why, fix });
}

function requireScreen({ io }: Session): void {
  const { environment, platform } = io;
  if (platform === 'darwin' || environment['DISPLAY'] || environment['WAYLAND_DISPLAY']) return;
  throw new PortiaError('usage', 'There is no screen for a window here.', {
    why: 'Neither DISPLAY nor WAYLAND_DISPLAY is set.',
    fix: 'Run the command at a desktop; over SSH: ssh -X',
  });
}

async function open(
  browser: BrowserPort,
  { start, endUserId, signal }: { start: URL; endUserId: string; signal: AbortSignal },
): Promise<BrowserSession> {
  try {
    return await browser.start({ start, endUserId, isBound: false, runId: null, hasWindow: true }, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw new PortiaError('unavailable', 'The browser cannot be started.', { why: messageOf(error), cause: error });
  }
}

async function keepUntilClosed(opened: BrowserSession, signal: AbortSignal): Promise<void> {
  try {
    while (await opened.keep(signal)) await wait(KEEP_MS, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    // Whoever closes the last window may end the browser: what was kept before counts.
    if (error instanceof PortiaError) throw error;
  }
}
