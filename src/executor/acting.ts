import type { Clarification } from '../domain/clarification.js';
import type { StepStop } from './run-context.js';

/** Answers to questions that belong together, or that the step must wait for them. */
export type Asked = { ok: true; answers: Clarification[] } | { ok: false; stop: StepStop };

/** Milliseconds since the call, by the clock that nobody sets. */
export function startClock(): () => number {
  const start = performance.now();
  return () => Math.round(performance.now() - start);
}
