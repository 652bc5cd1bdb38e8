import type { Stats } from 'node:fs';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';

const PROCESSES = '/proc';

/**
 * Another process that has a file open, by its name and number, as far as this system shows that: Linux shows the
 * processes of the same user.
 */
export async function openElsewhere(file: Pick<Stats, 'dev' | 'ino'>): Promise<string | undefined> {
  const own = await readlink(`${PROCESSES}/self`).catch(() => '');
  const numbers = (await namesIn(PROCESSES)).filter((name) => /^\d+$/.test(name) && name !== own);
  for (const number of numbers) {
    const folder = `${PROCESSES}/${number}/fd`;
    const opened = await Promise.all((await namesIn(folder)).map(async (name) => isFile(`${folder}/${name}`, file)));
    if (opened.includes(true)) return `${await nameOf(number)} (process ${number})`;
  }
  return undefined;
}

/** Nothing for a process that has ended, or is somebody else's. */
async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function isFile(path: string, { dev, ino }: Pick<Stats, 'dev' | 'ino'>): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.dev === dev && found.ino === ino;
}

async function nameOf(number: string): Promise<string> {
  const name = await readFile(`${PROCESSES}/${number}/comm`, 'utf8').catch(() => '');
  return name.trim() || 'another program';
}
