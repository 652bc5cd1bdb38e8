import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';

import { errnoOf, PortiaError } from '../domain/errors.js';

/** The loopback address: only this machine is heard. */
export const HOST = '127.0.0.1';

/**
 * Listens at `host`, by default the loopback address, and gives the port: `port`, or a free one when it is 0. Rejects with
 * `unavailable` when the port cannot be had. `anyPort` are the flags that ask for a free one.
 */
export async function listenHere(
  server: Server,
  { host = HOST, port, anyPort }: { host?: string; port: number; anyPort: string },
): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
      throw new PortiaError('unavailable', `This machine does not have the address ${host}.`, {
        why: String(error),
        fix: '--listen 0.0.0.0   # all addresses that it has',
      });
    }
    throw new PortiaError('unavailable', `Nothing can listen on port ${port} here.`, {
      why: code === 'EADDRINUSE' ? 'Another process has this port.' : String(error),
      fix: `${anyPort}   # a free port, which is printed`,
    });
  }
  const { port: taken } = server.address() as AddressInfo;
  return taken;
}
