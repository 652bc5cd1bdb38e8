const fs = require('node:fs');
const Module = require('node:module');
const { basename, dirname, join } = require('node:path');
const { Script } = require('node:vm');

/** Compiled code that was kept cannot import in Node 20. Methods of that name, and messages about import(), do not. */
const IMPORT = /(?<!async )\bimport\((?!\)|\.{3})/;

/**
 * Loads the chunks of a folder with the code that V8 made of them before: half of a short
 * command's time is V8 reading the same sources again. A start that meets a chunk for the first time keeps what V8 made
 * of all that it loaded, in a folder beside them, where only their owner writes: who can write there can run anything as
 * whoever starts portia. What is missing, or was compiled with other flags of V8, is compiled as usual, and replaces
 * what is there unless `replaces` is false. Gives a function that ends this: all is loaded as usual again.
 */
function loadCompiled(folder, options) {
  // Whoever came first loads them already.
  if (Module._extensions['.cjs'] !== undefined) return () => undefined;
  const kept = join(folder, 'compiled', `${process.version}-${process.arch}`);
  const keeper = new Keeper({ folder, kept, ...options });
  Module._extensions['.cjs'] = (module, file) => {
    const isOurs = dirname(file) === folder;
    const cachedData = isOurs ? readIfThere(join(kept, basename(file))) : undefined;
    const source =
      cachedData !== undefined || (isOurs && keeper.isAllowed()) ? fs.readFileSync(file, 'utf8') : undefined;
    if (source === undefined || (cachedData === undefined && IMPORT.test(source))) {
      Module._extensions['.js'](module, file);
      return;
    }
    const script = new Script(Module.wrap(source), { filename: file, cachedData });
    keeper.add({ file, source, script });
    const { exports } = module;
    script.runInThisContext().call(exports, exports, Module.createRequire(file), module, file, dirname(file));
  };
  return () => delete Module._extensions['.cjs'];
}

/** Writes what V8 made of the chunks, when the process ends: by then it has compiled what the command needs of them. */
class Keeper {
  #folder;
  #kept;
  #replaces;
  #isAllowed;
  #chunks = [];
  /** Whether V8 rejects what is there: the first chunk tells. A later one is also rejected while flags are changed. */
  #isOutdated;
  #hasNew = false;

  constructor({ folder, kept, replaces = true }) {
    this.#folder = folder;
    this.#kept = kept;
    this.#replaces = replaces;
  }

  /** The folder is the user's own. Looked at once, and only when something is missing. */
  isAllowed() {
    this.#isAllowed ??= fs.statSync(this.#folder).uid === (process.geteuid?.() ?? 0);
    return this.#isAllowed;
  }

  add(chunk) {
    const { cachedDataRejected: isRejected } = chunk.script;
    if (isRejected && !this.#replaces) return;
    this.#chunks.push(chunk);
    this.#isOutdated ??= isRejected;
    const isNew = isRejected === undefined || (isRejected && this.#isOutdated);
    if (!isNew || this.#hasNew || !this.isAllowed()) return;
    this.#hasNew = true;
    process.on('exit', () => {
      try {
        this.#keepAll();
      } catch {
        // The folder is read-only or the disk is full. The next start is as slow as this one.
      }
    });
  }

  #keepAll() {
    fs.mkdirSync(this.#kept, { recursive: true });
    for (const { file, source, script } of this.#chunks) {
      // V8 tells sources apart by their length only: another build may be there by now.
      if (fs.readFileSync(file, 'utf8') === source)
        replaceFile(join(this.#kept, basename(file)), script.createCachedData());
    }
  }
}

/** Others may be reading the file, or writing it. V8 trusts what it finds, so a power cut must not leave a part of it. */
function replaceFile(file, bytes) {
  const written = `${file}.${process.pid}`;
  try {
    const handle = fs.openSync(written, 'w', 0o644);
    try {
      fs.writeFileSync(handle, bytes);
      fs.fdatasyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
    fs.renameSync(written, file);
  } catch (error) {
    fs.rmSync(written, { force: true });
    throw error;
  }
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file);
  } catch {
    // It is compiled as usual.
    return undefined;
  }
}

module.exports = { loadCompiled };
