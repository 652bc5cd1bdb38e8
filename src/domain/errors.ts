import { adviceText, continueInstead, type Advice } from './next-step.js';
import type { Usage } from './plan/plan.js';

/** Every way a command can end without doing its job. The code is a contract; the message is not. */
export const ERROR_CODES = [
  // The request itself is wrong: exit 2.
  'usage',
  'not-found',
  'ambiguous',
  'unreadable',
  'newer-version',
  'invalid-plan',
  'invalid-input',
  'missing-input',
  'invalid-settings',
  'answer-refused',
  'snapshot-edited',
  'log-edited',
  'plan-missing',
  'run-final',
  'expression-endless',
  // The world is not ready: exit 3.
  'unavailable',
  'store-unreachable',
  'rate-limited',
  'timed-out',
  // No model: exit 4.
  'no-model',
  'key-rejected',
  // The planner has no plan: exit 5.
  'no-plan',
  // Something differs from what was approved, or the project was not approved: exit 6.
  'stale',
  'project-untrusted',
  // Answers in it were not given by this user: exit 6, too.
  'consents-unconfirmed',
  // Somebody answered who is not asked: exit 6, too.
  'wrong-person',
  // Another process drives the run: exit 7.
  'run-locked',
  // A person, an event or a budget is needed: exit 8.
  'approval-needed',
  'signal-needed',
  'budget-reached',
  // A person said no: exit 9.
  'declined',
  // Ctrl-C, or another signal, before there was anything to resume: exit 130, 143 or 129.
  'interrupted',
  // The disk: exit 10.
  'storage-failed',
  // The run or portia itself failed: exit 1.
  'step-failed',
  'expired',
  'tool-failed',
  'hook-failed',
  'model-reply-unusable',
  'model-refused',
  'expression-failed',
  'internal',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ErrorDetails {
  /** Why it happened, one or more sentences. */
  why?: string | undefined;
  /** What to do, preferably a command that can be pasted; several lines for alternatives. */
  fix?: Advice | undefined;
  /** Whether the same call may succeed later, unchanged. */
  retryable?: boolean | undefined;
  planId?: string | undefined;
  runId?: string | undefined;
  /** JSON pointer into the file or value at fault. */
  pointer?: string | undefined;
  /** The place in the text at fault; both count from 1. */
  line?: number | undefined;
  column?: number | undefined;
  /** With `interrupted`: the signal, when it was another one than SIGINT. */
  signal?: string | undefined;
  /** Milliseconds that the other side asked us to wait. */
  retryAfterMs?: number | undefined;
  /** Ids of tools that the rest of a run needs, and that are not here. */
  missingTools?: readonly string[] | undefined;
  /** Ids of tools that are not as they were when the run was started. */
  changedTools?: readonly string[] | undefined;
  /** What was spent on a reply that cannot be used. */
  usage?: Usage | undefined;
  cause?: unknown;
}

/**
 * An expected failure that stops a command. The message is one sentence about what happened; `why` and `fix` are in the
 * details.
 */
export class PortiaError extends Error {
  override readonly name = 'PortiaError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.details = details;
  }

  /** What to do, as text; its parts are in the details. */
  get fix(): string | undefined {
    const { fix } = this.details;
    return fix === undefined ? undefined : adviceText(fix);
  }
}

/** The same error of a run that is saved: it is resumed by its id, where a command given again would begin another one. */
export function asErrorOfRun(
  error: PortiaError,
  { next, ...ids }: { runId: string; planId: string; next: Advice },
): PortiaError {
  const { code, message, details } = error;
  return new PortiaError(code, message, { ...details, ...ids, fix: continueInstead(details.fix, next) });
}

/** A failure that is stored in a run, and so survives JSON. */
export type RunError = {
  code: ErrorCode;
  message: string;
  /** As in the PortiaError that it was: why it happened, and what to do. */
  why?: string | undefined;
  fix?: string | undefined;
  /** Path of the step that failed; null when no step did. */
  step: string | null;
  retryable: boolean;
  /** An `exit` of the plan, or of one inside it, ended the run. */
  by_exit?: true | undefined;
};

/** The error of a command as a run keeps it; `retryable` where the error itself does not say. */
export function runErrorOf(error: PortiaError, otherwise: { step: string | null; retryable: boolean }): RunError {
  const { code, message, details } = error;
  const { why, retryable = otherwise.retryable } = details;
  return { code, message, ...(why && { why }), ...(error.fix && { fix: error.fix }), step: otherwise.step, retryable };
}

/** One remark about a document. Several are reported at once. */
export interface Problem {
  /** With an error the document cannot be used; a note says what it will do, and nothing is wrong. */
  severity: 'error' | 'warning' | 'note';
  /** Stable kebab-case name of the rule. */
  rule: string;
  message: string;
  /** JSON pointer (RFC 6901) into the document. */
  pointer: string;
  fix?: Advice | undefined;
  /** Of a note: what it is about, in a few words. */
  about?: string | undefined;
  /** Its place in the text of the document; both count from 1. */
  line?: number | undefined;
  column?: number | undefined;
}

export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Errors of Linux and macOS that Node has no name for. */
const UNNAMED: Readonly<Record<string, string>> = { '122': 'EDQUOT', '69': 'EDQUOT', '116': 'ESTALE', '70': 'ESTALE' };

/** `ENOENT` and the like; undefined for errors that do not come from the system. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof PortiaError || !('code' in error)) return undefined;
  if (typeof error.code !== 'string') return undefined;
  const [, number] = /^Unknown system error -?(\d+)$/.exec(error.code) ?? [];
  if (number !== undefined) return UNNAMED[number] ?? `E${number}`;
  return /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined;
}
