// Loaded before portia while it is built: keeps what V8 made of each chunk by the time the command ends.
const { readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const { compiledOf, loadCompiled } = require('../bin/compiled.js');

loadCompiled(join(__dirname, '../dist'), (chunk, script) => {
  // Compiled code that was kept cannot import in Node 20.
  if (/\bimport\(/.test(readFileSync(chunk, 'utf8'))) return;
  process.on('exit', () => {
    const file = compiledOf(chunk);
    // While tests run, others may be reading it.
    writeFileSync(`${file}.new`, script.createCachedData());
    renameSync(`${file}.new`, file);
  });
});
