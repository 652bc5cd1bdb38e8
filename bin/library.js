// Loaded just before the library, in a process that belongs to somebody else. So this ends as soon as the library is
// there, and what was kept for other flags of V8 stays.
const { join } = require('node:path');

const { loadCompiled } = require('./compiled.js');

exports.loadAsUsual = loadCompiled(join(__dirname, '../dist'), { replaces: false });
