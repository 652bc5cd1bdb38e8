import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { onTestFinished, test } from 'vitest';

import { watchRunFiles } from '../../src/storage/watch-files.js';
import { makeProject } from '../support/portia.js';

test('when the folder of the runs is made as soon as it is watched then that is told', async () => {
  const folder = join(makeProject(), 'runs');
  await new Promise<void>((resolve) => {
    onTestFinished(watchRunFiles(folder, { runs: [], lists: true }, resolve));
    mkdirSync(folder);
  });
});
