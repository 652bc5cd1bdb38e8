import type { Answer, Clarification } from '../domain/run/clarification.js';
import type { Run } from '../domain/run/run.js';

/** The port to whoever can answer: a person at a terminal, a chat window, a test. */
export interface ClarificationHandler {
  /**
   * Asks all that are open, in order. Gives the answers it got, in the types the questions ask for; leaves out those
   * that the person wants to leave for later. Rejects only when asking itself broke. `run` is the run that asks, as it
   * is now; it must not be changed.
   */
  ask(clarifications: Clarification[], options: { signal: AbortSignal; run?: Run | undefined }): Promise<Answer[]>;
}
