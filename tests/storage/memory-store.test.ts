import { createMemoryStore } from '../../src/storage/memory-store.js';
import { now } from './examples.js';
import { describeStore } from './store-contract.js';

describeStore('store in memory', () => {
  const store = createMemoryStore({ now });
  return { store, reopen: () => store };
});
