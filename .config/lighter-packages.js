import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { withOneParser } from './one-parser.js';

// Commander can start programs as sub-commands. None of ours is one, and loading that takes 4 ms of every start.
const noSubprograms = {
  name: 'no-subprograms',
  transform(code, id) {
    if (!/commander[\\/]lib[\\/]command\.js$/.test(id)) return undefined;
    const lighter = code.replace("require('node:child_process')", '{}');
    if (lighter === code) this.error('commander loads node:child_process in another way than before');
    return lighter;
  },
};

const oneParser = {
  name: 'one-parser',
  transform: (code, id) => (/jsonata[\\/]jsonata\.js$/.test(id) ? withOneParser(code) : undefined),
};

// The packages bring ajv again, for checks that portia makes itself; their own smaller one does for the rest.
const smallValidator = {
  name: 'small-validator',
  resolveId(source) {
    const [, name] = /^(@modelcontextprotocol\/(?:client|server))\/_shims$/.exec(source) ?? [];
    return name && join(dirname(fileURLToPath(import.meta.resolve(name))), 'shimsWorkerd.mjs');
  },
};

const decodingByNode = {
  name: 'decoding-by-node',
  resolveId: (source) => (source === 'iconv-lite' ? join(import.meta.dirname, 'text-decoding.js') : undefined),
};

// The main text of a page is found without its style sheets, and what parses those is the largest part of linkedom.
const noStyleSheets = {
  name: 'no-style-sheets',
  resolveId: (source) => (source === 'cssomnom/parse' ? `\0${source}` : undefined),
  load: (id) => (id === '\0cssomnom/parse' ? 'export const parse = () => null;' : undefined),
};

// Conf compares versions when it migrates a file. None of ours is migrated.
const noMigrations = {
  name: 'no-migrations',
  resolveId: (source, importer) => (source === 'semver' && /[\\/]conf[\\/]/.test(importer) ? '\0semver' : undefined),
  load: (id) => (id === '\0semver' ? 'export default {};' : undefined),
};

/** What the build writes beside the chunks with Brotli, and where it is from: the engines of SQLite become a third. */
export const PACKED = {
  'node-sqlite3-wasm.wasm.br': 'node-sqlite3-wasm/dist/node-sqlite3-wasm.wasm',
  'sql-wasm.wasm.br': 'sql.js/dist/sql-wasm.wasm',
};

const packedEngine = {
  name: 'packed-engine',
  transform(code, id) {
    if (!/[\\/]node-sqlite3-wasm\.js$/.test(id)) return undefined;
    const read = `require('node:fs').readFileSync(__dirname + '/node-sqlite3-wasm.wasm.br')`;
    const packed = code.replace(
      'var wasmBinary;',
      `var wasmBinary = require('node:zlib').brotliDecompressSync(${read});`,
    );
    if (packed === code) this.error('node-sqlite3-wasm loads its engine in another way than before');
    return packed;
  },
};

/** Plugins that leave out of packages what nobody needs here. */
export const lighterPackages = [
  noSubprograms,
  oneParser,
  smallValidator,
  decodingByNode,
  noStyleSheets,
  noMigrations,
  packedEngine,
];
