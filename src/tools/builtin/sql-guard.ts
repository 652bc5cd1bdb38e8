/** A statement that only reads, as it may be prepared; or why it may not. `isReport`: a PRAGMA or EXPLAIN. */
export type GuardedSql = { ok: true; sql: string; isReport?: boolean } | { ok: false; why: string };

const ONLY_READING = 'only one SELECT, WITH … SELECT, VALUES, EXPLAIN of those, or a reading PRAGMA is allowed';

/** PRAGMAs that report and take the name of a table or index. */
const NAMED_PRAGMAS = new Set([
  'table_info',
  'table_xinfo',
  'table_list',
  'index_list',
  'index_info',
  'index_xinfo',
  'foreign_key_list',
  'foreign_key_check',
  'integrity_check',
  'quick_check',
]);
/** PRAGMAs that report without an argument and set something with one. */
const BARE_PRAGMAS = new Set([
  'application_id',
  'collation_list',
  'compile_options',
  'encoding',
  'freelist_count',
  'function_list',
  'page_count',
  'page_size',
  'schema_version',
  'user_version',
]);

/**
 * The first wall before a database that is opened read-only: opening alone does not stop `VACUUM INTO`, which writes
 * another file. Queries are put into brackets, where SQLite's own parser takes nothing but a query.
 */
export function guardSql(text: string, maxRows: number): GuardedSql {
  const statements = statementsOf(text);
  if (statements === undefined) return { ok: false, why: 'a quote or comment in it does not end' };
  const [statement, ...others] = statements;
  if (statement === undefined) return { ok: false, why: 'it is empty' };
  if (others.length > 0) return { ok: false, why: `it has ${statements.length} statements, and ${ONLY_READING}` };
  const keyword = /^[a-z]+/i.exec(statement)?.[0].toLowerCase() ?? '';
  switch (keyword) {
    case 'select':
    case 'with':
    case 'values':
      return { ok: true, sql: `SELECT * FROM (\n${statement}\n) LIMIT ${maxRows + 1}` };
    case 'explain':
      return /^explain\s+(?:query\s+plan\s+)?(?:select|with|values)\b/i.test(statement)
        ? { ok: true, sql: statement, isReport: true }
        : { ok: false, why: ONLY_READING };
    case 'pragma':
      return guardPragma(statement);
    default:
      return { ok: false, why: `${keyword.toUpperCase() || 'it'} is refused: ${ONLY_READING}` };
  }
}

function guardPragma(statement: string): GuardedSql {
  const found = /^pragma\s+(?:main\s*\.\s*)?(\w+)\s*(\(\s*(?:\w+|"[^"]*"|'[^']*')\s*\))?$/i.exec(statement);
  const name = found?.[1]?.toLowerCase() ?? '';
  if (NAMED_PRAGMAS.has(name) || (BARE_PRAGMAS.has(name) && found?.[2] === undefined))
    return { ok: true, sql: statement, isReport: true };
  const allowed = [...NAMED_PRAGMAS, ...BARE_PRAGMAS].join(', ');
  return { ok: false, why: `this PRAGMA is refused; those that only read are ${allowed}` };
}

/** Quoted text, a comment, the end of a statement, or anything else, from left to right. */
const PIECE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?\*\/|;|\/|-|[^'"`[\-/;]+/y;

/** The statements with comments replaced by spaces; undefined when a quote or comment does not end. */
export function statementsOf(text: string): string[] | undefined {
  const statements = [''];
  PIECE.lastIndex = 0;
  while (PIECE.lastIndex < text.length) {
    const piece = PIECE.exec(text)?.[0];
    if (piece === undefined) return undefined;
    if (piece === '/' && text[PIECE.lastIndex] === '*') return undefined;
    if (piece === ';') statements.push('');
    else statements.push((statements.pop() ?? '') + (/^(?:--|\/\*)/.test(piece) ? ' ' : piece));
  }
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== '');
}
