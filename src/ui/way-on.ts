import { advice, type Advice, adviceLines, portia } from '../domain/next-step.js';
import type { ErrorCode } from '../domain/errors.js';
import { HOOKS_ID } from '../domain/run/hooks-id.js';
import { isEndedByExit, type Run } from '../domain/run/run.js';

/**
 * The commands that help when a run has failed or stopped, each with a remark, one per line. Expressions and `exit`
 * give the same result again, so a resume would change nothing there. `isByContent`: whoever corrects code of the project
 * has to trust it anew.
 */
export function wayOn(run: Run, code: ErrorCode | undefined, isByContent = false): Advice {
  const { id, plan_id: planId, plan_run_inputs: inputs } = run;
  const resume = portia('resume', id);
  const otherInputs = advice`${portia('run-plan', planId)}   # a new run, with other inputs`;
  if (code !== undefined && EXPRESSION_ERRORS.has(code)) {
    return advice`${portia('edit', planId)}   # correct the expression, then run the new plan`;
  }
  if (isEndedByExit(run)) return otherInputs;
  if (run.state !== 'FAILED') return resume;
  const hasInputs = Object.keys(inputs).length > 0;
  // The arguments are made from what is recorded, so a resume would make the same ones.
  if (code === 'invalid-input')
    return hasInputs ? otherInputs : advice`${portia('edit', planId)}   # correct the arguments`;
  // Whoever corrects the hooks has changed them.
  if (code === 'hook-failed') {
    return adviceLines([
      isByContent ? advice`${portia('trust')}   # then, because you trust the project only as it was` : undefined,
      advice`${portia('resume', id, '--accept-changed', HOOKS_ID)}   # continues with the hooks as they are then`,
    ]);
  }
  if (code !== 'tool-failed') return advice`${resume}   # tries the step again`;
  return adviceLines([advice`${resume}   # continues at that step`, hasInputs ? otherInputs : undefined]);
}

/** The same for a run that waits for a time or an event. */
export function wayOnFromWait({ id, pause }: Pick<Run, 'id' | 'pause'>): Advice {
  const awaited = pause?.waits_for;
  const resume = advice`${portia('resume', id)}   # then, unless a worker does`;
  if (awaited === undefined) return resume;
  const key = awaited.key === '' ? [] : ['--key', awaited.key];
  return adviceLines([portia('signal', awaited.event, ...key, '--data', 'JSON'), resume]);
}

const EXPRESSION_ERRORS: ReadonlySet<ErrorCode> = new Set(['expression-failed', 'expression-endless']);
