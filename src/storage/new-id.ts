import { v7 } from 'uuid';

import type { NewId } from '../domain/ids.js';

/** Makes ids that sort by the time they were made, also those of one millisecond. */
export function createNewId(): NewId {
  return (prefix) => `${prefix}-${v7()}`;
}
