import { asText, type Json, type JsonObject } from '../../domain/values/json.js';
import { ContentRefused } from './content-refused.js';
import { decode } from './decode-content.js';
import type { Query, QueryFindings, QueryJob, QueryResult } from './query-job.js';
import type { Engine } from './sqlite-engines.js';

interface Place {
  column: string;
  /** From 1; 0 for the name of a column. */
  row: number;
}

/** Reads rows one after the other, because all of them may not fit into memory. */
export class QueryRows {
  readonly findings: QueryFindings = {};
  readonly #engine: Engine;
  readonly #job: QueryJob;
  readonly #decoder: InstanceType<typeof TextDecoder>;
  #length = 0;
  #views = 0;

  constructor(engine: Engine, job: QueryJob) {
    this.#engine = engine;
    this.#job = job;
    this.#decoder = new TextDecoder(job.encoding, { fatal: job.encoding === 'utf-8', ignoreBOM: true });
  }

  /** Throws an Error with SQLite's words, or ContentRefused. */
  read(query: Query): QueryResult {
    return query.isReport === true ? this.#readReport(query.sql) : this.#readTable(query.sql);
  }

  #readReport(sql: string): QueryResult {
    const rows: JsonObject[] = [];
    for (const row of this.#engine.rows(sql)) {
      const cells = Object.entries(row).map(
        ([column, cell]) => [column, this.#json(cell, { column, row: 0 })] as const,
      );
      rows.push(this.#counted(Object.fromEntries(cells)));
    }
    return { names: Object.keys(rows[0] ?? {}), rows };
  }

  /**
   * Text comes as its bytes, and blobs as text: what an engine makes of text is cut at a zero, and mixes up the letters of
   * other encodings. The columns come by their places, because two may have one name.
   */
  #readTable(sql: string): QueryResult {
    this.#views += 1;
    const view = `portia_result_${this.#views}`;
    // Its LIMIT lets SQLite evaluate each column once, although it is named more than once below.
    for (const _ of this.#engine.rows(`CREATE TEMP VIEW ${view} AS SELECT * FROM (${sql}) LIMIT -1`)) continue;
    const named = this.#engine.rows(`SELECT CAST(name AS BLOB) AS name FROM pragma_table_info('${view}')`);
    const names = Array.from(named, ({ name }) => asText(this.#json(name, { column: '', row: 0 })));
    const places = names.map((_, index) => `c${index}`);
    const cells = places.map(
      (at) =>
        `CASE typeof(${at}) WHEN 'text' THEN CAST(${at} AS BLOB) WHEN 'blob' THEN lower(hex(${at})) ELSE ${at} END`,
    );
    const marked = `WITH result (${places.join()}) AS (SELECT * FROM ${view}) SELECT ${cells.join()} FROM result LIMIT -1`;
    const rows: JsonObject[] = [];
    for (const row of this.#engine.rows(marked)) {
      const values = Object.values(row);
      const number = rows.length + 1;
      const entries = names.map((column, at) => [column, this.#json(values[at], { column, row: number })] as const);
      rows.push(this.#counted(Object.fromEntries(entries)));
    }
    return { names, rows };
  }

  #counted(row: JsonObject): JsonObject {
    this.#length += JSON.stringify(row).length;
    const { maxLength } = this.#job;
    if (this.#length > maxLength)
      throw new ContentRefused(`the rows are larger than ${maxLength} characters; select fewer`);
    return row;
  }

  #json(cell: unknown, place: Place): Json {
    if (cell instanceof Uint8Array) return this.#text(cell, place);
    if (typeof cell === 'string' || typeof cell === 'number') return cell;
    if (typeof cell !== 'bigint') return null;
    const number = Number(cell);
    if (Number.isSafeInteger(number)) return number;
    this.findings.keptDigits ??= cell.toString();
    return cell.toString();
  }

  #text(bytes: Uint8Array, place: Place): string {
    try {
      return this.#decoder.decode(bytes);
    } catch {
      const { otherEncoding } = this.#job;
      if (otherEncoding !== undefined) return decode(bytes, otherEncoding);
      this.findings.notUtf8 ??= place;
      return Buffer.from(bytes).toString('latin1');
    }
  }
}
