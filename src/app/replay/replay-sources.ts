import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'node:fs/promises';

import { isExportRecord } from '../../domain/run/export-records.js';
import type { RunId } from '../../domain/values/ids.js';
import { createMemoryStore } from '../../storage/memory-store.js';
import type { Store } from '../../storage/store.js';
import type { Recording } from '../../domain/recording/recording.js';
import { importRun } from '../import-run.js';
import { isRecording, readRecording } from './recording-file.js';

/** A run that can be played, wherever it is. */
export interface ReplaySource {
  /** What people call it: its id, or its file. */
  name: string;
  /** What it is played from. Rejects with `unreadable` or `newer-version` for a file that is not whole. */
  open(): Promise<OpenedSource>;
}

/** A run in a store, or a recording. */
export type OpenedSource = { kind: 'run'; id: RunId; store: Store } | { kind: 'recording'; recording: Recording };

export function storedSource(id: RunId, store: Store): ReplaySource {
  return { name: id, open: async () => ({ kind: 'run', id, store }) };
}

/** A run that was exported to a file. It is read into memory. */
function exportedSource(name: string, read: () => AsyncIterable<Uint8Array>): ReplaySource {
  return {
    name,
    async open() {
      const store = createMemoryStore({ now: () => new Date() });
      const { run } = await importRun(read(), { name }, store);
      return { kind: 'run', id: run.id, store };
    },
  };
}

/** A run in a file: one that was exported, or a recording. Undefined for another file. */
export function sourceInFile(
  name: string,
  beginning: string,
  read: () => AsyncIterable<Uint8Array>,
): ReplaySource | undefined {
  if (isExportRecord(beginning)) return exportedSource(name, read);
  if (!isRecording(beginning)) return undefined;
  return { name, open: async () => ({ kind: 'recording', recording: await readRecording(read(), name) }) };
}

/** The exported runs and recordings in a folder, by name. */
export async function sourcesInFolder(folder: string, name: string): Promise<ReplaySource[]> {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.ndjson'))
    .toSorted();
  const sources: ReplaySource[] = [];
  for (const file of files) {
    const path = join(folder, file);
    if (!statSync(path).isFile()) continue;
    const source = sourceInFile(join(name, file), await beginningOf(path), () => createReadStream(path));
    if (source !== undefined) sources.push(source);
  }
  return sources;
}

/** Bytes that tell what a file is. */
export const BEGINNING = 64;

async function beginningOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING), 0, BEGINNING, 0);
    return buffer.subarray(0, bytesRead).toString();
  } finally {
    await file.close();
  }
}
