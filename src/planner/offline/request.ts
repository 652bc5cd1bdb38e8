import type { Clause, Previous } from './clause.js';
import { isClauseVerb, parseClause } from './parse-clause.js';
import { wordOf } from './phrase.js';
import { beginsSql, findThenOutsideCases, parseSqlClause } from './sql-clause.js';
import { OfflineRefusal, tokenizeQuery, type Token } from './tokens.js';

/** More clauses than this are not typed as one request. */
const MAX_CLAUSES = 50;

/** A clause and the offset in the query where it begins. */
export interface PlacedClause {
  clause: Clause;
  start: number;
}

/** Understands a whole request, every word of it, or throws an OfflineRefusal. */
export function parseRequest(query: string): PlacedClause[] {
  const tokens = withoutPoliteness(tokenizeQuery(query));
  if (tokens.length === 0) throw new OfflineRefusal('the request is empty', 0);
  const clauses: PlacedClause[] = [];
  let previous: Previous = 'nothing';
  for (let at = 0; at < tokens.length || clauses.length === 0;) {
    const first = tokens[at];
    const start = first?.start ?? query.length;
    if (clauses.length === MAX_CLAUSES) throw new OfflineRefusal(`it has more than ${MAX_CLAUSES} parts`, start);
    const isSql = beginsSql(first);
    const separator = isSql ? findSqlSeparator(tokens, at) : findSeparator(tokens, at);
    const own = tokens.slice(at, separator.end);
    const end = own.at(-1)?.end ?? start;
    const clause = isSql ? parseSqlClause(own, { query, end }) : parseClause(own, { query, previous, end });
    clauses.push({ clause, start });
    previous = previousAfter(clause, previous);
    at = separator.next;
    if (separator.end < tokens.length && at >= tokens.length) {
      throw new OfflineRefusal('something to do is missing after "then"', query.trimEnd().length);
    }
  }
  return clauses;
}

/** A tool's report that a file was written is not what people mean by "it". */
function previousAfter(clause: Clause, before: Previous): Previous {
  switch (clause.kind) {
    case 'calculate':
      return 'number';
    case 'write':
    case 'save':
      return before;
    case 'read':
    case 'convert':
    case 'run-sql':
    case 'list-tables':
    case 'describe-tables':
      return 'value';
  }
}

/** Without "please" around the request and the punctuation that ends it. */
function withoutPoliteness(tokens: Token[]): Token[] {
  let start = 0;
  let end = tokens.length;
  if (wordOf(tokens[start]) === 'please') start += isMark(tokens[start + 1], ',') ? 2 : 1;
  // A question mark behind SQL could be a part of it.
  const closing = beginsSql(tokens[start]) ? '.;!' : '.;!?';
  const dropMarks = () => {
    while (end > start && isMark(tokens[end - 1], closing)) end -= 1;
  };
  dropMarks();
  if (end > start + 1 && wordOf(tokens[end - 1]) === 'please') {
    end -= isMark(tokens[end - 2], ',') ? 2 : 1;
    dropMarks();
  }
  return tokens.slice(start, end);
}

/** Where a clause ends and where the next one begins, as indexes of tokens. */
interface Separator {
  end: number;
  next: number;
}

/** `then`, `and then`, `, then`, or `and` before the verb of another clause. */
function findSeparator(tokens: Token[], start: number): Separator {
  for (let index = start; index < tokens.length; index += 1) {
    let at = index;
    if (isMark(tokens[at], ',;.')) at += 1;
    const hasAnd = wordOf(tokens[at]) === 'and';
    if (hasAnd) at += 1;
    if (wordOf(tokens[at]) === 'then') return { end: index, next: afterThen(tokens, at) };
    if (hasAnd && isClauseVerb(wordOf(tokens[at]) ?? '')) return { end: index, next: at };
  }
  return { end: tokens.length, next: tokens.length };
}

function findSqlSeparator(tokens: Token[], start: number): Separator {
  const then = findThenOutsideCases(tokens, start);
  if (then === tokens.length) return { end: then, next: then };
  let end = then;
  if (wordOf(tokens[end - 1]) === 'and') end -= 1;
  if (isMark(tokens[end - 1], ',;.')) end -= 1;
  return { end, next: afterThen(tokens, then) };
}

function afterThen(tokens: Token[], then: number): number {
  return isMark(tokens[then + 1], ',') ? then + 2 : then + 1;
}

function isMark(token: Token | undefined, marks: string): boolean {
  return token?.kind === 'mark' && marks.includes(token.text);
}
