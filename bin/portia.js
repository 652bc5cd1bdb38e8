#!/usr/bin/env node
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const { loadCompiled } = require('./compiled.js');

// A promise that never settles ends Node with 0; success must be said, not assumed.
process.exitCode = 1;

const dist = join(__dirname, '../dist');
loadCompiled(dist);

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
