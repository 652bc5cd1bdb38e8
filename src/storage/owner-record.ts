import { isJsonObject } from '../domain/values/json.js';
import type { ProcessIdentity } from './process-identity.js';

/** The process that drives a run, and since when: ISO 8601, UTC. */
export type OwnerRecord = ProcessIdentity & { since: string };

/** A record of a version that says less or other things has an owner that cannot be judged. */
export function readOwnerRecord(value: unknown): OwnerRecord {
  const fields: Record<string, unknown> = isJsonObject(value) ? value : {};
  const text = (key: string): string => (typeof fields[key] === 'string' ? fields[key] : '');
  const pid = typeof fields['pid'] === 'number' ? fields['pid'] : 0;
  return {
    pid,
    start: text('start'),
    boot: text('boot'),
    host: text('host'),
    machine: text('machine'),
    namespace: text('namespace'),
    since: text('since'),
  };
}
