import { v7 } from 'uuid';

import { timeOfId, type IdPrefix, type NewId } from '../domain/values/ids.js';

/** The last moment that fits into an id. */
const END_OF_TIME = 2 ** 48 - 1;

/**
 * Makes ids that sort by the sequence in which they were made, also those of one millisecond, and also when the clock
 * went back: `newest` is the time in the newest one that is known.
 */
export function createNewId(newest: (prefix: IdPrefix) => number = () => 0): NewId {
  let last = 0;
  return (prefix) => {
    const known = Math.max(last, newest(prefix));
    const id = v7();
    const isLater = (timeOfId(id) ?? 0) > known;
    if (isLater || known >= END_OF_TIME) return `${prefix}-${id}`;
    last = known + 1;
    return `${prefix}-${v7({ msecs: last })}`;
  };
}
