import type { Lesson, WantedCall } from '../../domain/run/call-limits.js';
import type { BegunCall, CallLedger } from './call-ledger.js';

export interface GateClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Rejects when the signal is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** A call that waits for its turn. */
export interface WaitingCall extends WantedCall {
  /** Whose call it is: jobs are let in by turns. */
  job: string;
  signal: AbortSignal;
  /** Told for all that wait: milliseconds, or undefined when another call must end first. */
  onWait?: ((ms: number | undefined) => void) | undefined;
}

/** A call that was let in. */
export interface Pass {
  leave(lesson: Lesson): Promise<void>;
}

interface Waiting {
  call: WaitingCall;
  letIn(call: BegunCall): void;
  giveUp(reason: unknown): void;
}

/** Waits that are shorter are not told. */
const TOLD_FROM_MS = 1000;

/**
 * Lets calls of one provider in as its limits allow: jobs by turns, the calls of each in their order. Whatever ends a
 * call, `leave` must be called.
 */
export class ProviderGate {
  readonly #ledger: CallLedger;
  readonly #clock: GateClock;
  readonly #waiting = new Set<Waiting>();
  /** When each job was let in last. */
  readonly #turns = new Map<string, number>();
  #turn = 0;
  #isLettingIn = false;
  #news = 0;
  #wake = (): void => undefined;
  /** Until when a wait was told, and whether one for the end of another call was. */
  #told = { until: 0, forEnd: false };

  constructor(ledger: CallLedger, clock: GateClock) {
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Rejects with the signal's reason when it is aborted first. */
  async enter(call: WaitingCall): Promise<Pass> {
    const { signal } = call;
    signal.throwIfAborted();
    let stop = (): void => undefined;
    const begun = await new Promise<BegunCall>((letIn, giveUp) => {
      const waiting: Waiting = { call, letIn, giveUp };
      stop = () => {
        this.#waiting.delete(waiting);
        giveUp(signal.reason);
        this.#hear();
      };
      signal.addEventListener('abort', stop, { once: true });
      this.#waiting.add(waiting);
      this.#hear();
      void this.#letAllIn();
    }).finally(() => signal.removeEventListener('abort', stop));
    return {
      leave: async (lesson) => {
        await this.#ledger.end(begun, lesson);
        this.#hear();
      },
    };
  }

  #hear(): void {
    this.#news += 1;
    this.#wake();
  }

  async #letAllIn(): Promise<void> {
    if (this.#isLettingIn) return;
    this.#isLettingIn = true;
    try {
      while (this.#waiting.size > 0) {
        const heard = this.#news;
        const wait = await this.#letOneIn();
        if (wait !== undefined && heard === this.#news) await this.#sleep(wait.ms);
      }
    } catch (error) {
      for (const { giveUp } of this.#waiting) giveUp(error);
      this.#waiting.clear();
    } finally {
      this.#isLettingIn = false;
      this.#turns.clear();
      this.#told = { until: 0, forEnd: false };
    }
  }

  /** How long nobody can be let in; undefined when somebody was. */
  async #letOneIn(): Promise<{ ms: number | undefined } | undefined> {
    const busy = new Set<string>();
    let shortest: number | undefined;
    for (const waiting of this.#inTurn()) {
      const { call } = waiting;
      if (busy.has(call.model) || !this.#waiting.has(waiting)) continue;
      const begun = await this.#ledger.begin(call);
      if (begun.kind === 'begun') {
        await this.#admit(waiting, begun.call);
        return undefined;
      }
      busy.add(call.model);
      if (begun.ms !== undefined) shortest = Math.min(begun.ms, shortest ?? Infinity);
      this.#tell(call, begun.ms);
      if (begun.of === 'provider') break;
    }
    return { ms: shortest };
  }

  async #admit(waiting: Waiting, begun: BegunCall): Promise<void> {
    if (!this.#waiting.delete(waiting)) return this.#ledger.end(begun, {});
    this.#turn += 1;
    this.#turns.set(waiting.call.job, this.#turn);
    waiting.letIn(begun);
  }

  #inTurn(): Waiting[] {
    const turnOf = ({ call }: Waiting) => this.#turns.get(call.job) ?? 0;
    return [...this.#waiting].sort((one, other) => turnOf(one) - turnOf(other));
  }

  #tell({ onWait }: WaitingCall, ms: number | undefined): void {
    const until = this.#clock.now() + (ms ?? 0);
    const isTold = ms === undefined ? this.#told.forEnd : until < this.#told.until + TOLD_FROM_MS;
    if (isTold || (ms !== undefined && ms < TOLD_FROM_MS)) return;
    if (ms === undefined) this.#told.forEnd = true;
    else this.#told.until = until;
    onWait?.(ms);
  }

  async #sleep(ms: number | undefined): Promise<void> {
    const controller = new AbortController();
    const woken = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    const most = Math.min(ms ?? Infinity, this.#ledger.pollMs ?? Infinity);
    try {
      await (most === Infinity ? woken : Promise.race([woken, this.#clock.sleep(most, controller.signal)]));
    } finally {
      this.#wake = () => undefined;
      controller.abort();
    }
  }
}
