import { expect, test } from 'vitest';

import { exportedRun, exportLines } from '../../src/app/export-run.js';
import { readExport, type ReadExport } from '../../src/app/read-export.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import type { Store } from '../../src/storage/store.js';
import { planDigest } from '../../src/domain/plan/plan-digest.js';
import { CREATED, now, outcomeOf, planWith, RUN_ID } from '../storage/examples.js';

async function exportedText(store: Store): Promise<string> {
  const services = { store, now, version: '0.0.0' };
  let text = '';
  for await (const line of exportLines(await exportedRun(RUN_ID, services), services)) text += line;
  return text;
}

async function read(...pieces: Uint8Array[]): Promise<ReadExport> {
  const receiver = createMemoryStore({ now }).receiveRuns();
  return readExport(asStream(pieces), { name: 'run.ndjson', receiver });
}

async function* asStream(pieces: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

/** The bytes of a small run with a large value. */
async function smallExport(): Promise<Uint8Array> {
  const store = createMemoryStore({ now });
  await store.savePlan(planWith());
  const log = await store.createRun(RUN_ID);
  log.append({ ...CREATED, plan_digest: planDigest(planWith()) });
  log.append({ type: 'run.started' });
  const measured = await log.storeMemory({ text: 'größer ✓' });
  log.append({ type: 'memory.stored', path: '0', ...measured });
  log.append({ type: 'run.completed', final_output: null });
  await log.close();
  return Buffer.from(await exportedText(store));
}

test('when a file is cut at any byte then it is refused, and says why and what to do', async () => {
  const bytes = await smallExport();
  expect(await read(bytes)).toMatchObject({ run: { standing: 'new', missing: [], run: { state: 'COMPLETE' } } });
  for (let end = 0; end < bytes.length; end += 1) {
    const error = await outcomeOf(() => read(bytes.subarray(0, end)));
    expect({ end, code: error?.code, why: error?.details.why, fix: error?.fix }).toEqual({
      end,
      code: 'unreadable',
      why: expect.any(String),
      fix: expect.stringContaining('portia export RUN'),
    });
  }
});

test('when a file comes in pieces of any size then it is the same', async () => {
  const bytes = await smallExport();
  for (const size of [1, 2, 3, 7, 100, 1_000]) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
      bytes.subarray(at * size, (at + 1) * size),
    );
    expect(await read(...pieces)).toMatchObject({ run: { run: { id: RUN_ID } } });
  }
});

test('when a line never ends then it is refused before the memory is full', async () => {
  let given = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    const piece = Buffer.alloc(8 * 1024 * 1024, 'x');
    for (;;) {
      given += 1;
      yield piece;
    }
  }
  const receiver = createMemoryStore({ now }).receiveRuns();
  const error = await outcomeOf(() => readExport(endless(), { name: 'run.ndjson', receiver }));
  expect(error).toMatchObject({ code: 'unreadable', details: { why: expect.stringContaining('longer than') } });
  expect(given).toBeLessThan(50);
});

test('when the file cannot be read to its end then the error says so', async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('{"v":1,');
    throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' });
  }
  const receiver = createMemoryStore({ now }).receiveRuns();
  const error = await outcomeOf(() => readExport(failing(), { name: 'run.ndjson', receiver }));
  expect(error).toMatchObject({ code: 'unreadable', message: 'Cannot read run.ndjson.' });
});
