import type { PortiaError } from '../domain/errors.js';

/** Throws what is missing: nobody can be asked for it here. */
export function requireTrust(missing: PortiaError | undefined): void {
  if (missing !== undefined) throw missing;
}
