import { statSync } from 'node:fs';

import { fromCwd } from '../../app/services.js';
import { defineCommand } from '../session/command.js';
import { flag } from '../session/flags.js';
import { createSession } from '../session/session.js';

const FLAGS = { dryRun: flag.toggle('--dry-run', 'report what would be imported, and write nothing') };

/** Brings plans and runs from elsewhere into the project. */
export const command = defineCommand({
  about:
    'Takes a file of portia export (- for standard input), or the folder that the Python SDK stored to: plans, runs, ' +
    'end users and large values, under the same ids. Nothing is overwritten, so it can be repeated. A file is ' +
    'imported as a whole or not at all. Of a folder each file is reported; exit 2 when one was refused, and the ' +
    'others are imported all the same.',
  examples: [
    ['portia import run.ndjson', 'then: portia resume last'],
    ['portia import .portia', "the Python SDK's disk storage"],
    ['portia import .portia --dry-run', 'what would be imported'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    const [name = ''] = invocation.parameters;
    const path = fromCwd(session.services, name);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) {
      const { importFolder } = await import('../runs/import-sdk-folder.js');
      return importFolder(session, { name, path });
    }
    const { importFile } = await import('../runs/import-file.js');
    return importFile(session, name);
  },
});
