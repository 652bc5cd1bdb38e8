import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

import { onTestFinished } from 'vitest';

/** Whether a screen without a monitor can be made here; where it cannot, standard error says that its tests are left out. */
export function hasScreen(): boolean {
  const isThere = spawnSync('Xvfb', ['-help']).error === undefined;
  if (!isThere) process.stderr.write('! No window is tried: there is no Xvfb. apt-get install xvfb\n');
  return isThere;
}

/** A screen without a monitor, until it is ended or the test ends. `file` is for its number. */
export async function startScreen(file: string): Promise<{ display: string; end(): void }> {
  const screen = spawn('sh', ['-c', 'exec Xvfb -displayfd 3 -nolisten tcp 3>"$0"', file], { stdio: 'ignore' });
  const end = () => void screen.kill();
  onTestFinished(end);
  for (;;) {
    const number = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (number.endsWith('\n')) return { display: `:${number.trim()}`, end };
    await wait(20);
  }
}
