import { randomUUID } from 'node:crypto';

import { PortiaError } from '../../domain/errors.js';
import { isRunId } from '../../domain/values/ids.js';
import { Watchers, type RunWatch } from '../run-watch.js';
import type { Database } from './database.js';
import { isUnreachable } from './database-problem.js';

/** How often the connection is looked after, in milliseconds. */
const TEND_MS = 1_000;
/** For how long the database knows that somebody listens, and after which time it is told again, in milliseconds. */
const [KNOWN_MS, SAY_MS] = [30_000, 10_000];

/** Tells those who watch runs what the database tells. One connection listens for all of them, while there are any. */
export class RunNews implements RunWatch {
  readonly #database: Database;
  readonly #id = randomUUID();
  readonly #watchers = new Watchers();
  #timer: NodeJS.Timeout | undefined;
  #stopListening: (() => Promise<void>) | undefined;
  #sayAt = 0;
  /** One is done after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(database: Database) {
    this.#database = database;
  }

  watch: RunWatch['watch'] = async (watched, told) => {
    const leave = this.#watchers.add(watched, told);
    this.#timer ??= setInterval(() => void this.#inTurn(() => this.#tend()), TEND_MS).unref();
    await this.#inTurn(() => this.#tend());
    return async () => {
      leave();
      await this.#inTurn(() => this.#endIfIdle());
    };
  };

  /** Where nothing can be told, everybody looks. */
  async #tend(): Promise<void> {
    if (this.#watchers.isEmpty) return;
    try {
      if (this.#stopListening === undefined) await this.#listen();
      if (performance.now() >= this.#sayAt) await this.#say();
    } catch (error) {
      if (!(error instanceof PortiaError)) throw error;
      this.#watchers.tell();
    }
  }

  async #listen(): Promise<void> {
    const told = (text: string) => {
      if (isRunId(text)) this.#watchers.tell(text);
    };
    this.#stopListening = await this.#database.listen(told, () => {
      this.#stopListening = undefined;
      this.#sayAt = 0;
    });
    await this.#say();
    // What was recorded before nobody could tell.
    this.#watchers.tell();
  }

  async #say(): Promise<void> {
    await this.#database.query(
      `insert into watchers (id, until) values ($1, now() + $2 * interval '1 ms')
       on conflict (id) do update set until = excluded.until`,
      [this.#id, KNOWN_MS],
    );
    this.#sayAt = performance.now() + SAY_MS;
  }

  async #endIfIdle(): Promise<void> {
    if (!this.#watchers.isEmpty || this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#sayAt = 0;
    const stop = this.#stopListening;
    this.#stopListening = undefined;
    await stop?.();
    await this.#database.query('delete from watchers where id = $1 or until < now()', [this.#id]).catch((error) => {
      // It ends by itself.
      if (!isUnreachable(error)) throw error;
    });
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const acted = this.#turn.then(act);
    this.#turn = acted.catch(() => undefined);
    return acted;
  }
}
