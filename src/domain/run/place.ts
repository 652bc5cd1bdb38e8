import * as z from 'zod';

import { withDescription } from '../values/schema-meta.js';

/** The machine that a run keeps to. */
export const placeShape = {
  host: z.string(),
  machine: withDescription(z.string(), 'A mark that tells machines of the same name apart'),
};

export interface Place {
  host: string;
  machine: string;
}

export function isSamePlace(one: Place, other: Place): boolean {
  return one.host === other.host && one.machine === other.machine;
}
