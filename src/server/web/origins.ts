import { isIP } from 'node:net';

import { isOwnMachine } from '../../domain/values/own-machine.js';
import type { WebContext } from './context.js';

/** Addresses at which a server hears every name of its machine. */
const EVERYWHERE = ['0.0.0.0', '::'];

/** Where a server listens, and how it is reached. */
export interface Reached {
  host: string;
  port: number;
  isTls: boolean;
  /** The address that people are told, in the settings. */
  publicUrl: string | undefined;
}

/** Whether it listens at every address, so that none of them is its name. */
export function isEverywhere(host: string): boolean {
  return EVERYWHERE.includes(host);
}

/** The origins under which people come, the first of which is printed. */
export function originsOf({ host, port, isTls, publicUrl }: Reached): string[] {
  const own = isEverywhere(host) ? [] : [host];
  const names = [...own, ...['127.0.0.1', 'localhost'].filter((name) => name !== host)];
  const origins = names.map((name) => {
    return new URL(`${isTls ? 'https' : 'http'}://${spelledHost(name)}:${port}`).origin;
  });
  return publicUrl === undefined ? origins : [...origins, new URL(publicUrl).origin];
}

/** As it stands before a port. */
export function spelledHost(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** The one of the origins under which a request came; undefined for a name that is not the server's own. */
export function originAsked({ req }: WebContext, { origins }: { origins: readonly string[] }): string | undefined {
  const host = req.header('host')?.toLowerCase();
  return origins.find((origin) => new URL(origin).host === host);
}

export function isHttps(origin: string | undefined): boolean {
  return origin?.startsWith('https:') === true;
}

/**
 * Whether a browser may be told to come by https only: that holds for all ports of a name, so it is said where the server
 * has the usual port, and never of the machine itself.
 */
export function mayBeKept(origin: string): boolean {
  const { hostname, port } = new URL(origin);
  return isHttps(origin) && port === '' && !isOwnMachine(hostname) && isIP(hostname) === 0 && !hostname.startsWith('[');
}
