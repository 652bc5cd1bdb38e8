import { randomBytes } from 'node:crypto';

import { MARK_BYTES, marksOf, type Marks } from '../domain/values/marks.js';

/** What surrounds the data of one request that a tool makes to a model. */
export function newMarks(): Marks {
  return marksOf(randomBytes(MARK_BYTES).toString('hex'));
}
