import { builtVersion } from '../app/built-package.js';
import { exportedRun, exportLines } from '../app/export-run.js';
import { importRun } from '../app/import-run.js';
import type { Services } from '../app/services.js';
import { portiaTyped } from '../domain/next-step.js';
import type { Run } from '../domain/run/run.js';
import type { RunId } from '../domain/values/ids.js';
import type { Store } from '../storage/store.js';

interface Place {
  services: Services;
  store: Store;
}

/** The lines of an exported run, each with its line end. */
export async function* exportedLines(id: RunId, { services, store }: Place): AsyncGenerator<string> {
  const given = { store, now: services.now, version: builtVersion() };
  yield* exportLines(await exportedRun(id, given), given);
}

export async function importLines(lines: AsyncIterable<string | Uint8Array>, store: Store): Promise<Run> {
  return (await importRun(asBytes(lines), { name: 'The exported run', shownBy: portiaTyped('show', 'FILE') }, store))
    .run;
}

async function* asBytes(lines: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of lines) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}
