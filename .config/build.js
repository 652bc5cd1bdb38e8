// Builds dist/: the bundled binary and library, their types, and the licence notices of what is bundled.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';

import { rolldown } from 'rolldown';

import { PACKED } from './lighter-packages.js';
import {
  browserHost,
  common,
  passwordRules,
  program,
  queries,
  reader,
  toolHost,
  translator,
  worker,
  zod,
} from './rolldown.config.js';

/** jszip can be used under the MIT license, whose text comes first. */
const OTHER_CHOICE = /\n+GPL version 3\n[\s\S]*$/;
/** What differs between licences with the same terms. */
const TITLE_OR_COPYRIGHT = /^\W*(?:copyright\b.*(?:\(c\)|©|\d{4}).*|(?:the )?(?:mit|isc) licen[cs]e(?: \(mit\))?\W*)$/i;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

/** A project with a tool of its own and a plan that uses it. */
const EXAMPLE = {
  'portia.json': JSON.stringify({ tools: { modules: ['./greet.ts'] } }),
  'greet.ts': `import { defineTool } from 'portia';
    import * as z from 'zod';
    const greeting = (name: string) => \`Hello \${name}\`;
    export const greet = defineTool({ id: 'greet', name: 'Greet', description: 'Greets.', effect: 'read',
      args: z.object({ name: z.string().describe('Whom') }), run: async (_context, { name }) => greeting(name) });`,
  'plan.json': JSON.stringify({
    plan_context: { query: 'greet', tool_ids: ['greet'] },
    steps: [{ kind: 'tool', tool_id: 'greet', args: { name: 'Ada' }, output: '$greeting' }],
  }),
};

// While tests run, the chunks of the previous build may still be loaded.
if (!process.argv.includes('--keep')) forgetBuilt();
forgetCompiled();
const written = [];
for (const { output, ...input } of [
  program,
  worker,
  reader,
  queries,
  toolHost,
  browserHost,
  translator,
  passwordRules,
  zod,
  common,
]) {
  const bundle = await rolldown(input);
  const { output: files } = await bundle.write(output);
  refuseCycles(files.filter((file) => file.type === 'chunk'));
  written.push(...files);
  await bundle.close();
}
for (const name of ['index', 'plan', 'store-conformance']) writeModule(name, written);
for (const [packed, file] of Object.entries(PACKED)) {
  writeFileSync(`dist/${packed}`, brotliCompressSync(readFileSync(fileURLToPath(import.meta.resolve(file)))));
}
writeFileSync('dist/THIRD-PARTY-LICENSES.txt', notices(bundledPackages(written)));
// Again, because a process of the previous build may have kept something meanwhile.
forgetCompiled();
startOften();

// The tests of the binary do not wait for the types.
if (!process.argv.includes('--no-types')) {
  process.exitCode = spawnSync(process.execPath, ['.config/build-types.js'], { stdio: 'inherit' }).status ?? 1;
}

/** All but the types where they are not made again. */
function forgetBuilt() {
  const names = existsSync('dist') ? readdirSync('dist') : [];
  const others = process.argv.includes('--no-types') ? names.filter((name) => name !== 'types') : names;
  for (const name of others) rmSync(join('dist', name), { recursive: true, force: true, maxRetries: 5 });
}

/** V8 tells sources apart by their length only. */
function forgetCompiled() {
  rmSync('dist/compiled', { recursive: true, force: true, maxRetries: 5 });
}

/** Runs the most common commands, so that the code that V8 compiles for them is kept beside the chunks. */
function startOften() {
  const folder = mkdtempSync(join(tmpdir(), 'portia-build-'));
  const env = { PATH: process.env.PATH, HOME: folder, CI: '1', PORTIA_TRUST_PROJECT: '1' };
  for (const [name, text] of Object.entries(EXAMPLE)) writeFileSync(join(folder, name), text);
  for (const command of [['run', 'add 1 + 2', '--yes'], ['run-plan', 'plan.json'], ['show', 'last'], ['list']]) {
    const args = [join(root, 'bin/portia.js'), ...command];
    const ended = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' });
    if (ended.status !== 0) throw new Error(`portia ${command.join(' ')} ended with ${ended.status}: ${ended.stderr}`);
  }
  rmSync(folder, { recursive: true });
}

/** What an entry exports, for those who import it. */
function writeModule(name, chunks) {
  const { exports } = chunks.find((chunk) => chunk.fileName === `${name}.cjs`);
  const all = exports.map((exported, index) => ({ exported, local: `e${index}` }));
  const taken = all.map(({ exported, local }) => `${exported}: ${local}`).join(', ');
  const given = all.map(({ exported, local }) => `${local} as ${exported}`).join(', ');
  const [first, then] =
    name === 'index' ? [`import { loadAsUsual } from '../bin/library.js';\n`, 'loadAsUsual();\n'] : ['', ''];
  const text = `${first}import entry from './${name}.cjs';\n\n${then}const { ${taken} } = entry;\nexport { ${given} };\n`;
  writeFileSync(`dist/${name}.js`, text);
}

/** Chunks that need each other before they are ready would find undefined in place of functions. */
function refuseCycles(all) {
  const importsOf = new Map(all.map((chunk) => [chunk.fileName, chunk.imports]));
  const done = new Set();
  const visit = (name, path) => {
    if (path.includes(name)) throw new Error(`Chunks in a circle: ${[...path, name].join(' → ')}. Change the groups.`);
    if (done.has(name)) return;
    for (const next of importsOf.get(name) ?? []) visit(next, [...path, name]);
    done.add(name);
  };
  for (const name of importsOf.keys()) visit(name, []);
}

/** Folders of the packages whose code is in the bundle. */
function bundledPackages(chunks) {
  const modules = chunks.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
  const folders = modules.flatMap((id) => {
    const found = /^(.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+)/.exec(id.replace(/^\0/, ''));
    return found ? [found[1]] : [];
  });
  return [...new Set(folders)].sort();
}

/** Each licence once, with the packages and the copyrights that it is about. */
function notices(folders) {
  const byTerms = new Map();
  for (const { name, text } of folders.map((folder) => notice(folder))) {
    const lines = text.split('\n');
    const terms = lines
      .filter((line) => !TITLE_OR_COPYRIGHT.test(line))
      .join('\n')
      .trim();
    // Some have other quotes, marks and line breaks.
    const key = terms.toLowerCase().replaceAll(/[^a-z]+/g, ' ');
    const found = byTerms.get(key) ?? { terms, about: new Map() };
    const title = lines
      .filter((line) => TITLE_OR_COPYRIGHT.test(line))
      .map((line) => line.trim())
      .join('\n');
    found.about.set(title, [...(found.about.get(title) ?? []), name]);
    byTerms.set(key, found);
  }
  const all = [...byTerms.values()].map(({ terms, about }) => {
    const packages = [...about].map(([title, names]) => `${names.join('\n')}\n${title}`.trim());
    return `${packages.join('\n\n')}\n\n${terms}`;
  });
  return all.join(`\n\n${'-'.repeat(80)}\n\n`);
}

function notice(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = existsSync(folder)
    ? readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
    : undefined;
  const by = typeof author === 'string' ? author : (author?.name ?? 'its authors');
  const text =
    file === undefined
      ? `Licence: ${license}. Copyright: ${by}.`
      : readFileSync(join(folder, file), 'utf8').replace(OTHER_CHOICE, '').trim();
  return { name: `${name} ${version}`, text };
}
