import { readdirSync } from 'node:fs';
import { join, posix } from 'node:path';

import { LAYERS } from './.config/layers.js';

const PROCESS =
  'process belongs to bin, cli/main.ts, app/this-process.ts, ui/streams.ts and the programs of guests: tools/*/guest/*-host.ts.';
const GLOBAL_PROCESS = { object: 'globalThis', property: 'process', message: PROCESS };
const PURE = 'The domain has no I/O, clock or randomness.';

refuseFoldersWithoutRow();

const ALL_PACKAGES = [...new Set(Object.values(LAYERS).flatMap(({ packages = [] }) => packages))];

/** What a folder without a row imports, nobody would check. */
function refuseFoldersWithoutRow() {
  const files = readdirSync(join(import.meta.dirname, 'src'), { recursive: true });
  const folders = new Set(files.filter((file) => file.endsWith('.ts')).map((file) => posix.dirname(file)));
  const missing = [...folders].filter((folder) => !Object.hasOwn(LAYERS, folder)).map((folder) => `src/${folder}`);
  if (missing.length > 0) throw new Error(`.config/layers.js has no row for ${missing.join(', ')}.`);
}

/** How a file of one folder names a file of another, without its end. */
function pathFrom(folder, other) {
  const path = posix.relative(folder, other);
  return path.startsWith('.') ? path : `./${path}`;
}

/** The rule that a folder imports only what its row in the table names. */
function importsOf(folder, { folders = [], files = [], packages = [] }) {
  const closed = Object.keys(LAYERS).filter((other) => other !== folder && !folders.includes(other));
  const isPure = folder === 'domain' || folder.startsWith('domain/');
  const patterns = [
    {
      group: [
        ...closed.map((other) => posix.join(pathFrom(folder, other), '*.js')).map(explicit),
        ...files.map((file) => `!${explicit(pathFrom(folder, file)).replace(/\.ts$/, '.js')}`),
      ],
      message: 'This folder may not be imported here: see .config/layers.js.',
    },
    {
      group: ALL_PACKAGES.filter((name) => !packages.includes(name)),
      message: 'Each third-party package is imported in one folder only: see .config/layers.js.',
    },
    { group: ['node:process', 'process'], message: PROCESS },
    {
      group: ['**/utils.js', '**/helpers.js', '**/common.js', '**/manager.js', '**/base.js'],
      message: 'A file is named after what it holds.',
    },
    ...(isPure ? [{ group: ['node:*', '!node:crypto'], message: PURE }] : []),
  ];
  const paths = isPure ? [{ name: 'node:crypto', allowImportNames: ['hash', 'createHash'], message: PURE }] : [];
  return {
    files: [`src/${folder === '.' ? '' : `${folder}/`}*.ts`],
    rules: { 'no-restricted-imports': ['error', { paths, patterns }] },
  };
}

function explicit(path) {
  return path.startsWith('.') ? path : `./${path}`;
}

export default {
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node'],
  options: { typeAware: true },
  categories: { correctness: 'error', suspicious: 'error' },
  env: { node: true, es2024: true },
  rules: {
    'no-console': 'error',
    'unicorn/no-process-exit': 'error',
    'no-restricted-globals': ['error', { name: 'process', message: PROCESS }],
    'no-restricted-properties': ['error', GLOBAL_PROCESS],
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'import/no-default-export': 'error',
    'max-lines': ['error', { max: 360 }],
    'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    'max-params': ['error', { max: 3 }],
    'typescript/no-explicit-any': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/switch-exhaustiveness-check': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/unbound-method': 'off',
    'typescript/consistent-return': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/no-useless-spread': 'off',
    // Rules about calls have the keys `when` and `then`.
    'unicorn/no-thenable': 'off',
    'no-control-regex': 'off',
    'no-misleading-character-class': 'off',
    'no-underscore-dangle': 'off',
    'unicorn/require-post-message-target-origin': 'off',
    eqeqeq: 'error',
    'no-var': 'error',
    'prefer-const': 'error',
    'no-eval': 'error',
    'no-new-func': 'error',
    'unicorn/prefer-node-protocol': 'error',
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
  },
  ignorePatterns: ['dist/**', 'node_modules/**', 'coverage/**'],
  overrides: [
    {
      files: ['src/domain/**/*.ts', 'src/executor/**/*.ts', 'src/ui/**/*.ts'],
      rules: {
        'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: false }],
      },
    },
    {
      // These look at a few types of events: what they do with all others, known or not, is the default.
      files: [
        'src/domain/recording/calls-of-run.ts',
        'src/domain/run/run-spans.ts',
        'src/domain/run/run-calls.ts',
        'src/domain/run/run-transitions.ts',
        'src/executor/budget.ts',
        'src/executor/run-index.ts',
        'src/ui/event-line.ts',
        'src/ui/pictures/run-pauses.ts',
        'src/ui/progress.ts',
      ],
      rules: {
        'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      },
    },
    {
      files: ['src/domain/**/*.ts'],
      rules: {
        'no-restricted-properties': [
          'error',
          GLOBAL_PROCESS,
          { object: 'Date', property: 'now', message: 'The domain has no clock.' },
          { object: 'Math', property: 'random', message: 'The domain has no randomness.' },
        ],
      },
    },
    ...Object.entries(LAYERS).map(([folder, row]) => importsOf(folder, row)),
    {
      files: ['src/cli/main.ts', 'src/ui/streams.ts', 'src/app/this-process.ts', 'src/tools/*/guest/*-host.ts'],
      rules: { 'no-restricted-globals': 'off' },
    },
    {
      // A process of its own, which somebody else starts and ends.
      files: ['src/tools/*/guest/*-host.ts'],
      rules: { 'unicorn/no-process-exit': 'off' },
    },
    {
      files: ['tests/**/*.ts', 'tests/**/*.js', 'tests/**/*.mjs'],
      rules: {
        'max-lines-per-function': 'off',
        'typescript/restrict-template-expressions': 'off',
        'typescript/no-base-to-string': 'off',
        'typescript/no-misused-spread': 'off',
        'typescript/require-array-sort-compare': 'off',
        'no-restricted-globals': 'off',
        'no-console': 'off',
        'import/no-default-export': 'off',
        'max-params': 'off',
        'no-await-in-loop': 'off',
        'no-unmodified-loop-condition': 'off',
        'import/no-named-as-default-member': 'off',
      },
    },
    {
      files: ['**/*.js', '**/*.mjs', '**/*.cjs', '.config/**'],
      rules: {
        'promise/always-return': 'off',
        'typescript/require-array-sort-compare': 'off',
        'import/no-default-export': 'off',
        'no-restricted-globals': 'off',
        'no-console': 'off',
        'max-lines-per-function': 'off',
      },
    },
  ],
};
