import { PortiaError } from '../domain/errors.js';
import type { Run } from '../domain/run/run.js';
import type { Store } from '../storage/store.js';
import { answerDriven, type AnswerOptions } from './answer-run.js';
import type { Secrets } from './held-secrets.js';
import type { DrivenLog, MeanwhileAnswers } from './services.js';

/** Takes answers for the questions of one run while this process drives it. */
export class AnswersMeanwhile implements MeanwhileAnswers {
  readonly #parts: { store: Store; secrets: Secrets };
  #log: DrivenLog | undefined;

  constructor(parts: { store: Store; secrets: Secrets }) {
    this.#parts = parts;
  }

  open(log: DrivenLog): () => void {
    this.#log = log;
    return () => (this.#log = undefined);
  }

  /**
   * Records answers. Gives the run as it is then; undefined when it takes none at this moment, because it has not begun or
   * is about to stop. Rejects as `answerRun` does.
   */
  async give(options: Omit<AnswerOptions, 'early' | 'secrets'>): Promise<Run | undefined> {
    const log = this.#log;
    if (log === undefined) return undefined;
    const isTaken = await answerDriven(log, {
      ...options,
      ...this.#parts,
      mayRecord: (answers) => {
        if (this.#log !== log) return false;
        for (const { id } of answers) refuseAnswered(log.run, id);
        return true;
      },
    });
    return isTaken ? log.run : undefined;
  }
}

/** Somebody else may have been faster. */
function refuseAnswered(run: Run, id: string): void {
  if (run.outputs.clarifications.some((question) => question.id === id && !question.resolved)) return;
  throw new PortiaError('answer-refused', 'The question is no longer open.', { runId: run.id });
}
