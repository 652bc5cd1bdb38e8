import type { JsonObject } from '../../../src/domain/values/json.js';
import { CANARY, type Ending } from './hostile-project.js';

/** One argument of a tool that names files. */
export interface FileAttack {
  tool: string;
  argument: string;
  /** Default `.txt`. */
  ending?: Ending;
  /** `source`: a file of the project that the call may have. */
  args(name: string, source: string): JsonObject;
  /** What shows that the tool saw what it may not see. Default: the content of a closed file. */
  leak?: string;
}

const QUERY = 'SELECT word FROM words';

export const FILE_ATTACKS: FileAttack[] = [
  // Those that read come first: the others leave files where they may.
  { tool: 'list_files_tool', argument: 'pattern', args: (pattern) => ({ pattern }), leak: 'secret' },
  { tool: 'find_in_files_tool', argument: 'files', args: (files) => ({ text: CANARY, files }) },
  { tool: 'file_reader_tool', argument: 'filename', args: (filename) => ({ filename }) },
  { tool: 'pdf_reader_tool', argument: 'file_path', ending: '.pdf', args: (file_path) => ({ file_path }) },
  { tool: 'run_sql', argument: 'db_path', ending: '.db', args: (db_path) => ({ query: QUERY, db_path }) },
  { tool: 'file_writer_tool', argument: 'filename', args: (filename) => ({ filename, content: 'EVIL' }) },
  { tool: 'move_file_tool', argument: 'from', args: (from) => ({ from, to: 'got/it.txt' }) },
  { tool: 'move_file_tool', argument: 'to', args: (to, from) => ({ from, to }) },
  { tool: 'copy_file_tool', argument: 'from', args: (from) => ({ from, to: 'got/it.txt' }) },
  { tool: 'copy_file_tool', argument: 'to', args: (to, from) => ({ from, to }) },
  { tool: 'delete_file_tool', argument: 'filename', args: (filename) => ({ filename }) },
  {
    tool: 'write_sql',
    argument: 'db_path',
    ending: '.db',
    args: (db_path) => ({ statement: "UPDATE words SET word = 'EVIL'", db_path }),
  },
  {
    tool: 'send_email_tool',
    argument: 'attachments',
    args: (name) => ({ to: ['ada@example.org'], subject: 'Hello', text: 'Hello', attachments: [name] }),
  },
];

/** What these tools need to work. */
export const FILE_TOOL_SETTINGS = { send_email_tool: { host: '127.0.0.1', port: 1, from: 'me@example.org' } };
