import { v7 } from 'uuid';

/** An id that sorts by the time at which it was made; those of one process in the order in which they were made. */
export function newSignalId(): string {
  return v7();
}
