import { likedPlansInMemory } from '../app/liked-plans.js';
import { plansMadeInMemory } from '../app/plans-made.js';
import type { Services } from '../app/services.js';
import { createMemoryStore } from '../storage/memory-store.js';
import type { Store } from '../storage/store.js';

/** A store that is not the one of the settings. */
export interface GivenStore {
  store: Store;
  /** What is known of plans that are in memory; undefined when others can reach the store as well. */
  inMemory?: Pick<Services, 'plansMade' | 'likedPlans'> | undefined;
}

export function givenStore(option: string | Store | undefined): GivenStore | undefined {
  if (typeof option === 'object') return { store: option };
  if (option?.trim() !== 'memory:') return undefined;
  const now = () => new Date();
  const store = createMemoryStore({ now });
  const [made, liked] = [plansMadeInMemory({ store, now }), likedPlansInMemory(now)];
  return { store, inMemory: { plansMade: async () => made, likedPlans: async () => liked } };
}
