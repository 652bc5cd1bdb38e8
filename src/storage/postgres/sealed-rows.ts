import { isClarificationId, type ClarificationId, type RunId } from '../../domain/values/ids.js';
import type { SealedAnswers } from '../sealed-answers.js';
import type { Database } from './database.js';

/** The table of secret answers. */
export class SealedRows implements SealedAnswers {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async keepSealed(id: RunId, question: ClarificationId, sealed: string): Promise<void> {
    await this.#database.query(
      `insert into sealed_answers (run_id, question_id, sealed) values ($1, $2, $3)
       on conflict (run_id, question_id) do update set sealed = excluded.sealed`,
      [id, question, sealed],
    );
  }

  async readSealed(id: RunId): Promise<ReadonlyMap<ClarificationId, string>> {
    const rows = await this.#database.read('select question_id, sealed from sealed_answers where run_id = $1', [id]);
    const sealed = new Map<ClarificationId, string>();
    for (const { question_id: question, sealed: text } of rows) {
      if (isClarificationId(question)) sealed.set(question, String(text));
    }
    return sealed;
  }

  async forgetSealed(id: RunId, questions: readonly ClarificationId[]): Promise<void> {
    await this.#database.query('delete from sealed_answers where run_id = $1 and question_id = any($2)', [
      id,
      questions,
    ]);
  }
}
