import { expect, test } from 'vitest';

import { driveToEnd, expectSameEnd, undisturbed } from '../executor/dying-on-error.js';

const events = undisturbed.run.metadata.last_seq;

test('when the process dies at any event around failures and again while it recovers then nothing is done twice', async () => {
  let pairs = 0;
  for (let event = 2; event <= events; event += 1) {
    for (let second = 1; second <= events; second += 3) {
      const kills = [
        { event, when: 'after' as const },
        { event: second, when: 'before' as const },
      ];
      const driven = await driveToEnd(kills);
      if (driven.killed < 2) break;
      expectSameEnd(kills, driven);
      pairs += 1;
    }
  }
  expect(pairs).toBeGreaterThan(200);
});
