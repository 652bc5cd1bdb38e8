import { rmSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { makeExampleProject, pausedRun } from '../support/example-project.js';
import { listFolder } from '../support/folder-listing.js';
import { portiaHere } from '../support/portia-here.js';
import { expectError } from '../support/printed-error.js';

test('when the log of a run is gone then it is neither answered nor cancelled, and showing it says so', async () => {
  const cwd = makeExampleProject();
  const id = await pausedRun(cwd);
  rmSync(join(cwd, 'runs', id, 'events.ndjson'));
  const before = listFolder(cwd);
  const answered = await portiaHere(['answer', id, 'filename=old/weather.txt'], { cwd });
  expectError(answered, { code: 'unreadable', exit: 2 });
  const cancelled = await portiaHere(['cancel', id, '--yes'], { cwd });
  expectError(cancelled, { code: 'unreadable', exit: 2 });
  const shown = await portiaHere(['show', id], { cwd });
  expect(shown.stderr).toContain('is missing: what was under way when it stopped is not known');
  expect(listFolder(cwd)).toEqual(before);
});
