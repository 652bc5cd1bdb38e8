import { defineConfig } from 'vitest/config';

import base from './vitest.config.js';

// Not merged: that would keep the exclusion of these very files.
export default defineConfig({
  test: { ...base.test, include: ['tests/slow/**/*.test.ts'], exclude: ['node_modules/**'], testTimeout: 600_000 },
});
