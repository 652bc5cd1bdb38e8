// A server of tools for notes in folders of Markdown files. It needs: npm install @modelcontextprotocol/server zod
// Its arguments are the folders: node notes.mjs ./work ./home. Every call is a line of the file that LEDGER names, if it does.
import { appendFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import * as z from 'zod';

const { LEDGER } = process.env;
const VAULTS = new Map(process.argv.slice(2).map((folder) => [basename(folder), folder]));

const note = z.object({
  vault: z.string(),
  filename: z.string().regex(/^[^/\\.][^/\\]*\.md$/, 'must be the name of a note'),
});

/** Writes a call down, and gives its result as the protocol has it. */
function done(tool, args, result) {
  if (LEDGER !== undefined) appendFileSync(LEDGER, `${JSON.stringify({ tool, args, result })}\n`);
  return { content: [{ type: 'text', text: result }] };
}

function fileOf({ vault, filename }) {
  const folder = VAULTS.get(vault);
  if (folder === undefined) throw new Error(`There is no vault ${vault}. There are: ${[...VAULTS.keys()].join(', ')}`);
  return join(folder, filename);
}

function notes() {
  const server = new McpServer({ name: 'notes', version: '1.0.0' });
  const reading = { annotations: { readOnlyHint: true } };
  server.registerTool('list_vaults', { description: 'Lists the folders of notes.', ...reading }, () =>
    done('list_vaults', {}, [...VAULTS.keys()].join('\n')),
  );
  server.registerTool('read_note', { description: 'Reads a note.', inputSchema: note, ...reading }, (args) =>
    done('read_note', args, readFileSync(fileOf(args), 'utf8')),
  );
  server.registerTool(
    'add_to_note',
    { description: 'Adds a line to a note, and makes the note first.', inputSchema: note.extend({ line: z.string() }) },
    (args) => {
      appendFileSync(fileOf(args), `${args.line}\n`);
      return done('add_to_note', args, `${args.filename} has one line more.`);
    },
  );
  return server;
}

serveStdio(notes);
