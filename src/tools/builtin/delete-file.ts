import { unlink } from 'node:fs/promises';
import path from 'node:path';

import * as z from 'zod';

import { defineTool } from '../define-tool.js';
import { holdFolderOf } from '../open-located.js';
import type { LocatedFile } from '../paths.js';
import { inspectChange, makeChange, refuseOther, statsIn, type FileChange } from './file-change.js';

export const deleteFileTool = defineTool({
  id: 'delete_file_tool',
  name: 'Delete File Tool',
  description: 'Deletes a file below the project folder. It cannot be brought back.',
  effect: 'idempotent',
  isPublic: true,
  args: z.object({ filename: z.string().describe('Path of the file, relative to the project folder.') }),
  output: z.string(),
  inspect: (args, look) => inspectChange(changeOf(args), look),
  run: ({ environment, facts }, args) =>
    makeChange(changeOf(args), environment, async (file) => {
      await remove(file, facts['state']);
      return { kind: 'output', value: `Deleted ${file.shown}` };
    }),
});

function changeOf({ filename }: { filename: string }): FileChange {
  return { purpose: 'write', from: filename, does: 'It deletes', cannot: 'Cannot delete' };
}

async function remove(file: LocatedFile, state: unknown): Promise<void> {
  // After a crash it may be gone already: it was there when the call was decided on.
  if (file.stats === undefined && typeof state === 'string') return;
  refuseOther(file.stats, state);
  const folder = await holdFolderOf(file);
  try {
    refuseOther(await statsIn(folder, file), state);
    await folder.reach(path.basename(file.path), (name) => unlink(name));
    await folder.sync();
  } finally {
    await folder.close();
  }
}
