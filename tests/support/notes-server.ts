import { copyFileSync } from 'node:fs';
import { join } from 'node:path';

import { portia } from './portia.js';

/** Puts a program there that is an MCP server. */
export async function notesServer(cwd: string): Promise<void> {
  copyFileSync('tests/doubles/mcp-server.mjs', join(cwd, 'notes.mjs'));
}

/** The same, named in `.mcp.json`. */
export async function addedNotesServer(cwd: string): Promise<void> {
  await notesServer(cwd);
  await portia(['mcp', 'add', 'notes', '--', 'node', 'notes.mjs'], { cwd });
}
