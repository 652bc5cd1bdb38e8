import { PortiaError, type ErrorCode } from '../../domain/errors.js';
import type { ThrownError } from './protocol.js';

/** What code of others threw in a host. */
export class Thrown extends Error {
  /** Where in the module it arose, as `:3`. */
  readonly place: string | undefined;

  constructor({ text, place }: Pick<ThrownError, 'text' | 'place'>) {
    super(text);
    this.place = place;
  }
}

/** What code of others may say of itself. The other codes, and so their exit codes, are portia's own. */
const CODES: ReadonlySet<ErrorCode> = new Set([
  'tool-failed',
  'invalid-input',
  'invalid-settings',
  'unavailable',
  'rate-limited',
  'timed-out',
]);

/** The same as an error of this process. */
export function fromThrown(error: ThrownError): Error {
  const { text, portia } = error;
  if (portia === undefined || !CODES.has(portia.code)) return new Thrown(error);
  const { code, ...details } = portia;
  return new PortiaError(code, text, details);
}
