import { defineConfig } from 'vitest/config';

import base from './vitest.config.js';
import { SCENARIOS } from './vitest.postgres.config.js';

/** The scenarios, each run of which is played again when its test is over. */
export default defineConfig({
  plugins: base.plugins ?? [],
  test: {
    ...base.test,
    include: SCENARIOS.map((name) => `tests/e2e/${name}.test.ts`),
    provide: { onlyBinary: false, replays: true, storeSchemas: '' },
  },
});
