import { setImmediate } from 'node:timers/promises';

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
