import { listedQueue } from '../../src/storage/listed-queue.js';
import { createMemoryStore } from '../../src/storage/memory-store.js';
import { now } from './examples.js';
import { describeQueue } from './queue-contract.js';
import { describeStore } from './store-contract.js';

describeStore('store in memory', () => {
  const store = createMemoryStore({ now });
  return { store, reopen: () => store };
});
describeQueue('store in memory', () => {
  const store = createMemoryStore({ now });
  return { store, queue: listedQueue(store, now) };
});
