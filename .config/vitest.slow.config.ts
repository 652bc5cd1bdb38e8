import { defineConfig } from 'vitest/config';

import base from './vitest.config.js';

/** What the default tests call so often that they do it in their own process. */
const CALLED_HERE = [
  'agent-steps',
  'bad-input-*',
  'batch',
  'check-*',
  'clarifications',
  'consent',
  'crashes',
  'diff',
  'edit',
  'eval',
  'gold-purchase',
  'groceries',
  'help',
  'kill-*',
  'loops-and-branches',
  'output',
  'planning-options',
  'planning-poker',
  'refine',
  'run-options',
  'schema',
  'stops',
  'sub-plans',
  'trust-command',
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
