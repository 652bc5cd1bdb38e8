// Started by portia for the tools of a project: a process of their own.
const { join } = require('node:path');

const { loadCompiled } = require('./compiled.js');

const dist = join(__dirname, '../dist');
loadCompiled(dist);
require(join(dist, 'tool-host.cjs'));
