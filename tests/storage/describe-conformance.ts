import { describe, test } from 'vitest';

import type { OpenedStore } from '../../src/storage/conformance/check.js';
import { queueConformance, storeConformance } from '../../src/storage/conformance/store-conformance.js';
import type { QueueingStore } from '../../src/storage/run-queue.js';

type Open = () => OpenedStore<QueueingStore> | Promise<OpenedStore<QueueingStore>>;

/** What every store of portia promises. */
export function describeConformance(name: string, open: Open): void {
  describe(`what every store promises, by the ${name}`, () => {
    for (const { name: promised, run } of [...storeConformance(open), ...queueConformance(open)]) test(promised, run);
  });
}
