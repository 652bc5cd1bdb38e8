import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { cleanEnvironment, ended, makeProject, PORTIA, TESTED_NODE } from '../support/portia.js';

test('when there is no space for a file that a tool writes then it is exit 10, and nothing is left', async () => {
  const cwd = makeProject({ 'made/keep.txt': '' });
  // Blocks of 512 bytes or of a kilobyte: as if the disk were full after them.
  const script = 'ulimit -f 20; exec "$0" "$@"';
  const call = ['tools', 'call', 'file_writer_tool', 'filename=made/a.txt', `content=${'x'.repeat(60_000)}`];
  const child = spawn('sh', ['-c', script, TESTED_NODE, PORTIA, ...call], { cwd, env: cleanEnvironment(cwd) });
  const { code, stderr } = await ended(child, '');
  expect(stderr).toContain('a.txt');
  expect(code).toBe(10);
  expect(readdirSync(join(cwd, 'made'))).toEqual(['keep.txt']);
});
