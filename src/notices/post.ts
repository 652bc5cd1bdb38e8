import { oneLine } from '../domain/values/printable.js';
import { describeThrown } from '../domain/values/thrown.js';
import { guardedFetch, RequestFault, type GuardedAnswer } from '../tools/guarded-fetch.js';
import { NotSent } from './notice-port.js';

/** From the request to the last byte of the answer, in milliseconds. */
const POST_MS = 15_000;
const MOST_ANSWER_BYTES = 100_000;
const MOST_WORDS = 200;
const LONGEST_WAIT_MS = 24 * 3_600_000;

/**
 * Posts JSON to an address that the user's settings name, which may be in a private network. No redirect is followed.
 * Rejects with `NotSent` unless the answer says that it was taken.
 */
export async function postJson(
  url: URL,
  { body, headers = {}, signal }: { body: string; headers?: Record<string, string>; signal: AbortSignal },
): Promise<void> {
  const answer = await ask(url, { body, headers, signal });
  if (answer.status >= 200 && answer.status < 300) return;
  const words = oneLine(answer.body.toString('utf8')).slice(0, MOST_WORDS);
  const said = words === '' ? '' : `: ${words}`;
  throw new NotSent(`it answered with status ${answer.status}${said}`, waitOf(answer));
}

async function ask(
  url: URL,
  { body, headers, signal }: { body: string; headers: Record<string, string>; signal: AbortSignal },
): Promise<GuardedAnswer> {
  try {
    return await guardedFetch({
      url,
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal,
      mayBePrivate: true,
      timeoutMs: POST_MS,
      maxBytes: MOST_ANSWER_BYTES,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw new NotSent(error instanceof RequestFault ? error.message : describeThrown(error));
  }
}

/** How long the server wants to be left alone, when it says so in seconds. */
function waitOf({ headers }: GuardedAnswer): number {
  const seconds = headers['retry-after'] ?? '';
  return /^\d{1,6}$/.test(seconds) ? Math.min(Number(seconds) * 1_000, LONGEST_WAIT_MS) : 0;
}
