import { advice, portia } from '../domain/next-step.js';
import { PortiaError } from '../domain/errors.js';
import { isSamePlace, type Place } from '../domain/run/place.js';
import type { Run } from '../domain/run/run.js';
import type { Recorder } from './recorder.js';
import type { ExecutorServices } from './services.js';

/** This machine, where runs keep to the one that has their files; undefined where they need not. */
function placeHere({ settings, processes }: ExecutorServices): Place | undefined {
  if (!settings.keepsToHost || processes === undefined) return undefined;
  const { host, machine } = processes.driver();
  return { host, machine };
}

/** Records that this machine has files of the run from now on. */
export function keepToHost(recorder: Recorder, services: ExecutorServices): void {
  const here = placeHere(services);
  const { keeps_to: known } = recorder.run;
  if (here !== undefined && (known === undefined || !isSamePlace(known, here)))
    recorder.append({ type: 'run.placed', ...here });
}

/** Throws for a run whose files another machine has. */
export function refuseElsewhere({ id, keeps_to: place }: Run, services: ExecutorServices): void {
  const here = placeHere(services);
  if (here === undefined || place === undefined || isSamePlace(place, here)) return;
  throw new PortiaError('usage', `${id} keeps to ${place.host}, and this is ${here.host}.`, {
    why: 'Files that it made are there, and its next steps may need them.',
    fix: advice`Continue it on ${place.host}, or, when its files are here, too: ${portia('resume', id, '--any-host')}`,
    runId: id,
  });
}
