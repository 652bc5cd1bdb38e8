import { Hono } from 'hono';
import { expect, test } from 'vitest';

import { addressOf } from '../../../src/server/web/client-address.js';
import type { WebEnvironment } from '../../../src/server/web/context.js';

const PROXY = { incoming: { socket: { remoteAddress: '10.0.0.1' } } };

/** From where a request comes that has this header. */
async function addressWith(forwarded: string, isBehindProxy = true): Promise<string> {
  const app = new Hono<WebEnvironment>();
  app.get('/', (context) => context.text(addressOf(context, { isBehindProxy })));
  return (await app.request('/', { headers: { 'x-forwarded-for': forwarded } }, PROXY)).text();
}

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['203.0.113.9, 192.0.2.1', '192.0.2.1'],
  ['192.0.2.1:4711', '192.0.2.1'],
  ['2001:db8::1', '2001:db8::1'],
  ['[2001:db8::1]:4711', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['unknown', '10.0.0.1'],
  ['192.0.2.1, ', '10.0.0.1'],
  ['192.0.2.1:x', '10.0.0.1'],
])('when a proxy names %s then the request comes from %s', async (forwarded, address) => {
  expect(await addressWith(forwarded)).toBe(address);
});

test('when there is no proxy then a header says nothing', async () => {
  expect(await addressWith('192.0.2.1', false)).toBe('10.0.0.1');
});
