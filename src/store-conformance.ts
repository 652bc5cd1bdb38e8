export { createMemoryStore } from './storage/memory-store.js';
export { storeConformance, type StoreCheck } from './storage/conformance/store-conformance.js';
export type { OpenedStore } from './storage/conformance/check.js';
export type { RunLog, Store } from './storage/store.js';
