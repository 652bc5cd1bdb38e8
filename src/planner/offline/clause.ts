import type { Formula } from './formula.js';

/** One thing to do, understood completely. A null file or database was not named. */
export type Clause =
  | { kind: 'calculate'; formula: Formula }
  | { kind: 'read'; filename: string | null }
  | { kind: 'write'; text: string; filename: string | null }
  /** Writes the earlier value. */
  | { kind: 'save'; filename: string | null }
  | { kind: 'convert'; from: string; to: string; as: 'json' | 'csv' }
  | { kind: 'run-sql'; sql: string; database: string | null }
  | { kind: 'list-tables'; database: string | null }
  | { kind: 'describe-tables'; tables: string[]; database: string | null };

/** What "it" and "the result" mean: nothing, a number, or a value that cannot be calculated with. */
export type Previous = 'nothing' | 'number' | 'value';

/** Where a clause stands. */
export interface ClauseContext {
  query: string;
  previous: Previous;
  /** Offset in the query where the clause ends: what is missing is missing there. */
  end: number;
}
