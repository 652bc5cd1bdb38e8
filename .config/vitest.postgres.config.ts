import { defineConfig } from 'vitest/config';

import base from './vitest.config.js';

/** The scenarios that portia was made for, S1 to S25. */
export const SCENARIOS = [
  ...['first-start', 'two-searches', 'conditional-email', 'clarifications', 'one-plan-many-inputs', 'typed-result'],
  ...['refund', 'gold-purchase', 'loops-and-branches', 'sql', 'meeting', 'daily-research', 'planning-poker'],
  ...['concept-map', 'scraper-batch', 'groceries', 'outreach', 'vehicle-assistant', 'wallet', 'bot-calls', 'learning'],
  ...['meetup-finder', 'crashes', 'hooks-flow', 'output'],
];

/** What tells of runs of other processes. */
const ACROSS_PROCESSES = ['follow-run'];

/** The same tests as on files, with the plans and runs of each project in a schema of its own. */
export default defineConfig({
  plugins: base.plugins ?? [],
  test: {
    ...base.test,
    include: [...SCENARIOS, ...ACROSS_PROCESSES].map((name) => `tests/e2e/${name}.test.ts`),
    testTimeout: 600_000,
    globalSetup: ['tests/support/before-all.ts', 'tests/support/scenario-schemas.ts'],
    provide: { onlyBinary: false, replays: false, storeSchemas: `scenario_${process.pid}_` },
  },
});
