// What the programs of the comparison share. Each is started as: node PROGRAM JOB FOLDER
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const [job, folder] = process.argv.slice(2);

export function expect(value, wanted) {
  if (value !== wanted) throw new Error(`${job} gave ${JSON.stringify(value)?.slice(0, 200)}, not ${wanted}.`);
}

/** Ends this process as a crash would, the first time that it is called in this folder. */
export function crashOnce() {
  const mark = join(folder, 'crashed');
  if (existsSync(mark)) return;
  writeFileSync(mark, '');
  process.kill(process.pid, 'SIGKILL');
}

/** `each` for the numbers below `count`, four at a time. */
export async function fourAtATime(count, each) {
  let next = 0;
  const work = async () => {
    while (next < count) {
      next += 1;
      await each(next - 1);
    }
  };
  await Promise.all([work(), work(), work(), work()]);
}

export const LARGE = 100_000_000;
export const largeText = () => 'x'.repeat(LARGE);
