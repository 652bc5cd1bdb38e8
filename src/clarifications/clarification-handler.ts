import type { Answer, Clarification } from '../domain/run/clarification.js';
import type { Run } from '../domain/run/run.js';

/** The port to whoever can answer: a person at a terminal, a chat window, a test. */
export interface ClarificationHandler {
  /**
   * Asks all that are open, in order. Gives the answers it got, in the types the questions ask for; leaves out those
   * that the person wants to leave for later. Rejects only when asking itself broke. `run` is the run that asks, as it
   * is now; it must not be changed. `untilDone` tells when something that the person does elsewhere is done.
   */
  ask(
    clarifications: Clarification[],
    options: { signal: AbortSignal; run?: Run | undefined; untilDone?: UntilDone | undefined },
  ): Promise<Answer[]>;
}

/** Resolves to true once what the question asks for is done, and to false when the signal ends that before. */
export type UntilDone = (question: Clarification, signal: AbortSignal) => Promise<boolean>;
