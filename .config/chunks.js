import { existsSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * The chunks of the binary, in the order in which they are loaded. A file costs half a millisecond at start, so what is
 * always needed together is in one chunk: everything that the entry files of a chunk import statically, unless an
 * earlier chunk has it. So no chunk needs a later one. What is heavy (zod, prompts, the model's client) is imported
 * dynamically and is in chunks of its own.
 */
const CHUNKS = [
  { name: 'start', doors: ['cli/main'] },
  { name: 'commands', doors: ['cli/program'] },
  { name: 'session', doors: ['cli/session/session', 'cli/input/references', 'domain/values/roles'] },
  {
    name: 'views',
    doors: [
      ...['ui/plan-view', 'ui/run-view', 'ui/question-view', 'ui/list-view'],
      ...['cli/output/output-value', 'cli/output/place-of'],
    ],
  },
  { name: 'records', doors: ['storage/upgrade/upgrade'] },
  {
    name: 'run',
    doors: [
      'cli/commands/run',
      'cli/commands/run-plan',
      'cli/commands/plan',
      'cli/commands/resume',
      'app/run-services',
      'app/plans/plan-request',
      'planner/offline/offline-planner',
    ],
  },
];

/**
 * Packages that go into the first chunk that needs them. The others are imported dynamically, or have chunks of their
 * own.
 */
const PACKAGES = ['commander', 'uuid', 'jsonata'];

const STATIC_IMPORT = /^(?:import|export)(?! type\b)[^;']*?from '([^']+)'/gm;

function staticImports(file) {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(STATIC_IMPORT)].map(([, path]) => path);
}

/** The chunk of each file and package that is in one. */
function divide() {
  const chunkOf = new Map();
  for (const { name, doors } of CHUNKS) {
    const open = doors.map((door) => resolve(ROOT, 'src', `${door}.ts`));
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (chunkOf.has(file)) continue;
      if (!existsSync(file)) throw new Error(`${relative(ROOT, file)} is not there: see CHUNKS in .config/chunks.js.`);
      chunkOf.set(file, name);
      for (const path of staticImports(file)) {
        if (path.startsWith('.')) open.push(resolve(dirname(file), path.replace(/\.js$/, '.ts')));
        else if (PACKAGES.includes(path) && !chunkOf.has(path)) chunkOf.set(path, name);
      }
    }
  }
  return chunkOf;
}

/** The options about chunks for rolldown. */
export function chunkGroups() {
  const chunkOf = divide();
  const isPackageOf = (id, name) =>
    PACKAGES.some((folder) => chunkOf.get(folder) === name && id.includes(`/node_modules/${folder}/`));
  return CHUNKS.map(({ name }, index) => ({
    name,
    test: (id) => chunkOf.get(id) === name || isPackageOf(id, name),
    priority: CHUNKS.length - index,
  }));
}
