import { basename, dirname } from 'node:path';

import { importRun, type Imported } from '../../app/import-run.js';
import { type CommandStep, portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { isExportRecord } from '../../domain/run/export-records.js';
import { isFinal } from '../../domain/run/run.js';
import { isSdkRecordName } from '../../storage/python-sdk/sdk-folder.js';
import { STDIN } from '../input/references.js';
import { EXIT } from '../session/exit-codes.js';
import { refuseFieldsBut, RUN_KEYS } from '../session/output-fields.js';
import type { Session } from '../session/session.js';

/** Takes over a run that was exported to a file, or comes on standard input (`-`). */
export async function importFile(session: Session<{ dryRun: boolean | undefined }>, file: string): Promise<number> {
  refuseFieldsBut(RUN_KEYS, session.options.fields);
  refuseSdkFile(session, file);
  if (session.options.dryRun) throw onlyFolders(file);
  const named = { name: file === '-' ? STDIN : file, shownBy: portia('show', file) };
  const imported = await importRun(session.openText(file), named, session.services.store);
  for (const warning of imported.warnings) await session.warn(warning);
  await session.print({ record: imported.run, human: ({ spell }) => textOf(imported, spell) });
  return EXIT.complete;
}

function refuseSdkFile(session: Session, file: string): void {
  if (!isSdkRecordName(basename(file))) return;
  if (isExportRecord(Buffer.from(session.readBeginning(file)).toString())) return;
  throw new PortiaError('unreadable', `${file} is not an exported run.`, {
    why: 'Its name is that of one file in a folder of the Python SDK, which is imported as a whole.',
    fix: portia('import', dirname(file)),
  });
}

function onlyFolders(file: string): PortiaError {
  return new PortiaError('usage', '--dry-run is for the folder of the Python SDK.', {
    why: 'A file is imported as a whole or not at all, after all of it was checked.',
    fix: portia('import', file),
  });
}

const BECAME: Record<Imported['standing'], (id: string) => string> = {
  new: (id) => `Imported ${id}.`,
  ahead: (id) => `Imported what is new of ${id}.`,
  same: (id) => `${id} is here already.`,
  behind: (id) => `${id} is here already, and further.`,
};

function textOf({ run, standing }: Imported, spell: (step: CommandStep) => string): string {
  const next = isFinal(run) ? portia('show', run.id) : portia('resume', run.id);
  return `${BECAME[standing](run.id)}\nNext  ${spell(next)}\n`;
}
