import { expect, test } from 'vitest';

import { exchangeRounds } from '../tools/exchange-rounds.js';

test('when a folder is exchanged during 2,000 rounds of file tools, then nothing goes outside', async () => {
  const { inside, outside } = await exchangeRounds({ files: 2_000, queries: 100 });
  expect(outside).toEqual([]);
  expect(inside).toBeGreaterThan(0);
});
