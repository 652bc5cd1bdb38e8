import type { FoundPlan } from '../../app/prepare-run.js';
import { PortiaError } from '../../domain/errors.js';
import { readCron, type Cron } from '../../domain/schedule/cron.js';
import { MISSED, type Missed, type Schedule } from '../../domain/schedule/schedule.js';
import { isJsonObject, type Json } from '../../domain/values/json.js';
import { shownTime } from '../../domain/values/time-zones.js';
import { DEFAULT_END_USER } from '../../domain/run/run.js';
import { EXIT } from '../session/exit-codes.js';
import type { StartOptions } from '../session/options.js';
import { writeText, type Session } from '../session/session.js';
import { completeInputs, prepareRunHere } from './start.js';
import { ownZone, readZone } from './start-time.js';
import { placeOf, refuseSecretInputs } from './submit.js';

/** A schedule holds its inputs itself, in one row or file. */
const MOST_CHARACTERS = 1_000_000;

/** Keeps a schedule that runs the plan again and again, and prints it. `every`: the times, as cron has them. */
export async function schedulePlan(
  session: Session<StartOptions>,
  found: FoundPlan,
  { every, given }: { every: string; given: Record<string, Json> },
): Promise<number> {
  const { store, newId, redactor } = session.services;
  refuseOtherStarts(session.options);
  const missed = readMissed(session.options.missed);
  const named = readZone(session.options);
  // The command that names a zone repeats the times, so they are read before.
  const cron = await readEvery(every, named ?? 'UTC');
  const zone = named ?? refuseNoZone(every);
  const { check, keep } = await prepareRunHere(session, found);
  refuseSecretInputs(check.secrets);
  const inputs = redactor().json(await completeInputs(session, check, given));
  if (!isJsonObject(inputs) || JSON.stringify(inputs).length > MOST_CHARACTERS) throw tooLarge();
  const now = (await store.clock()).getTime();
  const next = cron.next(now);
  if (next === undefined) throw never(every);
  const schedule: Schedule = {
    id: newId('schd'),
    plan_id: (await keep()).id,
    inputs,
    end_user_id: session.options.endUser ?? DEFAULT_END_USER,
    cron: every.trim(),
    zone,
    missed,
    ...placeOf(session),
    created_at: new Date(now).toISOString(),
    next_at: new Date(next).toISOString(),
    undecided: [],
    last: null,
    revision: 1,
  };
  await store.schedules.add(schedule);
  if (session.format === 'value') await writeText(session, `${schedule.id}\n`);
  else await session.print({ record: schedule, human: () => `${schedule.id}\nnext ${shownTime(next, zone)}\n` });
  return EXIT.complete;
}

function refuseOtherStarts({ at, key, batch }: StartOptions & { batch?: string | undefined }): void {
  const other = at !== undefined ? '--at' : key !== undefined ? '--key' : batch !== undefined ? '--batch' : undefined;
  if (other === undefined) return;
  throw new PortiaError('usage', `${other} does not go with --every.`, {
    why: 'A schedule begins a run at each of its times, with the same inputs.',
    fix: `Leave ${other} out, or leave --every out.`,
  });
}

function readMissed(text: string | undefined): Missed {
  const missed = MISSED.find((each) => each === (text ?? 'skip'));
  if (missed !== undefined) return missed;
  throw new PortiaError('usage', `--missed ${JSON.stringify(text)} is not known.`, {
    why: `It says what becomes of times at which no worker was there: ${MISSED.join(', ')}.`,
    fix: '--missed catch-up',
  });
}

function refuseNoZone(every: string): never {
  throw new PortiaError('usage', '--every needs a time zone.', {
    why: 'Workers may be in other places, and clocks are put forward and back.',
    fix: `--every ${JSON.stringify(every)} --zone ${ownZone()}`,
  });
}

async function readEvery(every: string, zone: string): Promise<Cron> {
  const cron = await readCron(every, zone);
  if (!('why' in cron)) return cron;
  throw new PortiaError('usage', `--every ${JSON.stringify(every)} is not understood.`, {
    why: cron.why,
    fix: '--every "0 9 * * 1-5"   # at 9:00 from Monday to Friday\n--every "*/15 * * * *"   # every quarter of an hour',
  });
}

function never(every: string): PortiaError {
  return new PortiaError('usage', `--every ${JSON.stringify(every)} never comes.`, {
    why: 'No month that it names has such a day.',
    fix: '--every "0 9 L * *"   # on the last day of each month',
  });
}

function tooLarge(): PortiaError {
  return new PortiaError('usage', 'The inputs are too large for a schedule.', {
    why: `It holds them itself, up to ${MOST_CHARACTERS} characters as JSON.`,
    fix: 'Give the name of a file as an input, and let a step of the plan read it.',
  });
}
