import { PortiaError } from '../../domain/errors.js';

const MOST_PORT = 65_535;

/** The port that a flag names; 0 for a free one. Throws `usage`. */
export function readPort(given: string, flag: string): number {
  const port = Number(given);
  if (/^\d+$/.test(given) && port <= MOST_PORT) return port;
  throw new PortiaError('usage', `${flag} ${given} is not a port.`, {
    why: `A port is a whole number up to ${MOST_PORT}; 0 takes a free one.`,
    fix: `${flag} 0`,
  });
}
