import { timeOfId, type Now } from '../../domain/values/ids.js';

/** When something was made, in milliseconds since 1970: as its id says, or now. */
export function madeMs(id: string, now: Now): number {
  return timeOfId(id) ?? now().getTime();
}
