import { digestText } from '../values/digest.js';
import type { Json } from '../values/json.js';
import type { RunId } from '../values/ids.js';

/** An event outside that runs wait for, by its name and what it is about. */
export interface AwaitedEvent {
  event: string;
  /** Empty for an event that is about nothing in particular. */
  key: string;
}

/** What somebody tells of an event. */
export interface NewSignal extends AwaitedEvent {
  data: Json;
}

/** A signal that a run has taken, and that nobody else gets. */
export interface TakenSignal {
  id: string;
  data: Json;
  /** ISO 8601, UTC, by the clock of the store. */
  sent_at: string;
}

/** What a run takes: an event, once for each effect. */
export interface WantedSignal extends AwaitedEvent {
  run: RunId;
  /** Key of the effect that waits: asked again, it gets the same signal. */
  effect: string;
  /** Later ones are left to others: ISO 8601, UTC. */
  until?: string | undefined;
}

/** How long a signal is kept that no run takes, in milliseconds. */
export const SIGNAL_KEPT_MS = 7 * 86_400_000;

/** Bytes of JSON that the data of a signal may have. */
export const SIGNAL_BYTES = 1_000_000;

/** Finds the signals of an event whatever its name and key are. */
export function subjectOf({ event, key }: AwaitedEvent): string {
  return digestText(JSON.stringify([event, key]));
}

/** Who has a signal, in a form that is part of the name of a file. */
export function takerOf({ run, effect }: Pick<WantedSignal, 'run' | 'effect'>): string {
  return digestText(JSON.stringify([run, effect]));
}

/** Whether a signal is not too old for runs. */
export function isKept({ sent_at: sentAt }: Pick<TakenSignal, 'sent_at'>, now: Date): boolean {
  return Date.parse(sentAt) > now.getTime() - SIGNAL_KEPT_MS;
}

/** Whether it was sent before the run that wants it waits no longer. */
export function isInTime({ sent_at: sentAt }: Pick<TakenSignal, 'sent_at'>, { until }: WantedSignal): boolean {
  return until === undefined || sentAt <= until;
}

/** The event as people read it. */
export function eventText({ event, key }: AwaitedEvent): string {
  return key === '' ? event : `${event} (${key})`;
}
