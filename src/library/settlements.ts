import { PortiaError } from '../domain/errors.js';
import { toJson, type Json } from '../domain/values/json.js';
import type { Settlement } from '../executor/settle-steps.js';
import type { ResumeOptions } from './portia-options.js';

/** What a program says of steps that a person did or left out. Throws `invalid-input` for a value that is not JSON. */
export function settlementsOf({ done = {}, skip = [] }: ResumeOptions): Settlement[] {
  const settled = Object.entries(done).map(([selector, value]): Settlement => ({
    selector,
    how: 'done',
    value: jsonOf(selector, value),
    channel: 'api',
  }));
  return [...settled, ...skip.map((selector): Settlement => ({ selector, how: 'skipped', channel: 'api' }))];
}

function jsonOf(selector: string, value: Json | undefined): Json | undefined {
  if (value === undefined) return undefined;
  const read = toJson(value);
  if (read.ok) return read.value;
  throw new PortiaError('invalid-input', `The value of the step ${selector} cannot be recorded.`, {
    why: read.problem,
  });
}
