import { builtVersion } from '../app/built-package.js';
import { exportedRun, exportLines, missingParts } from '../app/export-run.js';
import { importRun } from '../app/import-run.js';
import type { Services } from '../app/services.js';
import { PortiaError } from '../domain/errors.js';
import { portiaTyped } from '../domain/next-step.js';
import type { Run } from '../domain/run/run.js';
import type { RunId } from '../domain/values/ids.js';
import type { Store } from '../storage/store.js';
import type { ExportOptions } from './portia-options.js';

interface Place {
  services: Services;
  store: Store;
}

/** The lines of an exported run, each with its line end. Rejects with `unreadable` where parts are missing, unless it is `partial`. */
export async function* exportedLines(
  id: RunId,
  { partial = false }: ExportOptions,
  { services, store }: Place,
): AsyncGenerator<string> {
  const given = { store, now: services.now, version: builtVersion() };
  const exported = await exportedRun(id, given);
  const missing = missingParts(exported);
  if (missing.length > 0 && !partial) throw incomplete(id, missing);
  yield* exportLines(exported, given);
}

function incomplete(id: RunId, missing: string[]): PortiaError {
  return new PortiaError('unreadable', `${id} cannot be exported whole.`, {
    why: missing.join(' '),
    fix: 'exportRun(run, { partial: true }) exports what is there.',
    runId: id,
  });
}

export async function importLines(lines: AsyncIterable<string | Uint8Array>, store: Store): Promise<Run> {
  return (await importRun(asBytes(lines), { name: 'The exported run', shownBy: portiaTyped('show', 'FILE') }, store))
    .run;
}

async function* asBytes(lines: AsyncIterable<string | Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of lines) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}
