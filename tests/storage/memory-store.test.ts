import { createMemoryStore } from '../../src/storage/memory-store.js';
import { now } from './examples.js';
import { describeNotices } from './notices-contract.js';
import { describeQueue } from './queue-contract.js';
import { describeSchedules } from './schedules-contract.js';
import { describeSignals } from './signals-contract.js';
import { describeStore } from './store-contract.js';

const open = () => {
  const store = createMemoryStore({ now });
  return { store, reopen: () => store };
};
describeStore('store in memory', open);
describeSignals('store in memory', open);
describeSchedules('store in memory', async () => open());
describeNotices('store in memory', async () => open());
describeQueue('store in memory', () => {
  const store = createMemoryStore({ now });
  return { store, reopen: () => store };
});
