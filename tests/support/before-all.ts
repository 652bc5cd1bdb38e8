import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TestProject } from 'vitest/node';

import { askServer, dropSchemas } from './ask-server.js';
import { lastWritten } from './folder-listing.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder that lasts as long as the tests do. */
    sharedFolder: string;
    /** A PostgreSQL that tests may use, in schemas of their own. Empty when there is none. */
    postgres: string;
    /** How the names of these schemas begin. They are removed after all tests. */
    testSchemas: string;
  }
}

/** Before all tests. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  buildIfOlder();
  const folder = mkdtempSync(join(tmpdir(), 'portia-tests-'));
  // Some tests start a program in it as another user.
  chmodSync(folder, 0o755);
  provide('sharedFolder', folder);
  const postgres = await findPostgres();
  const testSchemas = `test_${process.pid}_${Date.now()}_`;
  provide('postgres', postgres);
  provide('testSchemas', testSchemas);
  return async () => {
    rmSync(folder, { recursive: true, force: true });
    if (postgres !== '') await dropSchemas(postgres, testSchemas);
  };
}

/** The server that PORTIA_TEST_POSTGRES names, else the one of this machine. */
async function findPostgres(): Promise<string> {
  const named = process.env['PORTIA_TEST_POSTGRES'];
  const server = named ?? 'postgres://127.0.0.1:5432/postgres';
  try {
    await askServer(server, 'select 1');
    return server;
  } catch (error) {
    if (named !== undefined) throw error;
    process.stderr.write(
      '\nSKIPPED: all tests of the store in PostgreSQL, because there is no server on this machine.\n' +
        'To run them: PORTIA_TEST_POSTGRES=postgres://user@127.0.0.1/database npm test\n\n',
    );
    return '';
  }
}

/** Builds the binary when the sources are newer, so that what is tested is what they say. */
function buildIfOlder(): void {
  const sources = Math.max(lastWritten('src'), lastWritten('.config'), statSync('package.json').mtimeMs);
  // What a build writes when everything else is there.
  if (oldestOf('dist/THIRD-PARTY-LICENSES.txt') >= sources) return;
  const build = spawnSync(process.execPath, ['.config/build.js', '--keep', '--no-types'], { encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`The build failed.\n${build.stdout}${build.stderr}`);
}

function oldestOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
