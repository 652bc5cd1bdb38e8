import {
  exportedRun,
  exportLines,
  missingParts,
  redactedLines,
  type Exported,
  type ExportServices,
} from '../../app/export-run.js';
import { fromCwd } from '../../app/services.js';
import { portia, portiaTyped } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { isFinal } from '../../domain/run/run.js';
import { writePiecesSafely } from '../../storage/safe-write.js';
import { findRun } from '../input/references.js';
import { EXIT } from '../session/exit-codes.js';
import type { Session } from '../session/session.js';

/** Writes a run with all that it needs, to the file of `--out` or to standard output. */
export async function exportFile(session: ExportSession, text: string): Promise<number> {
  if (session.options.fields !== undefined) throw onlyWhole(text, session.options.fields);
  refuseTerminal(session);
  const services = servicesOf(session);
  const { redact: redacted } = session.options;
  const exported = await exportedRun(await findRun(session, text), services, { redacted });
  if (redacted) {
    const hide = (line: string) => session.services.redactor().text(line);
    await write(session, redactedLines(exported, { ...services, hide }));
    return EXIT.complete;
  }
  await tellOfCopy(session, exported);
  await write(session, exportLines(exported, services));
  return EXIT.complete;
}

type ExportSession = Session<{ redact: boolean | undefined }>;

function servicesOf({ services: { store, now }, io: { version } }: Session): ExportServices {
  return { store, now, version };
}

function onlyWhole(text: string, fields: string): PortiaError {
  return new PortiaError('usage', 'A run is exported whole, so --fields is not for it.', {
    why: 'A part of it cannot be imported.',
    fix: portia('show', text, '--json', '--fields', fields),
  });
}

function refuseTerminal({ options, io }: Session): void {
  if (options.out !== undefined || !io.streams.out.isTerminal) return;
  throw new PortiaError('usage', 'An exported run is for a file or another program.', {
    fix: portiaTyped('export', 'RUN -o run.ndjson'),
  });
}

async function tellOfCopy(session: Session, exported: Exported): Promise<void> {
  for (const sentence of missingParts(exported)) await session.warn(sentence);
  const { run, isDriven } = exported;
  if (isFinal(run)) return;
  const driven = isDriven ? ', and is driven now' : '';
  await session.warn(
    `${run.id} has not ended${driven}. Continue either this run or the copy: each would make the calls that are left.`,
  );
}

/** As it is: a change would break its digests. */
async function write(session: Session, lines: AsyncIterable<string>): Promise<void> {
  const { options, services, io } = session;
  if (options.out !== undefined) return writePiecesSafely(fromCwd(services, options.out), lines);
  for await (const line of lines) {
    await io.streams.out.write(line);
    if (io.streams.out.isClosed) return;
  }
}
