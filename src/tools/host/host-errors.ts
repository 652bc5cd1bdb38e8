import { PortiaError } from '../../domain/errors.js';
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

/** The same as an error of this process. */
export function fromThrown(error: ThrownError): Error {
  const { text, portia } = error;
  if (portia === undefined) return new Thrown(error);
  const { code, ...details } = portia;
  return new PortiaError(code, text, details);
}
