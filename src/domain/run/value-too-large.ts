import { capitalised } from '../values/capitalised.js';
import type { Measured } from '../values/digest.js';
import { PortiaError, type ErrorCode } from '../errors.js';

const MB = 1024 * 1024;

/** The largest value that passes through a run: bytes of its JSON. */
export const MAX_VALUE_BYTES = 256 * MB;

/** The advice for a value that is too large, wherever it comes from. */
export const VALUE_CURE = 'pass on a part of it, or write it to a file and pass on its name';

/** A value that a run cannot keep. Trying again does not help. */
export class ValueTooLarge extends PortiaError {
  readonly measured: Measured;
  readonly limit: number;

  constructor(measured: Measured, limit: number, about: { code?: ErrorCode; what?: string } = {}) {
    const { code = 'step-failed', what = 'A value' } = about;
    super(code, `${what} has ${sizesText(measured.bytes, limit)}.`, {
      why: 'A run keeps every value whole, up to this limit.',
      fix: `${capitalised(VALUE_CURE)}.`,
      retryable: false,
    });
    this.measured = measured;
    this.limit = limit;
  }

  /** The same of a value that has a name. */
  of(what: string, code: ErrorCode): ValueTooLarge {
    return new ValueTooLarge(this.measured, this.limit, { code, what });
  }
}

/** `312 MB, the limit is 256 MB`. */
export function sizesText(bytes: number, limit: number): string {
  return limit < MB
    ? `${bytes} bytes, the limit is ${limit} bytes`
    : `${Math.ceil(bytes / MB)} MB, the limit is ${Math.floor(limit / MB)} MB`;
}
