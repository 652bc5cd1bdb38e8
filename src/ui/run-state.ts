import type { PauseReason, RunState, StepStatus } from '../domain/run/run-states.js';
import type { Look } from './look.js';
import type { Line } from './step-layout.js';

/** States in words for people who do not know the names. */
export const STATE_WORDS: Readonly<Record<RunState, string>> = {
  NOT_STARTED: 'Not started',
  IN_PROGRESS: 'In progress',
  NEED_CLARIFICATION: 'Waiting for a person',
  READY_TO_RESUME: 'Ready to resume',
  COMPLETE: 'Done',
  FAILED: 'Failed',
};

interface StateOfRun {
  state: RunState;
  isDriven: boolean;
  isDeclined?: boolean;
  /** What it waits for when nobody drives it. */
  pause?: { reason: PauseReason } | null;
}

/** The state of a run with its symbol. A run that is in progress but driven by nobody waits, or was interrupted. */
export function stateLine(run: StateOfRun, look: Look): Line {
  const { symbols, colour } = look;
  switch (run.state) {
    case 'COMPLETE':
      return { text: `${symbols.completed} COMPLETE`, paint: colour.green };
    case 'FAILED':
      return { text: `${symbols.failed} FAILED${run.isDeclined === true ? ' (declined)' : ''}`, paint: colour.red };
    case 'NEED_CLARIFICATION':
      return { text: `${symbols.waiting} NEED_CLARIFICATION`, paint: colour.yellow };
    case 'READY_TO_RESUME':
      return { text: `${symbols.running} READY_TO_RESUME`, paint: colour.yellow };
    case 'IN_PROGRESS':
      return run.isDriven
        ? { text: `${symbols.running} IN_PROGRESS`, paint: colour.cyan }
        : {
            text: `${symbols.waiting} IN_PROGRESS (${isWaiting(run.pause?.reason) ? 'waiting' : 'stopped'})`,
            paint: colour.yellow,
          };
    case 'NOT_STARTED':
      return { text: `${symbols.pending} NOT_STARTED` };
  }
}

function isWaiting(reason: PauseReason | undefined): boolean {
  return reason === 'time' || reason === 'signal';
}

/** The mark of a step in a run; undefined status: not reached. */
export function statusMark(status: StepStatus | undefined, look: Look): Line {
  const { symbols, colour } = look;
  switch (status) {
    case 'completed':
      return { text: symbols.completed, paint: colour.green };
    case 'failed':
      return { text: symbols.failed, paint: colour.red };
    case 'waiting':
      return { text: symbols.waiting, paint: colour.yellow };
    case 'skipped':
      return { text: symbols.skipped, paint: colour.dim };
    case 'running':
      return { text: symbols.running, paint: colour.cyan };
    case undefined:
      return { text: symbols.pending, paint: colour.dim };
  }
}
