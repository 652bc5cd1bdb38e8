import { expect, test } from 'vitest';

import { HostPool } from '../../../src/tools/host/host-pool.js';

test('when a host cannot be started then those who wait for their turn are told, too', async () => {
  const pool = new HostPool(async () => Promise.reject(new Error('no memory')), 1);
  const { signal } = new AbortController();
  const taken = await Promise.allSettled(['a', 'b', 'c'].map((key) => pool.take(key, signal)));
  expect(taken.map((each) => each.status === 'rejected' && String(each.reason))).toEqual(
    Array.from({ length: 3 }, () => 'Error: no memory'),
  );
});
