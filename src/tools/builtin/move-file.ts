import { rename } from 'node:fs/promises';
import path from 'node:path';

import * as z from 'zod';

import { errnoOf } from '../../domain/errors.js';
import { defineTool } from '../define-tool.js';
import { holdFolderOf, makeFolderOf } from '../open-located.js';
import type { LocatedFile } from '../paths.js';
import {
  ChangeRefused,
  inspectChange,
  makeTransfer,
  refuseOther,
  refuseTaken,
  stateOf,
  statsIn,
  type FileTransfer,
} from './file-change.js';

export const moveFileTool = defineTool({
  id: 'move_file_tool',
  name: 'Move File Tool',
  description:
    'Moves or renames a file below the project folder, making the folders it needs. Never replaces another file.',
  effect: 'idempotent',
  isPublic: true,
  args: z.object({
    from: z.string().describe('Path of the file, relative to the project folder.'),
    to: z.string().describe('Its new path.'),
  }),
  output: z.string(),
  inspect: (args, look) => inspectChange(transferOf(args), look),
  run: ({ environment, facts }, args) =>
    makeTransfer(transferOf(args), environment, async (from, to) => {
      await move(from, to, facts['state']);
      return { kind: 'output', value: `Moved ${from.shown} to ${to.shown}` };
    }),
});

function transferOf(names: { from: string; to: string }): FileTransfer {
  return { ...names, purpose: 'write', does: 'It moves', cannot: 'Cannot move' };
}

async function move(from: LocatedFile, to: LocatedFile, state: unknown): Promise<void> {
  // After a crash it may be moved already: the call is repeated with the facts of the first time.
  if (from.stats === undefined && to.stats !== undefined && stateOf(to.stats) === state) return;
  refuseTaken(to, to.stats);
  refuseOther(from.stats, state);
  const source = await holdFolderOf(from);
  try {
    const target = await makeFolderOf(to);
    try {
      refuseOther(await statsIn(source, from), state);
      // Checked at the last moment: a rename replaces whatever is there.
      refuseTaken(to, await statsIn(target, to));
      await source.reach(path.basename(from.path), (old) =>
        target.reach(path.basename(to.path), (made) => rename(old, made)),
      );
      await target.sync();
      await source.sync();
    } finally {
      await target.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'EXDEV') throw new ChangeRefused('it is on another disk. Copy it, then delete the old one.');
    throw error;
  } finally {
    await source.close();
  }
}
