import { isIP } from 'node:net';

import { PortiaError } from '../../domain/errors.js';
import { readPort } from '../session/read-port.js';

/** An address at which a server listens. */
export interface ListenAddress {
  host: string;
  port: number | undefined;
}

const NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;

/** `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`. Throws `usage`. */
export function readListen(given: string): ListenAddress {
  const isPlainV6 = isIP(given) === 6;
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(.*))?$/.exec(given) ?? [];
  const host = isPlainV6 ? given : (bracketed ?? plain ?? '');
  const isHost = bracketed === undefined ? isIP(host) !== 0 || NAME.test(host) : isIP(bracketed) === 6;
  if (!isHost) {
    throw new PortiaError('usage', `--listen ${given} is not an address.`, {
      why: 'It is HOST or HOST:PORT, where HOST is a name or an IP address: 0.0.0.0 is every one of this machine.',
      fix: '--listen 0.0.0.0:8300',
    });
  }
  const isNumbered = !isPlainV6 && port !== undefined;
  return { host: host.toLowerCase(), port: isNumbered ? readPort(port, '--port') : undefined };
}
