import type { Phrase } from './phrase.js';
import type { Token } from './tokens.js';

/** Longer than any path that a file system takes in one piece. */
const MAX_NAME = 1_000;
const PLAIN_FILE_NAME = /^[\p{L}\p{N}._/\\~+@()-]+$/u;
const FILE_ENDING = /^[A-Za-z][A-Za-z0-9]{0,7}$/;
const PLAIN_TABLE_NAME = /^[\p{L}_][\p{L}\p{N}_]*$/u;
const DATABASE_ENDINGS: ReadonlySet<string> = new Set(['db', 'db3', 'sqlite', 'sqlite3']);
/** Endings of web sites, which are not files. */
const SITE_ENDINGS: ReadonlySet<string> = new Set(
  'com org net edu gov info io ai co dev app uk de fr eu us ca au jp cn in ch nl'.split(' '),
);

/** A file name as it is written in the request; undefined when the token is not one. Quotes make any text a name. */
export function fileNameOf(token: Token | undefined): string | undefined {
  if (token === undefined || token.kind === 'mark' || token.text.length > MAX_NAME) return undefined;
  const { text } = token;
  if (token.kind === 'quoted') return /^[^\t\r\n]+$/.test(text) && text.trim() !== '' ? text : undefined;
  const ending = endingOf(text);
  if (!PLAIN_FILE_NAME.test(text) || !FILE_ENDING.test(ending) || SITE_ENDINGS.has(ending)) return undefined;
  return text;
}

/** What follows the last dot, in lower case; empty without one. */
export function endingOf(fileName: string): string {
  const dot = fileName.lastIndexOf('.');
  return dot === -1 ? '' : fileName.slice(dot + 1).toLowerCase();
}

export function databaseNameOf(token: Token | undefined): string | undefined {
  const name = fileNameOf(token);
  return name !== undefined && (token?.kind === 'quoted' || DATABASE_ENDINGS.has(endingOf(name))) ? name : undefined;
}

/** `the file notes.txt`, `notes.txt`, or `a file`, which is null: the run asks for its name. */
export function parseFile(phrase: Phrase): string | null {
  const article = phrase.takeWords('the', 'a');
  const isCalledFile = phrase.takeWords('file');
  if (isCalledFile && phrase.isDone) return null;
  if (isCalledFile) phrase.takeWords('named', 'called');
  const name = fileNameOf(phrase.peek());
  if (name === undefined) {
    phrase.refuse(
      phrase.isDone && !article && !isCalledFile
        ? 'a file name is missing'
        : 'this is not a file name; names without an ending like .txt, and names with spaces, go in quotes',
    );
  }
  phrase.take();
  return name;
}

/** ` in the database shop.db`, or null when nothing comes: the tool knows a default. */
export function parseDatabase(phrase: Phrase): string | null {
  if (phrase.isDone) return null;
  if (!phrase.takeWords('in', 'of', 'from')) phrase.refuse('only "in" and a database file can follow');
  return parseDatabaseName(phrase);
}

/** `the database shop.db` or `shop.db` */
export function parseDatabaseName(phrase: Phrase): string {
  phrase.takeWords('the database', 'database', 'the file', 'the');
  const name = databaseNameOf(phrase.peek());
  if (name === undefined)
    phrase.refuse('this is not a database file; name one like shop.db, or put its name in quotes');
  phrase.take();
  return name;
}

/** `orders`, `orders and items`, `orders, items, "odd name"` */
export function parseTables(phrase: Phrase): string[] {
  const tables: string[] = [];
  do {
    if (tables.length > 0) phrase.takeWords('and');
    const token = phrase.peek();
    const isName = token?.kind === 'quoted' ? token.text !== '' : PLAIN_TABLE_NAME.test(token?.text ?? '');
    if (token === undefined || !isName) phrase.refuse('a table name is missing');
    tables.push(token.text);
    phrase.take();
  } while (phrase.takeMark(',') || phrase.takeWords('and'));
  return tables;
}
