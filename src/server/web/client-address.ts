import { isIP } from 'node:net';

import type { WebContext } from './context.js';

/** From where a request comes, as an IP address: behind a proxy the last one that it names, which it saw itself. */
export function addressOf(context: WebContext, { isBehindProxy }: { isBehindProxy: boolean }): string {
  const own = context.env.incoming.socket.remoteAddress ?? '';
  const named = isBehindProxy ? context.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined;
  return named !== undefined && isIP(named) !== 0 ? named : own;
}
