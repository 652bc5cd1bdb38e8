import { readdirSync, statSync } from 'node:fs';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { open } from 'node:fs/promises';

import { isExportRecord } from '../../domain/run/export-records.js';
import type { RunId } from '../../domain/values/ids.js';
import { createMemoryStore } from '../../storage/memory-store.js';
import type { Store } from '../../storage/store.js';
import { importRun } from '../import-run.js';

/** A run that can be played, wherever it is. */
export interface ReplaySource {
  /** What people call it: its id, or its file. */
  name: string;
  /** The store that has it. Rejects with `unreadable` or `newer-version` for a file that is not a whole export. */
  open(): Promise<{ id: RunId; store: Store }>;
}

export function storedSource(id: RunId, store: Store): ReplaySource {
  return { name: id, open: async () => ({ id, store }) };
}

/** A run that was exported to a file. It is read into memory. */
export function exportedSource(name: string, read: () => AsyncIterable<Uint8Array>): ReplaySource {
  return {
    name,
    async open() {
      const store = createMemoryStore({ now: () => new Date() });
      const { run } = await importRun(read(), { name }, store);
      return { id: run.id, store };
    },
  };
}

/** The exported runs in a folder, by name. */
export async function sourcesInFolder(folder: string, name: string): Promise<ReplaySource[]> {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.ndjson'))
    .toSorted();
  const sources: ReplaySource[] = [];
  for (const file of files) {
    const path = join(folder, file);
    if (!statSync(path).isFile() || !isExportRecord(await beginningOf(path))) continue;
    sources.push(exportedSource(join(name, file), () => createReadStream(path)));
  }
  return sources;
}

const BEGINNING = 64;

async function beginningOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
    return buffer.subarray(0, bytesRead).toString();
  } finally {
    await file.close();
  }
}
