import { expect, test } from 'vitest';

import { stayingOf } from '../../src/cli/runs/drive.js';

test('when --wait is not given then a run stays a minute at a step that waits, or as long as the command says', () => {
  expect(stayingOf({})).toEqual({ ms: 60_000, isRehearsal: false });
  expect(stayingOf({}, 0)).toEqual({ ms: 0, isRehearsal: false });
});

test('when --wait is given then a run stays as long as it says, and a rehearsal is one', () => {
  expect(stayingOf({ wait: '5s' })).toEqual({ ms: 5_000, isRehearsal: false });
  expect(stayingOf({ wait: '2m', dryRun: true }, 0)).toEqual({ ms: 120_000, isRehearsal: true });
});
