import { existsSync, statSync } from 'node:fs';
import { Readable } from 'node:stream';

import { fromCwd } from '../../app/services.js';
import { advice, portia, portiaTyped, type Advice, type CommandStep } from '../../domain/next-step.js';
import { isExportRecord } from '../../domain/run/export-records.js';
import type { RunId } from '../../domain/values/ids.js';
import type { ExportedText } from '../input/references.js';
import type { Session } from '../session/session.js';

/** A run that was exported to a file, and a session whose store has it and nothing else. */
export interface ExportedHere<Options> {
  session: Session<Options>;
  id: RunId;
  /** What has to be done before the run can be resumed. */
  before: Advice;
}

/** Undefined when the file is something else. Rejects as `readExport` does. */
export async function readExportedFile<Options>(
  session: Session<Options>,
  file: string,
): Promise<ExportedHere<Options> | undefined> {
  const { services } = session;
  const path = fromCwd(services, file);
  // Not only `statSync`: a name that no file can have must not make this fail.
  if (!existsSync(path) || !statSync(path).isFile()) return undefined;
  if (!isExportRecord(Buffer.from(session.readBeginning(file)).toString())) return undefined;
  return exportedHere(session, session.openText(file), { name: file, imported: portia('import', file) });
}

/** The same of what came on standard input. */
export async function readExportedText<Options>(
  session: Session<Options>,
  { name, content }: ExportedText,
): Promise<ExportedHere<Options>> {
  return exportedHere(session, Readable.from([Buffer.from(content)]), {
    name,
    imported: portiaTyped('import', 'FILE'),
  });
}

/** A run of the store as those see it who must not see its data. */
export async function redactedHere<Options>(session: Session<Options>, id: RunId): Promise<ExportedHere<Options>> {
  const { exportedRun, redactedLines } = await import('../../app/export-run.js');
  const { store, now, redactor } = session.services;
  const services = { store, now, version: session.io.version };
  const exported = await exportedRun(id, services, { redacted: true });
  const lines = redactedLines(exported, { ...services, hide: (line) => redactor().text(line) });
  return exportedHere(session, Readable.from(bytesOf(lines)), { name: id, imported: portia('import', 'FILE') });
}

async function exportedHere<Options>(
  session: Session<Options>,
  source: Readable,
  { name, imported }: { name: string; imported: CommandStep },
): Promise<ExportedHere<Options>> {
  const { services } = session;
  // What is shown from the store needs neither.
  const [{ createMemoryStore }, { readExport }] = await Promise.all([
    import('../../storage/memory-store.js'),
    import('../../app/read-export.js'),
  ]);
  const store = createMemoryStore({ now: services.now });
  const receiver = store.receiveRuns();
  const { run, plans, isRedacted } = await readExport(source, { name, receiver, takesRedacted: true });
  for (const { plan, planning } of plans) await store.savePlan(plan, planning);
  await receiver.take();
  const before = isRedacted ? 'It was redacted, so it cannot be resumed.' : advice`Import it first: ${imported}`;
  return { session: { ...session, services: { ...services, store } }, id: run.run.id, before };
}

async function* bytesOf(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  for await (const line of lines) yield Buffer.from(line);
}
