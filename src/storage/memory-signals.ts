import {
  isInTime,
  isKept,
  subjectOf,
  takerOf,
  type AwaitedEvent,
  type NewSignal,
  type TakenSignal,
  type WantedSignal,
} from '../domain/run/signals.js';
import type { Now } from '../domain/values/ids.js';
import { newSignalId } from './signal-id.js';

interface KeptSignal extends TakenSignal {
  subject: string;
  /** Run and effect that have it. */
  taker?: string | undefined;
}

/** Signals for as long as the process lives. */
export class MemorySignals {
  readonly #now: Now;
  /** In the order in which they were sent. */
  #kept: KeptSignal[] = [];

  constructor(now: Now) {
    this.#now = now;
  }

  send({ data, ...event }: NewSignal): { id: string; sent_at: string } {
    const sent = { id: newSignalId(), sent_at: this.#now().toISOString() };
    this.#removeOld();
    this.#kept.push({ ...sent, subject: subjectOf(event), data: structuredClone(data) });
    return sent;
  }

  take(wanted: WantedSignal): TakenSignal | undefined {
    this.#removeOld();
    const subject = subjectOf(wanted);
    const taker = takerOf(wanted);
    const ofEvent = this.#kept.filter((signal) => signal.subject === subject);
    const found =
      ofEvent.find((signal) => signal.taker === taker) ??
      ofEvent.find((signal) => signal.taker === undefined && isInTime(signal, wanted));
    if (found === undefined) return undefined;
    found.taker = taker;
    const { id, sent_at, data } = found;
    return { id, sent_at, data: structuredClone(data) };
  }

  has(event: AwaitedEvent): boolean {
    this.#removeOld();
    const subject = subjectOf(event);
    return this.#kept.some((signal) => signal.subject === subject && signal.taker === undefined);
  }

  count(): number {
    this.#removeOld();
    return this.#kept.filter(({ taker }) => taker === undefined).length;
  }

  forget({ id }: TakenSignal): void {
    this.#kept = this.#kept.filter((signal) => signal.id !== id);
  }

  #removeOld(): void {
    const now = this.#now();
    this.#kept = this.#kept.filter((signal) => isKept(signal, now));
  }
}
