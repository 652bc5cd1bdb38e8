/** A span of time that ends early with another signal. */
export interface TimeLimit {
  /** Aborted when the time is over or the outer signal is; its reason says which. */
  readonly signal: AbortSignal;
  /** The work's outcome, or a rejection with the signal's reason as soon as it is aborted: work may ignore its signal. */
  race<Value>(work: Promise<Value>): Promise<Value>;
  /** The span begins anew, unless it is over. */
  restart(): void;
  /** Must be called when the work is over: the timer keeps the process alive, so that nothing ends before its time. */
  clear(): void;
}

// setTimeout turns anything longer into one millisecond.
export const LONGEST_TIMER_MS = 2_147_483_647;

export function limitTime(outer: AbortSignal, ms: number): TimeLimit {
  const controller = new AbortController();
  const { signal } = controller;
  let giveUp = (_reason: unknown): void => undefined;
  const end = (reason: unknown) => {
    controller.abort(reason);
    giveUp(reason);
  };
  const late = () => end(new DOMException(`longer than ${ms} ms`, 'TimeoutError'));
  const startTimer = () => setTimeout(late, Math.min(ms, LONGEST_TIMER_MS));
  let timer: NodeJS.Timeout | undefined = startTimer();
  const unfollow = onAbort(outer, end);
  return {
    signal,
    race: async (work) =>
      new Promise((resolve, reject) => {
        giveUp = reject;
        if (signal.aborted) reject(signal.reason);
        work.then(resolve, reject);
      }),
    restart() {
      if (timer === undefined || signal.aborted) return;
      clearTimeout(timer);
      timer = startTimer();
    },
    clear() {
      clearTimeout(timer);
      timer = undefined;
      unfollow();
    },
  };
}

/** A controller that aborts with an outer signal, until it no longer follows it. Cheaper than AbortSignal.any. */
export function follow(outer: AbortSignal): { controller: AbortController; unfollow(): void } {
  const controller = new AbortController();
  return { controller, unfollow: onAbort(outer, (reason) => controller.abort(reason)) };
}

/** Tells the reason once the signal is aborted, at once when it is already. Gives what stops that. */
function onAbort(signal: AbortSignal, tell: (reason: unknown) => void): () => void {
  const listener = () => tell(signal.reason);
  if (signal.aborted) listener();
  else signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

/** The work's outcome, or a rejection with the signal's reason as soon as it is aborted: work may ignore its signal. */
export async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  let unfollow = (): void => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    unfollow = onAbort(signal, reject);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    unfollow();
  }
}

/** The work's outcome, or undefined when it failed or took longer. */
export async function withinTime<Value>(work: Promise<Value>, ms: number): Promise<Value | undefined> {
  const limit = limitTime(new AbortController().signal, ms);
  try {
    return await limit.race(work);
  } catch {
    // Why it did not end well no longer matters to whoever could wait only so long.
    return undefined;
  } finally {
    limit.clear();
  }
}
