import { PortiaError } from '../../domain/errors.js';
import { advice, adviceLines, portia, REPEAT } from '../../domain/next-step.js';
import { capitalised } from '../../domain/values/capitalised.js';
import { settleWithin } from '../../timing/limit.js';
import { ServerFault } from '../../tools/mcp/server-fault.js';
import { SignInNeeded, signInNeeded } from '../../tools/mcp/sign-in/sign-in-needed.js';
import type { SignIn } from '../../tools/mcp/sign-in/sign-in.js';
import { duration } from '../../ui/times.js';
import { EXIT } from '../session/exit-codes.js';
import { readDuration } from '../session/read-limits.js';
import { lineOf, type Session } from '../session/session.js';
import { signalOfPrompt, untilStopped } from '../session/stopping.js';
import type { SignInOptions } from './server-flags.js';
import { askServer, requireServer, signInAt } from './named-server.js';

/** How long a person has for a sign-in, unless they say otherwise. */
const WAIT_MS = 10 * 60_000;

/** A server at which a person signs in. */
interface Place {
  name: string;
  signIn: SignIn;
}

/** `mcp sign-in NAME [ADDRESS]`: waits until a browser comes back, or takes the address at which it ended. */
export async function signIn(session: Session<SignInOptions>, [name = '', address]: string[]): Promise<number> {
  const found = await signInAt(session, name, await requireServer(session, name));
  if (found === undefined) {
    throw new PortiaError('usage', `The server ${name} has no sign-in.`, {
      why: 'It is a program, gets a key as "Authorization" among its headers, or lacks a variable.',
      fix: portia('mcp', 'show', name),
    });
  }
  const waitMs = readDuration(session.options.wait, '--wait 90s') ?? WAIT_MS;
  const place = { name, signIn: found };
  if (address === undefined) {
    await beginAnew(session, place);
    await waitForPerson(session, place, waitMs);
  } else await signedInBy(name, async () => place.signIn.finish(paramsOf(name, address)));
  await session.note(lineOf(`You are signed in at ${name}.`, session));
  return EXIT.complete;
}

/** Asks a server for something. At a terminal the person signs in first, where that is all that is missing. */
export async function whenSignedIn<Result>(
  session: Session,
  name: string,
  ask: () => Promise<Result>,
): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    if (!session.prompting.yes || signInNeeded(error) === undefined) throw error;
    const found = await signInAt(session, name, await requireServer(session, name));
    if (found === undefined) throw error;
    await waitForPerson(session, { name, signIn: found }, WAIT_MS);
  }
  return ask();
}

/** Forgets the sign-in that was there, and finds out where the person signs in now. */
async function beginAnew(session: Session, { name, signIn: place }: Place): Promise<void> {
  place.forget();
  try {
    await askServer(session, name);
  } catch (error) {
    if (signInNeeded(error) === undefined) throw error;
    return;
  }
  // It answers everybody, and perhaps wants to know who calls its tools.
  await signedInBy(name, async () => {
    try {
      await place.begin({ isForScope: false, scope: '' });
    } catch (error) {
      if (!(error instanceof SignInNeeded)) throw error;
    }
  });
  if (place.waitsAt !== undefined) return;
  throw new PortiaError('usage', `The server ${name} does not ask for a sign-in.`, {
    fix: portia('mcp', 'test', name),
  });
}

async function waitForPerson(session: Session, place: Place, waitMs: number): Promise<void> {
  const { name, signIn: at } = place;
  const over = new AbortController();
  await untilStopped(
    session.io,
    async (stopped) => {
      const signal = AbortSignal.any([stopped, over.signal]);
      const ways: Promise<void>[] = [];
      const listening = new Promise<void>((resolve) => ways.push(at.untilSignedIn(signal, resolve)));
      try {
        await signedInBy(name, async () => {
          await Promise.race([listening, ...ways]);
          const told = lineOf(`Sign in at ${name}: open this address in a browser of this machine.`, session);
          await session.note(`${told}  ${at.waitsAt ?? ''}\n\n`);
          if (session.prompting.yes) ways.push(pasted(session, place, signal));
          await settleWithin(Promise.race(ways), waitMs, () => notInTime(name, waitMs));
        });
      } finally {
        over.abort();
        await Promise.allSettled(ways);
      }
    },
    (signal) => notAwaited(name, signal),
  );
}

/** The browser of another machine ends at an address that nobody answers there. */
async function pasted(session: Session, { name, signIn: place }: Place, signal: AbortSignal): Promise<void> {
  const { askText } = await import('../../ui/prompts.js');
  const asked = await askText(
    { streams: session.io.streams, look: session.look },
    {
      message: 'Or paste the address at which a browser elsewhere ended:',
      problemOf: (text) => (place.isAwaited(searchOf(text)) ? undefined : 'This is not where the sign-in ends.'),
      signal,
    },
  );
  signal.throwIfAborted();
  if (asked.kind !== 'answered') throw notAwaited(name, signalOfPrompt(session.io));
  await place.finish(searchOf(asked.value));
}

/** Empty for what is not an address. */
function searchOf(address: string): URLSearchParams {
  return URL.canParse(address.trim()) ? new URL(address.trim()).searchParams : new URLSearchParams();
}

function paramsOf(name: string, address: string): URLSearchParams {
  const params = searchOf(address);
  if (params.has('state')) return params;
  throw new PortiaError('usage', 'This is not the address at which a sign-in ends.', {
    why: 'It begins with http://127.0.0.1 and has state=… in it. Quote it, because a shell reads & otherwise.',
    fix: portia('mcp', 'sign-in', name, 'http://127.0.0.1:…'),
  });
}

/** Turns a fault of the sign-in into an error for the person. */
async function signedInBy(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ServerFault)) throw error;
    const isPassing = error.kind !== 'unauthorized';
    throw new PortiaError(isPassing ? 'unavailable' : 'key-rejected', `You are not signed in at ${name}.`, {
      why: `${capitalised(error.message)}.`,
      fix: isPassing ? advice`Try again: ${REPEAT}` : portia('mcp', 'sign-in', name),
      cause: error,
    });
  }
}

function notInTime(name: string, waitMs: number): PortiaError {
  return new PortiaError('timed-out', `Nobody signed in at ${name} within ${duration(waitMs)}.`, {
    why: 'The address still opens the sign-in, but portia no longer waits for its end.',
    fix: adviceLines([portia('mcp', 'sign-in', name), portia('mcp', 'sign-in', name, 'http://127.0.0.1:…')]),
    retryable: true,
  });
}

function notAwaited(name: string, signal: string): PortiaError {
  return new PortiaError('interrupted', `Waiting for the sign-in at ${name} was ended by ${signal}.`, { signal });
}
