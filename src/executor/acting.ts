import { setImmediate } from 'node:timers/promises';

import type { Clarification } from '../domain/run/clarification.js';
import { interruptionOf } from './interruption.js';
import type { RunContext, StepStop } from './run-context.js';

/** Answers to questions that belong together, or that the step must wait for them. */
export type Asked = { ok: true; answers: Clarification[] } | { ok: false; stop: StepStop };

/** Milliseconds since the call, by the clock that nobody sets. */
export function startClock(): () => number {
  const start = performance.now();
  return () => Math.round(performance.now() - start);
}

/** How long steps may follow one another before signals, timers and the screen get their turn. */
const TURN_MS = 20;
let turnBegan = performance.now();
let nextTurn: Promise<void> | undefined;

/** Lets everything else in the process run for a moment, when quick steps have kept it waiting. */
export async function takeTurns(): Promise<void> {
  if (performance.now() - turnBegan < TURN_MS) return;
  // Steps side by side continue side by side.
  nextTurn ??= passTurn();
  await nextTurn;
}

/** The first turn may end the round of the loop in which this process was blocked; signals are heard in the next one. */
async function passTurn(): Promise<void> {
  await setImmediate();
  await setImmediate();
  nextTurn = undefined;
  turnBegan = performance.now();
}

/** Nothing begins to act once the run was interrupted or the step's time is over. */
export function throwIfStopped({ signal, runSignal }: Pick<RunContext, 'signal' | 'runSignal'>): void {
  const interruption = interruptionOf(runSignal);
  if (interruption !== undefined) throw interruption;
  signal.throwIfAborted();
}
