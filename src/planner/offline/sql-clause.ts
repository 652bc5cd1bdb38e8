import type { Clause } from './clause.js';
import { databaseNameOf, parseDatabaseName } from './names.js';
import { Phrase, wordOf } from './phrase.js';
import { OfflineRefusal, type Token } from './tokens.js';

const STATEMENT = /^[\s(]*(?:select|with)\b/i;
const VERBS: ReadonlySet<string> = new Set(['run', 'execute', 'query', 'select', 'with']);

/** Whether a clause that begins with this token is SQL. */
export function beginsSql(token: Token | undefined): boolean {
  return VERBS.has(wordOf(token) ?? '');
}

/** Index of the first token from `start` that is a `then` outside SQL's own `case … when … then … end`. */
export function findThenOutsideCases(tokens: Token[], start: number): number {
  let openCases = 0;
  for (let index = start; index < tokens.length; index += 1) {
    const word = wordOf(tokens[index]) ?? '';
    if (/^\(*case$/.test(word)) openCases += 1;
    else if (/^end\)*$/.test(word)) openCases = Math.max(0, openCases - 1);
    else if (word === 'then' && openCases === 0) return index;
  }
  return tokens.length;
}

/** `run select … on shop.db`, `run "select …"`, `query shop.db: select …`. The statement itself is not judged here. */
export function parseSqlClause(tokens: Token[], context: { query: string; end: number }): Clause {
  const phrase = new Phrase(tokens, context.end);
  if (phrase.takeWords('query')) {
    const database = parseDatabaseName(phrase);
    if (!phrase.takeMark(':')) phrase.refuse('after the database comes a colon and a SQL select');
    return { kind: 'run-sql', sql: readStatement(phrase.takeRest(), context), database };
  }
  if (phrase.takeWords('run', 'execute')) {
    phrase.takeWords('the');
    phrase.takeWords('sql');
    phrase.takeWords('query', 'statement');
    phrase.takeMark(':');
  }
  const rest = phrase.takeRest();
  const last = rest.at(-1);
  if (rest.length === 1 && last?.kind === 'quoted') {
    return { kind: 'run-sql', sql: readStatement(rest, context), database: null };
  }
  const database = databaseNameOf(last);
  const joint = wordOf(rest.at(-2)) ?? '';
  if (database !== undefined && (joint === 'on' || joint === 'against')) {
    return { kind: 'run-sql', sql: readStatement(rest.slice(0, -2), context), database };
  }
  throw new OfflineRefusal('SQL is understood as: run "select …" on shop.db', rest[0]?.start ?? context.end);
}

function readStatement(tokens: Token[], context: { query: string; end: number }): string {
  const first = tokens[0];
  const last = tokens.findLast((token) => token.kind !== 'mark' || token.text !== ';');
  const sql =
    tokens.length === 1 && first?.kind === 'quoted' ? first.text : context.query.slice(first?.start, last?.end);
  if (first === undefined || !STATEMENT.test(sql)) {
    throw new OfflineRefusal('only a SQL select can be run', first?.start ?? context.end);
  }
  if (last?.kind === 'mark') throw new OfflineRefusal(`SQL does not end with "${last.text}"`, last.start);
  return sql;
}
