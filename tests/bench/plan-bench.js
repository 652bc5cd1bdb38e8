// npm run plan-bench -- --model NAME: how many plans of a model are right. The program is that of the tests, in TypeScript.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { rolldown } from 'rolldown';

const folder = mkdtempSync(join(tmpdir(), 'plan-bench-program-'));
try {
  const bundle = await rolldown({
    input: 'tests/planner/benchmark/plan-bench.ts',
    platform: 'node',
    logLevel: 'silent',
    resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
  });
  await bundle.write({ dir: folder, format: 'esm', entryFileNames: 'program.mjs' });
  await bundle.close();
  const { planBench } = await import(pathToFileURL(join(folder, 'program.mjs')).href);
  process.exitCode = await planBench(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    env: process.env,
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
