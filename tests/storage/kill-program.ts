// node program.mjs FOLDER NUMBER MODE: makes a run and kills itself at the file system's operation of that number,
// "before" it or, when it writes, in the middle of it ("torn"). Says each event that is certain.
// Number 0: lives, and says the name of every operation at the end.
import { writeSync } from 'node:fs';

import { realFileSystem, type FileSystem } from '../../src/storage/file-system.js';
import { createFileStore } from '../../src/storage/file-store.js';
import { eventsOfRun, now, RUN_ID } from './run-examples.js';
import { watchedFileSystem } from './faulty-file-system.js';

const [, , root = '', number = '', mode = ''] = process.argv;

const die = (): void => void process.kill(process.pid, 'SIGKILL');
let dying = false;
const operations: string[] = [];
const watched = watchedFileSystem((operation, count) => {
  operations.push(operation);
  if (count !== Number(number)) return;
  if (mode === 'before') die();
  dying = true;
});
const fs: FileSystem = new Proxy(watched, {
  get(target, name: keyof FileSystem) {
    if (name !== 'write') return target[name];
    return (file: number, bytes: Uint8Array): number => {
      const written = target.write(file, dying ? new Uint8Array() : bytes);
      if (!dying) return written;
      realFileSystem.write(file, bytes.subarray(0, bytes.length / 2));
      die();
      return 0;
    };
  },
});

const store = createFileStore({ root, now, pid: process.pid, fs });
const log = await store.createRun(RUN_ID);
for (const body of eventsOfRun(1)) {
  const { seq } = log.append(body);
  await log.flush();
  writeSync(1, `${seq}\n`);
}
await log.storeMemory('large');
await log.snapshot();
log.append({ type: 'run.completed', final_output: null });
await log.close();
writeSync(1, '5\n');
if (number === '0') writeSync(1, `${operations.join(' ')}\n`);
