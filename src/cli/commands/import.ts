import { statSync } from 'node:fs';

import { portia } from '../../domain/next-step.js';
import { PortiaError } from '../../domain/errors.js';
import { fromCwd } from '../../app/services.js';
import { defineCommand } from '../session/command.js';
import { flag } from '../session/flags.js';
import { createSession } from '../session/session.js';

const FLAGS = { dryRun: flag.toggle('--dry-run', 'report what would be imported, and write nothing') };

/** Brings plans and runs from elsewhere into the project. */
export const command = defineCommand({
  about:
    'Takes the folder that the Python SDK stored to: plans, runs, end users and large values, under the same ids. ' +
    'Nothing is overwritten, so it can be repeated. Each file is reported; exit 2 when one was refused, and the ' +
    'others are imported all the same.',
  examples: [
    ['portia import .portia', "the Python SDK's disk storage"],
    ['portia import .portia --dry-run', 'what would be imported'],
  ],
  flags: FLAGS,
  async run(invocation) {
    const session = await createSession(invocation);
    const [name = ''] = invocation.parameters;
    const path = fromCwd(session.services, name);
    const there = statSync(path, { throwIfNoEntry: false });
    if (there?.isDirectory() !== true) throw notAFolder(name, there !== undefined);
    const { importFolder } = await import('../runs/import-sdk-folder.js');
    return importFolder(session, { name, path });
  },
});

function notAFolder(name: string, isThere: boolean): PortiaError {
  return new PortiaError(
    isThere ? 'usage' : 'not-found',
    isThere ? `${name} is not a folder.` : `There is no ${name}.`,
    {
      why: 'The folder is wanted to which the Python SDK stored plans and runs.',
      fix: portia('import', '.portia'),
    },
  );
}
