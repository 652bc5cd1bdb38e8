/** A span of time in which something must be done, ended early by a signal. */
export interface Deadline {
  /** Aborted when the time is over or the outer signal is; its reason says which. */
  readonly signal: AbortSignal;
  remainingMs(): number;
  /** The work's outcome, or a rejection with the signal's reason as soon as the signal is aborted. */
  race<T>(work: Promise<T>): Promise<T>;
  /** Must be called when the work is over: the timer keeps the process alive. */
  clear(): void;
}

// setTimeout turns anything longer into one millisecond.
const LONGEST_TIMER_MS = 2_147_483_647;

/** Starts the clock. `reason` makes the error with which `signal` is aborted when the time is over. */
export function startDeadline(outer: AbortSignal, ms: number, reason: () => Error): Deadline {
  const controller = new AbortController();
  const span = Math.min(ms, LONGEST_TIMER_MS);
  const startedAt = performance.now();
  const timer = setTimeout(() => controller.abort(reason()), span);
  const forward = (): void => controller.abort(outer.reason);
  if (outer.aborted) forward();
  else outer.addEventListener('abort', forward, { once: true });
  return {
    signal: controller.signal,
    remainingMs: () => Math.max(0, span - (performance.now() - startedAt)),
    race: (work) => raceAgainst(work, controller.signal),
    clear: () => {
      clearTimeout(timer);
      outer.removeEventListener('abort', forward);
    },
  };
}

/** The work's outcome, or a rejection with `reason` after `ms` without one. */
export async function settleWithin<T>(work: Promise<T>, ms: number, reason: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(reason()), Math.min(ms, LONGEST_TIMER_MS));
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function raceAgainst<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
