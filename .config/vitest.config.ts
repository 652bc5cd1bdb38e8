import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: '.',
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/slow/**', 'node_modules/**'],
    // Only for what hangs: child processes of the built binary share the cores with the workers, and with whatever else
    // the machine does.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // No test changes what others see, and importing the same sources for each file took a tenth of the time.
    isolate: false,
    // Most of a test's time is spent in child processes: one worker less than cores would leave a core idle.
    maxWorkers: '100%',
    globalSetup: ['tests/support/before-all.ts'],
  },
});
