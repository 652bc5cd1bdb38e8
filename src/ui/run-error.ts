import { adviceLines, portia, readAdvice } from '../domain/next-step.js';
import { PortiaError } from '../domain/errors.js';
import { waitText } from '../domain/run/pause-transitions.js';
import { isAwaiting, type Run } from '../domain/run/run.js';
import type { Look } from './look.js';
import { NamedValues } from './named-values.js';
import { placeOf } from './question-view.js';
import { wayOn, wayOnFromWait } from './way-on.js';

/** Why a run is not complete and asks nothing, as the error of a command; `isByContent` as for `wayOn`. */
export function runError(run: Run, look: Pick<Look, 'symbols'>, isByContent = false): PortiaError {
  const ids = { runId: run.id, planId: run.plan_id };
  if (isAwaiting(run)) return stillWaits(run);
  if (run.error === null) {
    const isReady = run.state === 'READY_TO_RESUME';
    const what = isReady ? 'The run is ready to resume.' : 'The run was interrupted and is saved.';
    return new PortiaError(isReady ? 'unavailable' : 'interrupted', what, {
      ...ids,
      fix: portia('resume', run.id),
      retryable: true,
    });
  }
  const { code, message, why, step, retryable } = run.error;
  const at = step === null ? '' : `${placeOf(step, NamedValues.ofSteps(run.steps), look).replace('step', 'Step')}: `;
  if (code === 'declined') return new PortiaError(code, `${at}${message}`, { ...ids, fix: portia('show', run.id) });
  const stored = run.error.fix === undefined ? undefined : readAdvice(run.error.fix);
  const fix = adviceLines([stored, wayOn(run, code, isByContent)]);
  return new PortiaError(code, `${at}${message}`, { ...ids, retryable, why, fix });
}

function stillWaits({ id, plan_id: planId, pause }: Run): PortiaError {
  const wait = waitText({ until: pause?.wake_at, waits_for: pause?.waits_for });
  const code = pause?.waits_for === undefined ? 'unavailable' : 'signal-needed';
  return new PortiaError(code, `The run waits ${wait}, and is saved.`, {
    runId: id,
    planId,
    fix: wayOnFromWait({ id, pause }),
    retryable: true,
  });
}
