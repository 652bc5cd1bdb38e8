const { readFileSync } = require('node:fs');
const Module = require('node:module');
const { basename, dirname, join } = require('node:path');
const { Script } = require('node:vm');

/** What translates tools that are written in TypeScript: half of its time is V8 reading it. */
const TRANSLATOR = /[\\/]jiti[\\/]dist$/;

/**
 * Loads the chunks of a folder, and what translates tools, with the code that was compiled when portia was built: half
 * of a short command's time is V8 reading the same sources again. What is missing, or was compiled by another Node, is
 * compiled as usual. `keep` is given every script with the file for what becomes of it.
 */
function loadCompiled(folder, keep) {
  // Whoever came first loads them already.
  if (Module._extensions['.cjs'] !== undefined) return;
  Module._extensions['.cjs'] = (module, file) => {
    const isOurs = dirname(file) === folder || TRANSLATOR.test(dirname(file));
    const compiled = join(folder, `${basename(file)}.compiled`);
    const cachedData = isOurs ? readIfThere(compiled) : undefined;
    if (cachedData === undefined && (keep === undefined || !isOurs)) {
      Module._extensions['.js'](module, file);
      return;
    }
    const source = Module.wrap(readFileSync(file, 'utf8'));
    const script = new Script(source, { filename: file, cachedData });
    keep?.(compiled, script, source);
    const { exports } = module;
    script.runInThisContext().call(exports, exports, Module.createRequire(file), module, file, dirname(file));
  };
}

function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    // It is compiled as usual.
    return undefined;
  }
}

module.exports = { loadCompiled };
