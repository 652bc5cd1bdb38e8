import { advice, portia } from '../domain/next-step.js';
import { PortiaError } from '../domain/errors.js';
import { measureJson } from '../domain/values/digest.js';
import type { RunId } from '../domain/values/ids.js';
import type { Json } from '../domain/values/json.js';

/** Throws `unreadable` for a value whose JSON text has another digest. */
export function refuseOther(value: Json, digest: string, where: string): void {
  if (measureJson(value).digest === digest) return;
  throw new PortiaError('unreadable', `${where} holds another value than it says.`, {
    why: 'Its SHA-256 is not the digest that stands beside it.',
  });
}

export function notOfRun(where: string): PortiaError {
  return new PortiaError('unreadable', `${where} belongs to no run.`, { why: 'Its "run_id" is not the id of a run.' });
}

/** A run that is here without the events that came, or with another one as number `seq`. */
export function otherRun(id: RunId, seq: number): PortiaError {
  return new PortiaError('stale', `${id} is here already, and it is not the same.`, {
    why: `Event ${seq} is another one here: the run was continued in both places, or is a file without events here.`,
    fix: advice`${portia('show', id)}   # what is here\n${portia('rm', id)}   # deletes it, to import the other one`,
    runId: id,
  });
}
