import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import type * as Sqlite from 'node-sqlite3-wasm';

import type { JsonObject } from '../../src/domain/values/json.js';
import { fileReaderTool } from '../../src/tools/builtin/file-reader.js';
import { fileWriterTool } from '../../src/tools/builtin/file-writer.js';
import { findByName } from '../../src/tools/builtin/find-file.js';
import { runSqlTool } from '../../src/tools/builtin/run-sql.js';
import { exchangeable, INSIDE, OUTSIDE, whileExchanging } from './exchanging.js';
import { toolContext } from './tool-context.js';

const { Database } = createRequire(import.meta.url)('node-sqlite3-wasm') as typeof Sqlite;

export interface Rounds {
  files: number;
  /** A query takes as long as a hundred files. */
  queries: number;
}

/** What came from inside and what from outside while file tools worked and the folder was exchanged all the time. */
export async function exchangeRounds({ files, queries }: Rounds): Promise<{ inside: number; outside: string[] }> {
  const { root, outside } = exchangeable();
  makeDatabase(path.join(root, 'd/e/shop.db'), INSIDE);
  makeDatabase(path.join(outside, 'e/shop.db'), OUTSIDE);
  const there = filesBelow(outside);
  const went: string[] = [];
  let inside = 0;
  const note = (what: string, result: unknown) => {
    const text = JSON.stringify(result);
    if (text.includes(OUTSIDE)) went.push(`${what}: ${text}`);
    if (text.includes(INSIDE)) inside += 1;
  };
  const context = (facts: JsonObject = {}) => toolContext({ projectRoot: root, facts });
  await whileExchanging(root, async () => {
    // On a busy machine the folder may be away for many rounds; some must meet it.
    for (let round = 0; round < files || (inside === 0 && round < 100 * files); round += 1) {
      const folder = round % 2 === 0 ? 'd' : 'd/e';
      note('read', await fileReaderTool.run(context(), { filename: `${folder}/f.txt` }));
      const made = { filename: `${folder}/w${round}/w.txt`, content: INSIDE };
      note('write', await fileWriterTool.run(context({ existing_digest: null }), made));
      // Each search sees all that was written.
      if (round % 10 !== 0) continue;
      const { signal, environment } = context();
      const { paths } = await findByName('elsewhere.txt', environment, signal);
      if (paths.length > 0) went.push(`found: ${paths.join()}`);
    }
    for (let round = 0; round < queries; round += 1) {
      note('query', await runSqlTool.run(context(), { query: 'SELECT word FROM words', db_path: 'd/e/shop.db' }));
    }
  });
  for (const name of filesBelow(outside)) if (!there.includes(name)) went.push(`written: ${name}`);
  return { inside, outside: went };
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' });
}

function makeDatabase(file: string, word: string): void {
  const database = new Database(file);
  database.exec(`CREATE TABLE words (word); INSERT INTO words VALUES ('${word}')`);
  database.close();
}
