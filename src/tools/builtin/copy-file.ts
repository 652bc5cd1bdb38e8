import path from 'node:path';

import * as z from 'zod';

import { digestText } from '../../domain/values/digest.js';
import { defineTool } from '../define-tool.js';
import { makeFolderOf, readLocated } from '../open-located.js';
import type { LocatedFile } from '../paths.js';
import { AppearedMeanwhile, placeFile } from '../place-file.js';
import {
  ChangeRefused,
  inspectChange,
  makeTransfer,
  refuseOther,
  refuseTaken,
  type FileTransfer,
} from './file-change.js';

const MAX_BYTES = 32_000_000;

export const copyFileTool = defineTool({
  id: 'copy_file_tool',
  name: 'Copy File Tool',
  description: 'Copies a file below the project folder, making the folders it needs. Never replaces another file.',
  effect: 'idempotent',
  isPublic: true,
  args: z.object({
    from: z.string().describe('Path of the file, relative to the project folder.'),
    to: z.string().describe('Path of the copy.'),
  }),
  output: z.string(),
  inspect: (args, look) => inspectChange(transferOf(args), look),
  run: ({ environment, facts }, args) =>
    makeTransfer(transferOf(args), environment, async (from, to) => {
      await copy(from, to, facts['state']);
      return { kind: 'output', value: `Copied ${from.shown} to ${to.shown}`, created: [to.path] };
    }),
});

function transferOf(names: { from: string; to: string }): FileTransfer {
  return { ...names, purpose: 'read', does: 'It copies', cannot: 'Cannot copy' };
}

async function copy(from: LocatedFile, to: LocatedFile, state: unknown): Promise<void> {
  // Without a state the name was taken, or the file gone, before anybody was asked.
  if (state === null) refuseTaken(to, to.stats);
  refuseOther(from.stats, state);
  const bytes = await contentOf(from);
  if (to.stats !== undefined) {
    // After a crash the copy may be there already.
    if (to.stats.size === bytes.length && digestText(await contentOf(to)) === digestText(bytes)) return;
    refuseTaken(to, to.stats);
  }
  const folder = await makeFolderOf(to);
  try {
    await placeFile(folder, { name: path.basename(to.path), bytes, mode: from.stats?.mode, isNew: true });
  } catch (error) {
    if (error instanceof AppearedMeanwhile) throw new ChangeRefused(`${to.shown} has appeared meanwhile.`);
    throw error;
  } finally {
    await folder.close();
  }
}

async function contentOf(file: LocatedFile): Promise<Buffer> {
  const content = await readLocated(file, MAX_BYTES);
  if (content === undefined) throw new ChangeRefused(`it is larger than ${MAX_BYTES} bytes.`);
  return content;
}
