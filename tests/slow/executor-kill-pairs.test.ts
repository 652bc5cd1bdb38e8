import { expect, test } from 'vitest';

import { killPairs, killPoints } from '../executor/dying-processes.js';

test(`when the process dies at any of ${killPoints.length} points and again anywhere while it recovers then the end is the same`, async () => {
  const pairs = await killPairs(killPoints);
  expect(pairs).toBeGreaterThan(1_500);
});
