import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';

import { defineConfig } from 'rolldown';
import { minifySync, parseSync, Visitor } from 'rolldown/utils';

import { chunkGroups } from './chunks.js';
import { lighterPackages } from './lighter-packages.js';

// Code from the compile cache cannot use import() in Node 20. Modules of Node itself can be required.
const requiredBuiltins = {
  name: 'required-builtins',
  transform(code, id) {
    if (!/[\\/]src[\\/]/.test(id)) return undefined;
    const required = code.replaceAll(/await import\(('node:\w+')\)/g, 'require($1)');
    return required === code ? undefined : required;
  },
};

/** Scripts of pages, which run in a browser. */
const scriptsAsText = {
  name: 'scripts-as-text',
  transform: (code, id) =>
    /[\\/]src[\\/].*-script\.js$/.test(id) ? `export default ${JSON.stringify(code)};` : undefined,
};

/** Line breaks without indentation. Texts that go over several lines keep theirs. */
const flat = {
  name: 'flat',
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type === 'chunk') chunk.code = withoutIndentation(chunk.fileName, chunk.code);
    }
  },
};

function withoutIndentation(fileName, code) {
  const texts = [];
  new Visitor({ TemplateElement: ({ start, end }) => texts.push([start, end]) }).visit(
    parseSync(fileName, code).program,
  );
  texts.sort(([a], [b]) => a - b);
  let next = 0;
  return code.replaceAll(/\n\t+/g, (indentation, at) => {
    while (next < texts.length && texts[next][1] <= at) next += 1;
    return next < texts.length && texts[next][0] <= at ? indentation : '\n';
  });
}

/** The files of packages that more than one of these builds need. */
const COMMON = {
  ajv: './ajv.cjs',
  'ajv/dist/2020.js': './ajv-2020.cjs',
  'ajv-formats': './ajv-formats.cjs',
  'csv-parse/sync': './csv-parse.cjs',
  re2js: './re2js.cjs',
  yaml: './yaml.cjs',
};

/** What pg would load if it were there. */
const ABSENT = ['pg-native', 'pg-cloudflare'];

/** What pages load, too, so it is a file of its own with all that it needs. */
const PASSWORD_RULES = 'password-rules';
const passwordRulesApart = {
  name: 'password-rules-apart',
  resolveId: (source, importer) =>
    importer !== undefined && source.endsWith(`/${PASSWORD_RULES}.js`)
      ? { id: PASSWORD_RULES, external: true }
      : undefined,
};

const shared = {
  platform: 'node',
  plugins: [...lighterPackages, requiredBuiltins, scriptsAsText, flat],
  external: [...ABSENT, ...Object.keys(COMMON)],
  moduleTypes: { '.sql': 'text', '.css': 'text', '.svg': 'text' },
  resolve: { extensionAlias: { '.js': ['.ts', '.js'] } },
};

/** Small, but with line breaks and the names of classes: both are seen when an error is not caught. */
const minify = {
  compress: true,
  mangle: { keepNames: { class: true, function: false } },
  codegen: { removeWhitespace: false },
};

const output = {
  dir: 'dist',
  format: 'cjs',
  entryFileNames: '[name].cjs',
  // Beside the entries, so that './expression-worker.cjs' means the same file from every chunk.
  chunkFileNames: '[name]-[hash].cjs',
  paths: COMMON,
  dynamicImportInCjs: false,
  comments: false,
  minify,
};

/** For what is mostly packages, which nobody reads here: without line breaks. */
const dense = { ...minify, codegen: { removeWhitespace: true } };

function isMostlyPackages({ modules }) {
  let [all, packages] = [0, 0];
  for (const [id, { renderedLength }] of Object.entries(modules)) {
    all += renderedLength;
    if (/[\\/]node_modules[\\/]|^\0/.test(id)) packages += renderedLength;
  }
  return packages > all / 2;
}

const densePackages = {
  name: 'dense-packages',
  // After the chunk was minified as a whole, so that only its line breaks are left to remove.
  generateBundle(_options, bundle) {
    for (const chunk of Object.values(bundle)) {
      if (chunk.type !== 'chunk' || !isMostlyPackages(chunk)) continue;
      const { code, errors } = minifySync(chunk.fileName, chunk.code, { compress: false, mangle: false });
      if (errors.length > 0) this.error(`${chunk.fileName}: ${errors[0].message}`);
      chunk.code = code;
    }
  },
};

/**
 * The binary and the library, one beside the other, so that a tool that imports `portia` meets what the binary has
 * loaded already. CommonJS, because Node starts it in three quarters of the time that it takes for modules.
 */
export const program = defineConfig({
  ...shared,
  plugins: [...shared.plugins, passwordRulesApart, densePackages],
  preserveEntrySignatures: 'allow-extension',
  input: {
    main: 'src/cli/main.ts',
    index: 'src/index.ts',
    plan: 'src/plan.ts',
    'store-conformance': 'src/store-conformance.ts',
  },
  output: {
    ...output,
    paths: { ...COMMON, [PASSWORD_RULES]: `./${PASSWORD_RULES}.cjs` },
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: chunkGroups(),
    },
  },
});

/** The thread in which expressions are evaluated that must be ended when they take too long. */
export const worker = defineConfig({
  ...shared,
  input: { 'expression-worker': 'src/executor/expression-worker.ts' },
  output: { ...output, minify: dense },
});

/** The thread in which files are read that can mean more work than their size. */
export const reader = defineConfig({
  ...shared,
  input: { 'reader-worker': 'src/tools/builtin/reader-worker.ts' },
  // So that unpdf does not take fonts of another version of its library, if the project has one.
  transform: { define: { 'import.meta.resolve': 'undefined' } },
  preserveEntrySignatures: 'allow-extension',
  output: {
    ...output,
    // Its libraries are large, and their errors are told as faults of the file.
    minify: true,
    // Without a group, what all chunks need is in the chunk of one library, which each job then loads.
    codeSplitting: {
      includeDependenciesRecursively: false,
      groups: [{ name: 'domino', test: /[\\/]node_modules[\\/]@mixmark-io[\\/]domino[\\/]/ }],
    },
  },
});

/** The thread in which SQLite runs, which cannot be interrupted. */
export const queries = defineConfig({
  ...shared,
  plugins: [...shared.plugins, densePackages],
  input: { 'query-worker': 'src/tools/builtin/query-worker.ts' },
  output,
});

/** The process in which tool modules work. It starts often, so it is small: all else is loaded when a module needs it. */
export const toolHost = defineConfig({
  ...shared,
  plugins: [...shared.plugins, densePackages],
  external: [...shared.external, 'zod'],
  input: { 'tool-host': 'src/tools/host/guest/tool-host.ts' },
  output: { ...output, paths: { ...COMMON, zod: './zod.cjs' } },
});

/** The process that has a browser. The package that drives it is the user's. */
export const browserHost = defineConfig({
  ...shared,
  input: { 'browser-host': 'src/tools/browser/guest/browser-host.ts' },
  output,
});

/** What turns TypeScript into JavaScript for it. */
export const translator = defineConfig({
  ...shared,
  input: { translator: fileURLToPath(import.meta.resolve('sucrase')) },
  output: { ...output, minify: dense, exports: 'named', esModule: true },
});

/** What says whether a password can be guessed, here and in a browser. */
export const passwordRules = defineConfig({
  ...shared,
  input: { [PASSWORD_RULES]: 'src/server/users/password-rules.ts' },
  output: { ...output, minify: dense },
});

/** All of zod in one file, for tools: from its own folder it would be 60 files. */
export const zod = defineConfig({
  ...shared,
  input: { zod: fileURLToPath(import.meta.resolve('zod')) },
  output: { ...output, minify: dense, exports: 'named', esModule: true },
});

export const common = defineConfig({
  ...shared,
  external: ABSENT,
  input: Object.fromEntries(Object.entries(COMMON).map(([name, file]) => [basename(file, '.cjs'), name])),
  output: { ...output, minify: dense },
});
