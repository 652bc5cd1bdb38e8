import { test } from 'vitest';

import { expectDamageRefused } from '../app/replay/damaged-recording.js';

test('when a recording is damaged at random, 10,000 times, then it is always refused', async () =>
  expectDamageRefused(10_000));
