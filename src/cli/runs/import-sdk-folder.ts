import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { advice, portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { realFileSystem } from '../../storage/file-system.js';
import { importSdkFolder } from '../../storage/python-sdk/import-folder.js';
import { importedFilesView } from '../../ui/imported-files-view.js';
import { EXIT } from '../session/exit-codes.js';
import type { Session } from '../session/session.js';

/** Imports what the Python SDK stored in a folder. `name` is the folder as it was typed. */
export async function importFolder(
  session: Session<{ dryRun: boolean | undefined }>,
  { name, path }: { name: string; path: string },
): Promise<number> {
  const { store } = session.services;
  const isDry = session.options.dryRun ?? false;
  const files = await importSdkFolder(path, { store, fs: realFileSystem, isDry });
  if (files.every(({ outcome }) => outcome === 'left-out')) throw nothingThere(name, path);
  const report = { folder: name, dry_run: isDry, files };
  await session.print({ record: report, human: (look) => importedFilesView(report, look) });
  return files.some(({ outcome }) => outcome === 'refused') ? EXIT.usage : EXIT.complete;
}

/** Where the Python SDK stores to when its program does not say. */
const SDK_FOLDER = '.portia';

function nothingThere(name: string, path: string): PortiaError {
  const inside = existsSync(join(path, SDK_FOLDER));
  return new PortiaError('not-found', `${name} has no plan, run or end user of the Python SDK.`, {
    why: 'Its storage_dir has files like plan-<uuid>.json and prun-<uuid>.json.',
    fix: inside
      ? portia('import', join(name, SDK_FOLDER))
      : advice`Give that folder, ${SDK_FOLDER} unless the program says otherwise: ${portia('import', SDK_FOLDER)}`,
  });
}
