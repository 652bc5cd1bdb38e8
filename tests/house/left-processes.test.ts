import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { untilNobodyWorksIn } from '../support/left-processes.js';
import { makeProject } from '../support/portia.js';

test.runIf(existsSync('/proc/self/cwd'))('when a test leaves a process then it is told which', async () => {
  const folder = makeProject();
  const below = join(folder, 'below');
  mkdirSync(below);
  await untilNobodyWorksIn(folder, 0);
  const left = spawn('sleep', ['1000'], { cwd: below, detached: true, stdio: 'ignore' });
  await expect(untilNobodyWorksIn(folder, 50)).rejects.toThrow(`${left.pid} sleep 1000`);
  left.kill('SIGKILL');
  await untilNobodyWorksIn(folder);
});
