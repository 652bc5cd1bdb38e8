import type { ErrorCode } from '../../domain/errors.js';
import type { Run } from '../../domain/run/run.js';

/** Exit codes are API: scripts decide by them. */
export const EXIT = {
  complete: 0,
  failed: 1,
  usage: 2,
  unavailable: 3,
  noModel: 4,
  noPlan: 5,
  notApproved: 6,
  locked: 7,
  paused: 8,
  declined: 9,
  storage: 10,
} as const;

const SIGNAL_BASE = 128;
const SIGNAL_NUMBERS: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };

const EXIT_OF_ERROR: Record<ErrorCode, number> = {
  usage: EXIT.usage,
  'not-found': EXIT.usage,
  ambiguous: EXIT.usage,
  unreadable: EXIT.usage,
  'newer-version': EXIT.usage,
  'invalid-plan': EXIT.usage,
  'invalid-input': EXIT.usage,
  'missing-input': EXIT.usage,
  'invalid-settings': EXIT.usage,
  'answer-refused': EXIT.usage,
  'snapshot-edited': EXIT.usage,
  'log-edited': EXIT.usage,
  'plan-missing': EXIT.usage,
  'run-final': EXIT.usage,
  'expression-endless': EXIT.usage,
  unavailable: EXIT.unavailable,
  'store-unreachable': EXIT.unavailable,
  'rate-limited': EXIT.unavailable,
  'timed-out': EXIT.unavailable,
  'no-model': EXIT.noModel,
  'key-rejected': EXIT.noModel,
  'no-plan': EXIT.noPlan,
  stale: EXIT.notApproved,
  'project-untrusted': EXIT.notApproved,
  'consents-unconfirmed': EXIT.notApproved,
  'wrong-person': EXIT.notApproved,
  'run-locked': EXIT.locked,
  'approval-needed': EXIT.paused,
  'signal-needed': EXIT.paused,
  'budget-reached': EXIT.paused,
  declined: EXIT.declined,
  interrupted: exitCodeOfSignal('SIGINT'),
  'storage-failed': EXIT.storage,
  'step-failed': EXIT.failed,
  expired: EXIT.failed,
  'tool-failed': EXIT.failed,
  'hook-failed': EXIT.failed,
  'model-reply-unusable': EXIT.failed,
  'model-refused': EXIT.failed,
  'expression-failed': EXIT.failed,
  internal: EXIT.failed,
};

export function exitCodeOfError(code: ErrorCode): number {
  return EXIT_OF_ERROR[code];
}

export function exitCodeOfSignal(signal: string): number {
  return SIGNAL_BASE + (SIGNAL_NUMBERS[signal] ?? SIGNAL_NUMBERS['SIGINT'] ?? 2);
}

/** What a command that drove a run exits with: 0 only for COMPLETE. `signal` is what interrupted it, if anything. */
export function exitCodeOfRun(run: Run, signal?: string): number {
  switch (run.state) {
    case 'COMPLETE':
      return EXIT.complete;
    case 'FAILED':
      return run.error === null ? EXIT.failed : exitCodeOfFailure(run.error.code);
    case 'NEED_CLARIFICATION':
    case 'READY_TO_RESUME':
      return signal === undefined ? EXIT.paused : exitCodeOfSignal(signal);
    case 'NOT_STARTED':
    case 'IN_PROGRESS':
      if (run.queue !== undefined && run.state === 'NOT_STARTED') return EXIT.complete;
      if (signal !== undefined) return exitCodeOfSignal(signal);
      if (run.pause?.reason === 'unavailable') return unavailableCode(run);
      if (run.pause?.reason === 'time') return EXIT.unavailable;
      return run.pause === null ? EXIT.failed : EXIT.paused;
  }
}

/** A run fails by what a step could not do: a person said no, its plan never ends, it was too slow, or done wrong. */
function exitCodeOfFailure(code: ErrorCode): number {
  return SAID_BY_FAILURES.has(code) ? exitCodeOfError(code) : EXIT.failed;
}

const SAID_BY_FAILURES: ReadonlySet<ErrorCode> = new Set(['declined', 'expression-endless', 'timed-out']);

/** Why the world was not ready decides between "try later" and "give me a key". */
function unavailableCode(run: Run): number {
  return run.error === null ? EXIT.unavailable : exitCodeOfError(run.error.code);
}

/**
 * What a batch exits with, from the codes of its lines: 0 only when all are 0. What stopped the batch counts first (a
 * signal, the disk), then a line that failed or did not start, then what can be resumed: a question, else the first.
 */
export function exitCodeOfBatch(codes: Iterable<number>): number {
  const others = [...codes].filter((code) => code !== EXIT.complete);
  const signal = others.find((code) => code > SIGNAL_BASE);
  if (signal !== undefined) return signal;
  if (others.includes(EXIT.storage)) return EXIT.storage;
  if (others.some((code) => !CAN_GO_ON.has(code))) return EXIT.failed;
  return others.includes(EXIT.paused) ? EXIT.paused : (others[0] ?? EXIT.complete);
}

/** Runs that end so are saved and can be resumed as they are. */
const CAN_GO_ON: ReadonlySet<number> = new Set([EXIT.unavailable, EXIT.noModel, EXIT.paused]);
