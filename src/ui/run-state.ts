import type { RunState, StepStatus } from '../domain/run/run.js';
import type { Look } from './look.js';
import type { Line } from './step-layout.js';

/** The state of a run with its symbol. A run that is in progress but driven by nobody was interrupted. */
export function stateLine(run: { state: RunState; isDriven: boolean; isDeclined?: boolean }, look: Look): Line {
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
        : { text: `${symbols.waiting} IN_PROGRESS (stopped)`, paint: colour.yellow };
    case 'NOT_STARTED':
      return { text: `${symbols.pending} NOT_STARTED` };
  }
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
