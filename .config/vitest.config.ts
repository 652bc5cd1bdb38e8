import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: '.',
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/slow/**', 'node_modules/**'],
    // Child processes of the built binary share two cores with the workers.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Most of a test's time is spent in child processes: one worker less than cores would leave a core idle.
    maxWorkers: '100%',
    globalSetup: ['tests/support/built-binary.ts'],
  },
});
