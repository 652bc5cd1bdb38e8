import { isIP } from 'node:net';

import ipaddr from 'ipaddr.js';

import { isOwnMachine } from '../domain/values/own-machine.js';

/**
 * Whether an IP address belongs to the public internet: not to this machine, a private network, a carrier, a cloud's
 * own services, a tunnel or a range that is set apart. What is not an IP address does not belong to it.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.range() === 'unicast';
  // A network without IPv4 reaches public servers by it: the last four bytes are the server's.
  if (parsed.match(NAT64)) return new ipaddr.IPv4(parsed.toByteArray().slice(-4)).range() === 'unicast';
  return parsed.range() === 'unicast' && parsed.match(GLOBAL);
}

const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');

/** What is given out at all. */
const GLOBAL = ipaddr.IPv6.parseCIDR('2000::/3');

/** Whether an address names its server by number, or as this machine: by no name that somebody owns. */
export function namesMachine(url: URL): boolean {
  const host = bareHost(url);
  return isOwnMachine(host) || isIP(host) !== 0;
}

/** The host of an address as sockets take it: an IPv6 address without its brackets. */
export function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}
