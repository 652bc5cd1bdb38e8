import { defineConfig } from 'vitest/config';

import base from './vitest.config.js';

/** What the default tests call so often that they do it in their own process. */
const CALLED_HERE = [
  'agent-steps',
  'ambiguous-file',
  'bad-input-*',
  'batch',
  'check-*',
  'clarifications',
  'consent',
  'crashes',
  'diff',
  'edit',
  'eval',
  'filled-in-values',
  'flags',
  'gold-purchase',
  'groceries',
  'help',
  'kill-*',
  'loops-and-branches',
  'model-writes',
  'named-tools',
  'new-project',
  'one-plan-many-inputs',
  'output',
  'planning-options',
  'planning-poker',
  'react-step',
  'refine',
  'run-options',
  'run-without-model',
  'schema',
  'show-files',
  'signatures',
  'signing-keys',
  'start-key',
  'stops',
  'sub-plans',
  'trust-command',
  'two-searches',
  'typed-result',
  'vehicle-assistant',
  'wrong-use',
  'yaml-plans',
];

// Not merged: that would keep the exclusion of these very files.
export default defineConfig({
  test: {
    ...base.test,
    include: ['tests/slow/**/*.test.ts', ...CALLED_HERE.map((name) => `tests/e2e/${name}.test.ts`)],
    exclude: ['node_modules/**'],
    testTimeout: 600_000,
    provide: { onlyBinary: true },
  },
});
