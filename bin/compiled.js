const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { dirname } = require('node:path');
const { Script } = require('node:vm');

/** Where the build keeps what V8 made of a chunk. */
const compiledOf = (chunk) => `${chunk}.compiled`;

/**
 * Loads the chunks of a folder with the code that was compiled when portia was built: half of a short command's time is
 * V8 reading the same sources again. What is missing, or was compiled by another Node, is compiled as usual.
 * `keep` is given every chunk with its script, so that the build can keep what becomes of it.
 */
function loadCompiled(folder, keep) {
  // Whoever came first loads them already.
  if (Module._extensions['.cjs'] !== undefined) return;
  Module._extensions['.cjs'] = (module, chunk) => {
    const cachedData = dirname(chunk) === folder ? readIfThere(compiledOf(chunk)) : undefined;
    if (cachedData === undefined && keep === undefined) {
      Module._extensions['.js'](module, chunk);
      return;
    }
    const source = Module.wrap(readFileSync(chunk, 'utf8'));
    const script = new Script(source, { filename: chunk, cachedData });
    keep?.(chunk, script);
    const { exports } = module;
    script.runInThisContext().call(exports, exports, Module.createRequire(chunk), module, chunk, dirname(chunk));
  };
}

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    // The chunk is compiled as usual.
    return undefined;
  }
}

module.exports = { compiledOf, loadCompiled };
