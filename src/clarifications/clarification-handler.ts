import type { Answer, Clarification } from '../domain/clarification.js';

/** The port to whoever can answer: a person at a terminal, a chat window, a test. */
export interface ClarificationHandler {
  /**
   * Asks all that are open, in order. Gives the answers it got, in the types the questions ask for; leaves out those
   * that the person wants to leave for later. Rejects only when asking itself broke.
   */
  ask(clarifications: Clarification[], options: { signal: AbortSignal }): Promise<Answer[]>;
}
