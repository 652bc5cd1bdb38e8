import { createMemoryStore } from '../../src/storage/memory-store.js';
import { describeConformance } from './describe-conformance.js';
import { now } from './examples.js';

describeConformance('store in memory', () => {
  const store = createMemoryStore({ now });
  return { store, reopen: () => store };
});
