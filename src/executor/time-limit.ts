import { setMaxListeners } from 'node:events';

/** A span of time that ends early with another signal. */
export interface TimeLimit {
  /** Aborted when the time is over or the outer signal is; its reason says which. */
  readonly signal: AbortSignal;
  /** Must be called when the work is over: the timer keeps the process alive, so that nothing ends before its time. */
  clear(): void;
}

// setTimeout turns anything longer into one millisecond.
export const LONGEST_TIMER_MS = 2_147_483_647;

export function limitTime(outer: AbortSignal, ms: number): TimeLimit {
  const { controller, unfollow } = follow(outer);
  const over = () => controller.abort(new DOMException(`longer than ${ms} ms`, 'TimeoutError'));
  const timer = setTimeout(over, Math.min(ms, LONGEST_TIMER_MS));
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      unfollow();
    },
  };
}

/** A controller that aborts with an outer signal, until it no longer follows it. Cheaper than AbortSignal.any. */
export function follow(outer: AbortSignal): { controller: AbortController; unfollow(): void } {
  const controller = new AbortController();
  const forward = () => controller.abort(outer.reason);
  // As many may follow as there are jobs.
  setMaxListeners(0, outer);
  if (outer.aborted) forward();
  else outer.addEventListener('abort', forward, { once: true });
  return { controller, unfollow: () => outer.removeEventListener('abort', forward) };
}

/** The work's outcome, or a rejection with the signal's reason as soon as it is aborted: work may ignore its signal. */
export async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
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

/** The work's outcome, or undefined when it failed or took longer. */
export async function withinTime<Value>(work: Promise<Value>, ms: number): Promise<Value | undefined> {
  const limit = limitTime(new AbortController().signal, ms);
  try {
    return await untilAborted(work, limit.signal);
  } catch {
    // Why it did not end well no longer matters to whoever could wait only so long.
    return undefined;
  } finally {
    limit.clear();
  }
}
