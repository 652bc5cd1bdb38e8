import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';

import { errnoOf, PortiaError } from '../domain/errors.js';

/** The loopback address: only this machine is heard. */
export const HOST = '127.0.0.1';

/**
 * Listens on the loopback address, and gives the port: `port`, or a free one when it is 0. Rejects with `unavailable` when
 * the port cannot be had. `anyPort` are the flags that ask for a free one.
 */
export async function listenHere(
  server: Server,
  { port, anyPort }: { port: number; anyPort: string },
): Promise<number> {
  server.listen(port, HOST);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new PortiaError('unavailable', `Nothing can listen on port ${port} here.`, {
      why: errnoOf(error) === 'EADDRINUSE' ? 'Another process has this port.' : String(error),
      fix: `${anyPort}   # a free port, which is printed`,
    });
  }
  const { port: taken } = server.address() as AddressInfo;
  return taken;
}
