import { PortiaError } from '../../domain/errors.js';
import { readStartTime } from '../../domain/schedule/start-time.js';
import { nearestName } from '../../domain/values/nearest-name.js';
import { isTimeZone } from '../../domain/values/time-zones.js';
import type { StartOptions } from '../session/options.js';
import type { Session } from '../session/session.js';

/** The time of --at by the clock of the store: ISO 8601, UTC. Rejects with `usage` for one that cannot be used. */
export async function startTime({ options, services }: Session<StartOptions>): Promise<string | undefined> {
  const { at } = options;
  const zone = readZone(options);
  if (at === undefined) return undefined;
  const now = (await services.store.clock()).getTime();
  const time = readStartTime(at, { now, zone });
  if ('ms' in time) return new Date(time.ms).toISOString();
  const day = new Date(now + 24 * 60 * 60_000).toISOString().slice(0, 10);
  throw new PortiaError('usage', `--at ${JSON.stringify(at)} is not a time at which a run can begin.`, {
    why: time.why,
    fix: `--at ${day}T09:00Z\n--at ${day}T09:00 --zone ${zone ?? ownZone()}\n--at "in 2h"`,
  });
}

/** The zone of --zone. Throws `usage` for one that is not known. */
export function readZone({ zone }: Pick<StartOptions, 'zone'>): string | undefined {
  if (zone === undefined || isTimeZone(zone)) return zone;
  throw new PortiaError('usage', `--zone ${JSON.stringify(zone)} is not known.`, {
    why: 'It takes the name of a time zone of the IANA list.',
    fix: `--zone ${nearestName(zone, Intl.supportedValuesOf('timeZone')) ?? ownZone()}`,
  });
}

/** The zone of this machine. */
export function ownZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}
