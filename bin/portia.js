#!/usr/bin/env node
// A promise that never settles ends Node with 0; success must be said, not assumed.
process.exitCode = 1;

let main;
try {
  ({ main } = await import('../dist/main.js'));
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  process.stderr.write('portia is not built yet. Run: npm run build\n');
}
if (main !== undefined) process.exitCode = await main();
