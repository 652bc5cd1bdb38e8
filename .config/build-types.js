// Writes dist/types: what a program that imports portia can see, and nothing else.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const types = join(root, 'dist/types');

rmSync(types, { recursive: true, force: true });
const compiler = ['node_modules/typescript/bin/tsc', '-p', '.config/tsconfig.types.json'];
process.exitCode = spawnSync(process.execPath, compiler, { cwd: root, stdio: 'inherit' }).status ?? 1;
if (process.exitCode === 0) removeUnseen();

/** Most of the written files describe internals, with packages that an installed portia does not have. */
function removeUnseen() {
  const seen = new Set(['index', 'plan', 'store-conformance'].map((name) => join(types, `${name}.d.ts`)));
  // Iterating over a set also visits what is added meanwhile.
  for (const file of seen) {
    for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:\bfrom |\bimport\()['"](\.[^'"]+)\.js['"]/g)) {
      seen.add(join(dirname(file), `${path}.d.ts`));
    }
  }
  for (const entry of readdirSync(types, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !seen.has(file)) rmSync(file);
  }
  removeEmpty(types);
}

function removeEmpty(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmpty(join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmSync(folder, { recursive: true });
}
