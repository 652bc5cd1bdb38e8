// node program.mjs ROOT: takes the run over, continues with it and gives it free.
import { createFileStore } from '../../src/storage/file-store.js';
import { now, RUN_ID } from './run-examples.js';

const store = createFileStore({ root: process.argv[2] ?? '', now, pid: process.pid });
const log = await store.openRun(RUN_ID, { takeOver: true });
log.append({ type: 'run.resumed' });
await log.close();
