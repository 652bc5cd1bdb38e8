import { defineConfig, mergeConfig } from 'vitest/config';

import base from './vitest.config.js';

export default mergeConfig(
  base,
  defineConfig({ test: { include: ['tests/slow/**/*.test.ts'], exclude: ['node_modules/**'], testTimeout: 600_000 } }),
);
