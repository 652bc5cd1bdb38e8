import { expect, onTestFinished, test } from 'vitest';

import { buildProgram } from '../support/build-program.js';
import { newFolder } from '../storage/examples.js';
import { contend } from '../storage/lock-rounds.js';

test('when 8 processes contend for 1,000 rounds each then no two ever own the run', { timeout: 600_000 }, async () => {
  const program = buildProgram('tests/storage/lock-program.ts');
  onTestFinished(() => program.remove());
  for (let wave = 0; wave < 10; wave += 1) {
    const folder = newFolder();
    await contend(program, { folder, contenders: 8, rounds: 100 });
    await contend(program, { folder, contenders: 1, rounds: 1 });
  }
  expect.hasAssertions();
});
