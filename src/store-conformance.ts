export { createMemoryStore } from './storage/memory-store.js';
export { queueConformance, storeConformance, type StoreCheck } from './storage/conformance/store-conformance.js';
export type { OpenedStore } from './storage/conformance/check.js';
export type { QueueingStore } from './storage/run-queue.js';
export type { RunLog, Store } from './storage/store.js';
