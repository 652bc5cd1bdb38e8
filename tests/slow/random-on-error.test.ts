import * as fc from 'fast-check';
import { test } from 'vitest';

import { expectSameEndEverywhere, planFrom, randomSteps } from '../executor/random-on-error.js';

test('when the process dies at any event of random plans with on_error in on_error then the end is the same', async () => {
  await fc.assert(
    fc.asyncProperty(randomSteps, async (steps) => expectSameEndEverywhere(planFrom(steps), 2)),
    { numRuns: 60, endOnFailure: true },
  );
});
