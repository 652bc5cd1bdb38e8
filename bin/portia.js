#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

// A promise that never settles ends Node with 0; success must be said, not assumed.
process.exitCode = 1;

// From Node 22 on, compiled code is kept between starts.
enableCompileCache?.();

const entry = join(__dirname, '../dist/main.cjs');
if (existsSync(entry)) {
  require(entry)
    .main()
    .then((exitCode) => {
      process.exitCode = exitCode;
    });
} else {
  process.stderr.write('portia is not built yet. Run: npm run build\n');
}
