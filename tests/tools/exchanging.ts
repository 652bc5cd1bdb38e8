import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { onTestFinished } from 'vitest';

/**
 * A project whose folder `d` can be exchanged for a link to a folder outside that has files of the same names; beside it
 * a file and a link to a file outside.
 */
export interface Exchangeable {
  root: string;
  outside: string;
  /** Puts the link in the place of the folder, which lies beside it then. */
  exchange(): void;
}

export const INSIDE = 'canary-inside';
export const OUTSIDE = 'canary-outside';

export function exchangeable(): Exchangeable {
  const base = realpathSync(mkdtempSync(path.join(tmpdir(), 'portia-exchange-')));
  onTestFinished(() => rmSync(base, { recursive: true, force: true }));
  const root = path.join(base, 'project');
  const outside = path.join(base, 'outside');
  for (const [folder, text] of [
    [path.join(root, 'd'), INSIDE],
    [outside, OUTSIDE],
  ] as const) {
    mkdirSync(path.join(folder, 'e'), { recursive: true });
    for (const name of ['f.txt', 'e/f.txt']) writeFileSync(path.join(folder, name), text);
  }
  writeFileSync(path.join(outside, 'elsewhere.txt'), OUTSIDE);
  symlinkSync(outside, path.join(root, 'l'));
  writeFileSync(path.join(root, 'file.txt'), INSIDE);
  symlinkSync(path.join(outside, 'f.txt'), path.join(root, 'file-link'));
  const exchange = () => {
    renameSync(path.join(root, 'd'), path.join(root, 'held'));
    renameSync(path.join(root, 'l'), path.join(root, 'd'));
  };
  return { root, outside, exchange };
}

/** Exchanges the folder and the file for their links as often as it can. A tool may make the folder while none has its name. */
const SWAP = `
  const { renameSync } = require('node:fs');
  let made = 0;
  const move = (from, to) => {
    for (;;) {
      try { return renameSync(from, to); } catch {}
      try { renameSync(to, 'made-' + ++made); } catch {}
    }
  };
  process.chdir(process.argv[1]);
  process.send('begun');
  for (;;) {
    move('d', 'x'); move('l', 'd');
    move('file.txt', 'file'); move('file-link', 'file.txt');
    move('d', 'l'); move('x', 'd');
    move('file.txt', 'file-link'); move('file', 'file.txt');
  }`;

/** Does the work while another process exchanges them. */
export async function whileExchanging(root: string, work: () => Promise<void>): Promise<void> {
  const swapper = spawn(process.execPath, ['-e', SWAP, root], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = new Promise((resolve) => swapper.once('exit', resolve));
  await new Promise((resolve) => swapper.once('message', resolve));
  try {
    await work();
    if (swapper.exitCode !== null) throw new Error('the folders were not exchanged all the time');
  } finally {
    swapper.kill('SIGKILL');
    await ended;
  }
}
