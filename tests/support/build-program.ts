import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { rolldown } from 'rolldown';

export interface Program {
  path: string;
  remove: () => void;
}

/** A program of the tests, named by its path, as one JavaScript file that many child processes start fast. */
export async function buildProgram(source: string): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'portia-program-'));
  const bundle = await rolldown({
    input: resolve(source),
    platform: 'node',
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  });
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'program.mjs' });
  await bundle.close();
  return { path: join(folder, 'program.mjs'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
