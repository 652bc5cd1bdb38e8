import { expect, test } from 'vitest';

import { forEachSideBySide } from '../support/finish-run.js';
import { killRequest, runRequest } from './killed-request.js';

const moments = [0, 9];

test(
  'when a request is killed while it is planned, or in the middle of its run, then it is planned once and done once',
  { timeout: 300_000 },
  async () => {
    const undisturbed = await runRequest();
    await forEachSideBySide(moments, async (lines) => {
      expect({ lines, ...(await killRequest(lines)) }).toEqual({ lines, ...undisturbed });
    });
  },
);
