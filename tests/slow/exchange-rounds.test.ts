import { expect, test } from 'vitest';

import { exchangeRounds } from '../tools/exchange-rounds.js';

test('when a folder and a file are exchanged for links during 10,000 calls of file tools, then nothing goes outside', async () => {
  const { calls, inside, outside } = await exchangeRounds({ files: 1_450, queries: 100 });
  expect(outside).toEqual([]);
  expect(calls).toBeGreaterThan(10_000);
  expect(inside).toBeGreaterThan(0);
});
