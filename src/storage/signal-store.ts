import type { AwaitedEvent, NewSignal, TakenSignal, WantedSignal } from '../domain/run/signals.js';
import type { RunId } from '../domain/values/ids.js';

export interface SignalStore {
  /** Keeps a signal until a run takes it, 7 days at most, and lets runs continue that wait for it: of several one gets it. */
  sendSignal(signal: NewSignal): Promise<SentSignal>;
  /** The oldest signal that fits and that nobody has; asked again for the same effect, the same one. */
  takeSignal(wanted: WantedSignal): Promise<TakenSignal | undefined>;
  /** Whether there is one that nobody has. */
  hasSignal(event: AwaitedEvent): Promise<boolean>;
  /** How many there are that nobody has. */
  countSignals(): Promise<number>;
  /** Forgets a signal whose run has recorded it. */
  forgetSignal(signal: TakenSignal): Promise<void>;
}

/** A signal that is kept, and the runs that wait for it, the newest first. */
export interface SentSignal {
  id: string;
  /** ISO 8601, UTC. */
  sent_at: string;
  waiting: RunId[];
}
