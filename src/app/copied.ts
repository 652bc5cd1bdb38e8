import { PortiaError, type ErrorCode } from '../domain/errors.js';
import type { Store } from '../storage/store.js';

/** From which store to which. */
export interface CopyWay {
  from: Store;
  to: Store;
}

/** One thing that was to be copied. */
export interface ToCopy {
  kind: 'plan' | 'end_user' | 'run' | 'start_key';
  id: string;
}

/** What became of it. */
export interface CopyOutcome {
  /**
   * `copied`: it was not there, or what is new of it was not. `same`: it was there. `further`: it is there with more
   * events. `differs`: another one is there. `driven`: a process drives the run. `refused`: it cannot be copied.
   */
  outcome: 'copied' | 'same' | 'further' | 'differs' | 'driven' | 'refused';
  /** For all but the first three. */
  why?: string;
}

export type Copied = ToCopy & CopyOutcome;

const OUTCOMES: Partial<Record<ErrorCode, CopyOutcome['outcome']>> = { stale: 'differs', 'run-locked': 'driven' };

/** Where a store itself fails, nothing else can be copied either. */
const OF_STORES: ReadonlySet<ErrorCode> = new Set(['store-unreachable', 'storage-failed', 'internal']);

/** Copies one thing. What is wrong with it is its outcome. */
export async function orRefused(what: ToCopy, copy: () => Promise<CopyOutcome>): Promise<Copied> {
  try {
    return { ...what, ...(await copy()) };
  } catch (error) {
    if (!(error instanceof PortiaError) || OF_STORES.has(error.code)) throw error;
    const why = [error.message, error.details.why].filter(Boolean).join(' ');
    return { ...what, outcome: OUTCOMES[error.code] ?? 'refused', why };
  }
}
