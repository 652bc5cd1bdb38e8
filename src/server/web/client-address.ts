import { isIP } from 'node:net';

import type { WebContext } from './context.js';

/** From where a request comes, as an IP address: behind a proxy the last one that it names, which it saw itself. */
export function addressOf(context: WebContext, { isBehindProxy }: { isBehindProxy: boolean }): string {
  const own = context.env.incoming.socket.remoteAddress ?? '';
  const last = isBehindProxy ? context.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined;
  const named = last === undefined ? undefined : withoutPort(last);
  return named !== undefined && isIP(named) !== 0 ? named : own;
}

/** Some proxies name the port, too, and an address of IPv6 then has brackets. */
function withoutPort(named: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(named)?.[1] ?? /^([\d.]+):\d+$/.exec(named)?.[1] ?? named;
}
