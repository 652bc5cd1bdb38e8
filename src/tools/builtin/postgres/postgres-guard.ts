/** `isReport`: EXPLAIN or SHOW, which no other query can read from. */
export interface ReadingStatement {
  sql: string;
  isReport: boolean;
}

const ONLY_READING = 'only one SELECT, WITH … SELECT, VALUES, TABLE, EXPLAIN of those, or SHOW is allowed';

/**
 * The first wall before a session that only reads. Queries are put into brackets, where PostgreSQL takes nothing but a
 * query, and the server refuses a second statement.
 */
export function guardStatement(text: string): ({ ok: true } & ReadingStatement) | { ok: false; why: string } {
  const sql = text.trim().replace(/;$/, '').trim();
  // What is called could be hidden in them from `namesCalledIn`.
  const hiding = /--|\/\*|u&["']|""/i.exec(sql)?.[0];
  if (hiding !== undefined) return { ok: false, why: `it contains ${hiding}; write it without comments, U& and ""` };
  const keyword = /^[a-z]+/i.exec(sql)?.[0].toLowerCase() ?? '';
  switch (keyword) {
    case 'select':
    case 'with':
    case 'values':
    case 'table':
      return { ok: true, sql, isReport: false };
    case 'explain':
      return /^explain\s+(?:verbose\s+)?(?:select|with|values|table)\b/i.test(sql)
        ? { ok: true, sql, isReport: true }
        : { ok: false, why: ONLY_READING };
    case 'show':
      return { ok: true, sql, isReport: true };
    default:
      return { ok: false, why: `${keyword.toUpperCase() || 'it'} is refused: ${ONLY_READING}` };
  }
}

// In time that grows with the text: what is behind a name is looked at once.
const CALL = /(?:"([^"]+)"|(?<![\p{L}\p{N}_$])([\p{L}_][\p{L}\p{N}_$]*))\s*\(/gu;
/** PostgreSQL cuts names there. */
const MAX_NAME_BYTES = 63;

/** The names before opening brackets, in text too: functions, among others. */
export function namesCalledIn(text: string): string[] {
  // Without quotes they are in lower case.
  return Array.from(text.matchAll(CALL), ([, quoted, bare = '']) => cutName(quoted ?? bare.toLowerCase()));
}

function cutName(name: string): string {
  const bytes = Buffer.from(name);
  return bytes.length <= MAX_NAME_BYTES ? name : bytes.subarray(0, MAX_NAME_BYTES).toString();
}
