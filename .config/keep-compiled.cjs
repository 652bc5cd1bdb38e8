// Loaded before portia while it is built: keeps what V8 made of each chunk by the time the command ends.
const { renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const { loadCompiled } = require('../bin/compiled.js');

loadCompiled(join(__dirname, '../dist'), (file, script, source) => {
  // Compiled code that was kept cannot import in Node 20. Methods of that name, and messages about import(), do not.
  if (/(?<!async )\bimport\((?!\)|\.{3})/.test(source)) return;
  process.on('exit', () => {
    // While tests run, others may be reading it.
    writeFileSync(`${file}.new`, script.createCachedData());
    renameSync(`${file}.new`, file);
  });
});
