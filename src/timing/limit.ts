/** A span of time that ends early with another signal. */
export interface TimeLimit {
  /** Aborted when the time is over or the outer signal is; its reason says which. */
  readonly signal: AbortSignal;
  /** What is left of the span, in milliseconds. */
  remainingMs(): number;
  /**
   * The work's outcome, or a rejection with the signal's reason as soon as it is aborted: work may ignore its signal. One
   * at a time.
   */
  race<Value>(work: Promise<Value>): Promise<Value>;
  /** The span starts again, unless it is over. */
  restart(): void;
  /** Must be called when the work is over: the timer keeps the process alive, so that nothing ends before its time. */
  clear(): void;
}

/** The longest span of a timer: setTimeout turns anything longer into one millisecond. */
export const LONGEST_TIMER_MS = 2_147_483_647;

/** A timer whose span may be any number: what is longer than a timer can be ends when the longest one does. */
export function startTimer(ms: number, over: () => void): NodeJS.Timeout {
  return setTimeout(over, Math.min(ms, LONGEST_TIMER_MS));
}

export interface LimitOptions {
  /** Makes the reason with which the signal is aborted at the end of the span. Default: a `TimeoutError`. */
  late?(): Error;
  /**
   * Asked at the end of the span: when the work began, on the clock of `performance.now`. The span began then, too.
   * Default: with `limitTime`. Never rejects.
   */
  begunAt?: (() => Promise<number>) | undefined;
}

/** Begins a span of time. */
export function limitTime(outer: AbortSignal, ms: number, options: LimitOptions = {}): TimeLimit {
  const { late = () => timeoutError(ms), begunAt } = options;
  const controller = new AbortController();
  const { signal } = controller;
  let giveUp = (_reason: unknown): void => undefined;
  const end = (reason: unknown) => {
    controller.abort(reason);
    giveUp(reason);
  };
  const isOver = async () => {
    const asked = timer;
    startedAt = Math.max(startedAt, (await begunAt?.()) ?? 0);
    // Meanwhile the work may have ended, or the span may have started again.
    if (timer !== asked || signal.aborted) return;
    const left = startedAt + ms - performance.now();
    if (left > 0) timer = start(left);
    else end(late());
  };
  const start = (span: number) => startTimer(span, begunAt === undefined ? () => end(late()) : () => void isOver());
  let startedAt = performance.now();
  let timer: NodeJS.Timeout | undefined = start(ms);
  const unfollow = onAbort(outer, end);
  return {
    signal,
    remainingMs: () => Math.max(0, Math.min(ms, LONGEST_TIMER_MS) - (performance.now() - startedAt)),
    race: async (work) =>
      new Promise((resolve, reject) => {
        giveUp = reject;
        if (signal.aborted) reject(signal.reason);
        work.then(resolve, reject);
      }),
    restart() {
      if (timer === undefined || signal.aborted) return;
      clearTimeout(timer);
      startedAt = performance.now();
      timer = start(ms);
    },
    clear() {
      clearTimeout(timer);
      timer = undefined;
      unfollow();
    },
  };
}

function timeoutError(ms: number): DOMException {
  return new DOMException(`longer than ${ms} ms`, 'TimeoutError');
}

/** A controller that aborts with an outer signal, until it no longer follows it. Cheaper than AbortSignal.any. */
export function follow(outer: AbortSignal): { controller: AbortController; unfollow(): void } {
  const controller = new AbortController();
  return { controller, unfollow: onAbort(outer, (reason) => controller.abort(reason)) };
}

/**
 * Calls back with the reason once the signal is aborted, at once when it already is. Gives a function that stops this.
 */
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

/** The work's outcome, or a rejection after `ms` without one. `late` makes its reason. Default: a `TimeoutError`. */
export async function settleWithin<Value>(
  work: Promise<Value>,
  ms: number,
  late: () => Error = () => timeoutError(ms),
): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_resolve, reject) => {
    timer = startTimer(ms, () => reject(late()));
  });
  try {
    return await Promise.race([work, over]);
  } finally {
    clearTimeout(timer);
  }
}
