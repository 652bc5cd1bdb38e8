import { availableParallelism } from 'node:os';

import { defineConfig } from 'vitest/config';

/** As the build does it. */
const filesAsText = {
  name: 'files-as-text',
  transform: (code: string, id: string) =>
    /(?:\.sql|\.css|\.svg|[\\/]src[\\/].*-script\.js)$/.test(id)
      ? { code: `export default ${JSON.stringify(code)};`, map: null }
      : undefined,
};

export default defineConfig({
  plugins: [filesAsText],
  test: {
    root: '.',
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/slow/**', 'node_modules/**'],
    // Only for tests that hang: child processes of the built binary share the cores with the workers, and with
    // everything else on the machine.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // A worker that has run many files takes longer to end than the usual 10 s, when the machine has much to do.
    teardownTimeout: 120_000,
    // No test changes what others see; importing the same sources for each file would take a tenth of the time.
    isolate: false,
    // Workers mostly wait for child processes, which often wait themselves: with one worker more than cores, a quarter of
    // the cores' time was idle.
    maxWorkers: availableParallelism() + 2,
    globalSetup: ['tests/support/before-all.ts'],
    provide: { onlyBinary: false, replays: false, storeSchemas: '' },
  },
});
