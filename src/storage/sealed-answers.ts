import type { ClarificationId, RunId } from '../domain/values/ids.js';

/** Secret answers that wait for the worker that continues their run. */
export interface SealedAnswers {
  /** Keeps a secret answer to a question of the run, as a text that nobody can read without its key. */
  keepSealed(id: RunId, question: ClarificationId, sealed: string): Promise<void>;
  /** Those of the run, by their questions. */
  readSealed(id: RunId): Promise<ReadonlyMap<ClarificationId, string>>;
  forgetSealed(id: RunId, questions: readonly ClarificationId[]): Promise<void>;
}
