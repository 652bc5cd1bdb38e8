import { expect, test } from 'vitest';

import { killBatch } from '../e2e/killed-batch.js';
import { killRequest, runRequest } from '../e2e/killed-request.js';
import { forEachSideBySide } from '../support/finish-run.js';

/** More than the run has: the last ones kill a process that is at its end. */
const LINES = 40;

test(
  'when a request is killed while it is planned, or after any event of its run, then it is planned once and done once',
  { timeout: 1_200_000 },
  async () => {
    const undisturbed = await runRequest();
    const moments = Array.from({ length: LINES }, (_, lines) => lines);
    await forEachSideBySide(moments, async (lines) => {
      expect({ lines, ...(await killRequest(lines)) }).toEqual({ lines, ...undisturbed });
    });
  },
);

test(
  'when a batch is killed after any of its events then each person is invited once',
  { timeout: 1_200_000 },
  async () => {
    const moments = Array.from({ length: LINES }, (_, lines) => lines + 1);
    await forEachSideBySide(moments, async (lines) => {
      const { states, invited } = await killBatch(lines);
      expect({ lines, others: [...states].filter((state) => state !== 'COMPLETE'), invited }).toEqual({
        lines,
        others: [],
        invited: ['ada', 'cy'],
      });
    });
  },
);
