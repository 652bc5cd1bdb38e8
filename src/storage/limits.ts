import { MAX_VALUE_BYTES } from '../domain/run/value-too-large.js';
import { MAX_FILE_BYTES } from './read-file.js';

/** How much is written; whatever is within these is read again. */
export interface Limits {
  /** One large value, as JSON. */
  valueBytes: number;
  /** One line of a log. */
  eventBytes: number;
  /** The file of a run. */
  snapshotBytes: number;
}

export const LIMITS: Limits = {
  valueBytes: MAX_VALUE_BYTES,
  eventBytes: MAX_FILE_BYTES,
  snapshotBytes: MAX_FILE_BYTES,
};
