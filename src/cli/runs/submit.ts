import { PortiaError } from '../../domain/errors.js';
import { advice, portia } from '../../domain/next-step.js';
import type { Run } from '../../domain/run/run.js';
import type { StartingWith } from '../../executor/start-run.js';
import { createGivenAnswers } from '../input/given-answers.js';
import { EXIT } from '../session/exit-codes.js';
import { longForm, type Flags } from '../session/flags.js';
import { DRIVE_FLAGS, GLOBAL_FLAGS, MODEL_FLAGS, type StartOptions } from '../session/options.js';
import { writeText, type Session } from '../session/session.js';
import { driveOptions } from './drive.js';
import { startTime } from './start-time.js';
import type { DriveOptions } from '../../executor/open-run.js';

/** How the run is queued; undefined when it is driven here. Rejects with `usage` for flags that do not fit. */
export async function queueOf(session: Session<StartOptions>): Promise<StartingWith['queue']> {
  const { queue, at } = session.options;
  if (queue !== true && at === undefined) {
    refuseQueueFlags(session.options);
    return undefined;
  }
  if (session.options.missed !== undefined) throw isForEvery();
  const place = placeOf(session);
  const wakeAt = await startTime(session);
  return { ...place, ...(wakeAt && { wake_at: wakeAt }) };
}

/** Which workers continue the run, and when before others. Throws `usage` for flags that do not fit. */
export function placeOf({ options, services }: Session<StartOptions>): { priority: number; labels: string[] } {
  refuseDriveFlags(options);
  if (services.settings.store.value.kind === 'memory') throw keepsNothing();
  return { priority: readPriority(options.priority), labels: options.label ?? [] };
}

function isForEvery(): PortiaError {
  return new PortiaError('usage', '--missed is for --every.', {
    why: 'Only a schedule has times that a worker can miss: any other run is begun later then.',
    fix: '--every "0 9 * * 1-5" --zone Europe/Berlin --missed ask',
  });
}

function refuseQueueFlags({ priority, label, zone, missed }: StartOptions): void {
  if (missed !== undefined) throw isForEvery();
  if (zone !== undefined) {
    throw new PortiaError('usage', '--zone is for a time.', {
      why: 'It says whose clocks the time of --at or --every is about.',
      fix: `--at 2026-12-01T09:00 --zone ${zone}`,
    });
  }
  const flag = priority !== undefined ? '--priority' : label !== undefined ? '--label' : undefined;
  if (flag === undefined) return;
  throw new PortiaError('usage', `${flag} is for runs of --queue.`, {
    why: 'Without it the run is driven here, now.',
    fix: '--queue',
  });
}

/** Flags that count where a run is driven. */
const { endUser: _user, endUserData: _data, ...DRIVEN_BY }: Flags = { ...MODEL_FLAGS, ...DRIVE_FLAGS };
const { jobs: _jobs, ...OF_WORKERS }: Flags = { ...DRIVEN_BY, events: GLOBAL_FLAGS.events };

function refuseDriveFlags(options: StartOptions): void {
  for (const [name, value] of Object.entries(options)) {
    const flag = OF_WORKERS[name];
    if (value === undefined || flag === undefined) continue;
    throw new PortiaError('usage', `${longForm(flag)} does nothing with ${leavingFlag(options)}.`, {
      why: 'The run is only kept here: what it may do is said to the worker that drives it.',
      fix: advice`Leave it out. What a worker takes: ${portia('worker', '--help')}`,
    });
  }
}

function leavingFlag({ at, every }: StartOptions): string {
  if (every !== undefined) return '--every';
  return at === undefined ? '--queue' : '--at';
}

function keepsNothing(): PortiaError {
  return new PortiaError('usage', 'The store memory: keeps nothing for a worker.', {
    why: 'It forgets the run when this command ends.',
    fix: '--store file:',
  });
}

function readPriority(text = '0'): number {
  if (/^-?\d{1,6}$/.test(text)) return Number(text);
  throw new PortiaError('usage', `--priority ${text} is not a whole number.`, {
    why: 'Of two runs that can continue, the one with the higher number is continued first.',
    fix: '--priority 10',
  });
}

/** Secrets are held by the process that drives a run, and nowhere else. */
export function refuseSecretInputs(secrets: ReadonlySet<string>): void {
  const [name] = secrets;
  if (name === undefined) return;
  throw new PortiaError('usage', `A run with the input ${name} cannot be left to a worker.`, {
    why: 'The input is a secret, which is never stored; a worker would not have it.',
    fix: 'Run it here, without --queue.',
  });
}

/** Keeps a run for a worker, and prints it. */
export async function submit(
  session: Session<StartOptions>,
  start: (options: DriveOptions) => Promise<Run>,
): Promise<number> {
  const given = createGivenAnswers([], session.warn);
  const { signal } = new AbortController();
  const run = await start(await driveOptions(session, { given, listener: () => undefined, signal }));
  if (session.format === 'json' || session.format === 'ndjson') await session.print({ record: run, human: () => '' });
  else await writeText(session, `${run.id}\n`);
  return EXIT.complete;
}
