import { type Advice, portia } from '../domain/next-step.js';
import { PortiaError } from '../domain/errors.js';
import { isRunId } from '../domain/values/ids.js';

/** The error of an id that no run here has. */
export function noSuchRun(id: string, fix: Advice = portia('list', 'runs')): PortiaError {
  if (!isRunId(id)) return new PortiaError('not-found', `There is no run ${JSON.stringify(id)}.`, { fix });
  return new PortiaError('not-found', `There is no run ${id}.`, { fix, runId: id });
}
