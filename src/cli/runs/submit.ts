import { PortiaError } from '../../domain/errors.js';
import type { Run } from '../../domain/run/run.js';
import type { StartingWith } from '../../executor/start-run.js';
import { createGivenAnswers } from '../input/given-answers.js';
import { EXIT } from '../session/exit-codes.js';
import type { StartOptions } from '../session/options.js';
import { writeText, type Session } from '../session/session.js';
import { driveOptions } from './drive.js';
import type { DriveOptions } from '../../executor/open-run.js';

/** How the run is queued; undefined when it is driven here. Throws `usage` for flags that do not fit. */
export function queueOf({ options }: Session<StartOptions>): StartingWith['queue'] {
  const { queue, priority, label = [] } = options;
  if (queue !== true) {
    if (priority === undefined && label.length === 0) return undefined;
    throw new PortiaError('usage', `${priority === undefined ? '--label' : '--priority'} is for runs of --queue.`, {
      why: 'Without it the run is driven here, now.',
      fix: '--queue',
    });
  }
  return { priority: readPriority(priority), labels: label };
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
  if (session.format === 'json') await session.print({ record: run, human: () => '' });
  else await writeText(session, `${run.id}\n`);
  return EXIT.complete;
}
