import { bodyLimit } from 'hono/body-limit';
import type { MiddlewareHandler } from 'hono';

import type { WebEnvironment } from './context.js';

/** Bytes of the form of somebody who is known: an answer is far smaller. */
const MOST_BYTES = 1024 * 1024;
/** Bytes of a name, a password and a code, each of whatever letters. */
const MOST_OF_STRANGER = 16 * 1024;

/** For whoever is known. What strangers send is not read before, so that it takes no memory. */
export const formLimit = limitOf(MOST_BYTES, '1 MB');
export const signInLimit = limitOf(MOST_OF_STRANGER, '16 kB');

function limitOf(maxSize: number, words: string): MiddlewareHandler<WebEnvironment> {
  const limit = bodyLimit({
    maxSize,
    onError: (context) => context.text(`This is more than ${words}, and nothing of it was taken.\n`, 413),
  });
  // Looking for a body takes as long as what answers a page, and those that ask for one have none.
  return (context, next) => (context.req.method === 'GET' ? next() : limit(context, next));
}
