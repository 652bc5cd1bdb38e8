import { plainCommand, portia } from '../../domain/next-step.js';
import { existsSync, lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { openProject } from '../../app/open-project.js';
import { starterFiles, STARTER_PLAN, withIgnored, type StarterFile } from '../../app/setup/starter-project.js';
import { keepTrust, listTrust } from '../../app/trust/list-trust.js';
import { findProjectRoot } from '../../config/project.js';
import { readTextFile } from '../../documents/read-text-file.js';
import { PortiaError } from '../../domain/errors.js';
import { writeFileSafely } from '../../storage/safe-write.js';
import { oneLine } from '../../domain/values/printable.js';
import { EXIT } from '../session/exit-codes.js';
import { defineCommand, type Invocation } from '../session/command.js';
import { refuseFieldsBut } from '../session/output-fields.js';
import { createSession } from '../session/session.js';

const IGNORE_FILE = '.gitignore';
const MAX_IGNORE_BYTES = 1024 * 1024;

/** What happened to a file: it was written, it got lines, or it existed and stays as it is. */
interface Written {
  path: string;
  what: string;
  did: 'created' | 'changed' | 'kept';
}

/** Makes a project of a folder: settings, an example plan and tool, and what git should leave out. */
export const command = defineCommand({
  about:
    'Writes portia.json, a tool and a plan to try, the schema for your editor, and the lines that .gitignore lacks. ' +
    'A file that is there is never changed, apart from lines that .gitignore gets. What it wrote is trusted as it is.',
  examples: [
    ['portia init', 'in this folder'],
    ['portia init -C .', 'or in the folder that -C names'],
  ],
  flags: {},
  async run(invocation) {
    // The settings that are there do not matter here, even when they cannot be used.
    const session = await createSession(invocation, { project: false });
    refuseFieldsBut(['root', 'files', 'next'], session.options.fields);
    const { cwd } = session.services;
    const wasEmpty = !existsSync(join(cwd, 'portia.json'));
    const parent = wasEmpty ? findProjectRoot(dirname(cwd)) : cwd;
    if (wasEmpty && existsSync(join(parent, 'portia.json'))) {
      await session.warn(
        `${oneLine(parent)} is a project, too. From now on its settings do not count in ${oneLine(cwd)}.`,
      );
    }
    const files = [...starterFiles().map((file) => writeStarter(cwd, file)), ignoreWhatRunsLeave(cwd)];
    if (wasEmpty) await trustOwnFiles(cwd, files, invocation);
    const commands = [portia('run-plan', STARTER_PLAN), portia('tools', 'list'), portia('help', 'plan-language')];
    await session.print({
      record: { root: cwd, files: files.map(({ path, did }) => ({ path, did })), next: commands.map(plainCommand) },
      human: (look) => {
        const width = Math.max(...files.map(({ path }) => path.length));
        const lines = files.map(({ path, what, did }) => {
          const gap = ' '.repeat(width - path.length);
          return `${did.padEnd(7)}  ${look.link(path, join(cwd, path))}${gap}  ${what}`;
        });
        const next = commands.map((step) => `  ${look.spell(step)}`);
        return [...lines, '', 'Next', ...next, ''].join('\n');
      },
    });
    return EXIT.complete;
  },
});

function writeStarter(root: string, { path, text, what }: StarterFile): Written {
  const file = join(root, path);
  if (isThere(file)) return { path, what, did: 'kept' };
  writeFileSafely(file, text, { mode: 0o644, replace: false, withFolders: true });
  return { path, what, did: 'created' };
}

function ignoreWhatRunsLeave(root: string): Written {
  const file = join(root, IGNORE_FILE);
  const known = { path: IGNORE_FILE, what: 'what git leaves out' };
  const read = readTextFile(file, MAX_IGNORE_BYTES);
  if (read.kind === 'unusable') {
    throw new PortiaError('unreadable', `${file} ${read.why}.`, { fix: 'Correct it, and run the same command again.' });
  }
  const next = withIgnored(read.kind === 'missing' ? '' : read.text);
  if (next === undefined) return { ...known, did: 'kept' };
  writeFileSafely(file, next, { mode: 0o644 });
  return { ...known, did: read.kind === 'missing' ? 'created' : 'changed' };
}

/** The user has just made them by this command: they need no second yes, as long as they stay as they are. */
async function trustOwnFiles(root: string, files: Written[], { io }: Invocation): Promise<void> {
  const made = new Set(files.filter(({ did }) => did === 'created').map(({ path }) => path));
  const { environment, userId } = io;
  const opened = await openProject(root, { cwd: root, environment, flags: {}, userId });
  const listing = await listTrust(opened, environment);
  // Tools and a .env that were here before are not this command's.
  const isOurs = listing.entries.every(
    (entry) => entry.files.length > 0 && entry.files.every(({ path }) => made.has(path)),
  );
  if (listing.entries.length === 0 || listing.isCovered || !isOurs) return;
  await keepTrust(listing, { mode: 'content', now: new Date(), shell: environment });
}

/** A link that leads nowhere is there, too. */
function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    // What keeps it from being looked at keeps it from being written, and is said then.
    return false;
  }
}
