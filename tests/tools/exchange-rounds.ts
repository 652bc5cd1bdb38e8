import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import type * as Sqlite from 'node-sqlite3-wasm';

import type { JsonObject } from '../../src/domain/values/json.js';
import { copyFileTool } from '../../src/tools/builtin/copy-file.js';
import { deleteFileTool } from '../../src/tools/builtin/delete-file.js';
import { fileReaderTool } from '../../src/tools/builtin/file-reader.js';
import { fileWriterTool } from '../../src/tools/builtin/file-writer.js';
import { findInFilesTool } from '../../src/tools/builtin/find-in-files.js';
import { findByName } from '../../src/tools/builtin/find-file.js';
import { listFilesTool } from '../../src/tools/builtin/list-files.js';
import { moveFileTool } from '../../src/tools/builtin/move-file.js';
import { runSqlTool } from '../../src/tools/builtin/run-sql.js';
import type { Tool } from '../../src/tools/tool.js';
import { exchangeable, INSIDE, OUTSIDE, whileExchanging } from './exchanging.js';
import { toolContext } from './tool-context.js';

const { Database } = createRequire(import.meta.url)('node-sqlite3-wasm') as typeof Sqlite;

export interface Rounds {
  files: number;
  /** A query takes as long as a hundred files. */
  queries: number;
}

/** What file tools did while a folder and a file were exchanged for links all the time. */
export interface Exchanged {
  calls: number;
  /** Calls that saw what is inside. */
  inside: number;
  /** What was seen or done outside. */
  outside: string[];
}

export async function exchangeRounds({ files, queries }: Rounds): Promise<Exchanged> {
  const { root, outside } = exchangeable();
  makeDatabase(path.join(root, 'd/e/shop.db'), INSIDE);
  makeDatabase(path.join(outside, 'e/shop.db'), OUTSIDE);
  const there = filesBelow(outside);
  const went: string[] = [];
  let calls = 0;
  let inside = 0;
  const note = (what: string, result: unknown) => {
    calls += 1;
    const text = JSON.stringify(result);
    if (text.includes(OUTSIDE)) went.push(`${what}: ${text}`);
    if (text.includes(INSIDE)) inside += 1;
  };
  const context = (facts: JsonObject = {}) => toolContext({ projectRoot: root, facts });
  const act = async (tool: Tool, args: JsonObject) => {
    const inspection = await tool.inspect?.(args, { environment: context().environment, created: new Set() });
    return tool.run(context(inspection?.facts), args);
  };
  await whileExchanging(root, async () => {
    for (let round = 0; round < files; round += 1) {
      const folder = round % 2 === 0 ? 'd' : 'd/e';
      note('read', await fileReaderTool.run(context(), { filename: `${folder}/f.txt` }));
      const made = { filename: `${folder}/w${round}/w.txt`, content: INSIDE };
      note('write', await fileWriterTool.run(context({ existing_digest: null }), made));
      const copied = { from: `${folder}/f.txt`, to: `copy${round}.txt` };
      note('copy', await act(copyFileTool, copied));
      note('move', await act(moveFileTool, { from: copied.to, to: `${folder}/moved${round}.txt` }));
      note('read', await fileReaderTool.run(context(), { filename: 'file.txt' }));
      note('copy', await act(copyFileTool, { from: 'file.txt', to: `copy${round}.md` }));
      note('delete', await act(deleteFileTool, { filename: `${folder}/w${round}/w.txt` }));
      // Each search sees all that was written.
      if (round % 10 !== 0) continue;
      const { signal, environment } = context();
      const { paths } = await findByName('elsewhere.txt', environment, signal);
      if (paths.length > 0) went.push(`found: ${paths.join()}`);
      note('find', await findInFilesTool.run(context(), { text: 'canary' }));
      const listed = await listFilesTool.run(context(), {});
      note('list', listed);
      if (JSON.stringify(listed).includes('elsewhere.txt')) went.push(`listed: ${JSON.stringify(listed)}`);
    }
    for (let round = 0; round < queries; round += 1) {
      note('query', await runSqlTool.run(context(), { query: 'SELECT word FROM words', db_path: 'd/e/shop.db' }));
    }
  });
  const left = filesBelow(outside);
  for (const name of left) if (!there.includes(name)) went.push(`written: ${name}`);
  for (const name of there) if (!left.includes(name)) went.push(`taken away: ${name}`);
  for (const name of readdirSync(root).filter((file) => file.startsWith('copy'))) {
    if (readFileSync(path.join(root, name), 'utf8') === OUTSIDE) went.push(`copied: ${name}`);
  }
  return { calls, inside, outside: went };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' });
}

function makeDatabase(file: string, word: string): void {
  const database = new Database(file);
  database.exec(`CREATE TABLE words (word); INSERT INTO words VALUES ('${word}')`);
  database.close();
}
