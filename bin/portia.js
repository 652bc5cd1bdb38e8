#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

// A promise that never settles ends Node with 0; success must be said, not assumed.
process.exitCode = 1;

const dist = join(__dirname, '../dist');
// From Node 22 on, Node itself keeps compiled code between starts.
if (enableCompileCache) enableCompileCache();
else require('./compiled.js').loadCompiled(dist);

const entry = join(dist, 'main.cjs');
if (existsSync(entry)) {
  require(entry)
    .main()
    .then((exitCode) => {
      process.exitCode = exitCode;
    });
} else {
  process.stderr.write('portia is not built yet. Run: npm run build\n');
}
