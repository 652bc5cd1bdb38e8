/** A request longer than this is not one that people type. */
const MAX_OFFLINE_QUERY = 10_000;

/** A piece of a request. Offsets count UTF-16 units from the start of the query, `end` exclusive. */
export interface Token {
  /** `plain`: a word, number, file name or formula; `quoted`: text in quotes; `mark`: punctuation after a word. */
  kind: 'plain' | 'quoted' | 'mark';
  /** As written, without the quotes. */
  text: string;
  start: number;
  end: number;
}

/** Why the offline planner does not take a request, and at which offset of the query. */
export class OfflineRefusal extends Error {
  override readonly name = 'OfflineRefusal';
  readonly at: number;

  constructor(why: string, at: number) {
    super(why);
    this.at = at;
  }
}

const CLOSING_QUOTES: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['“', '”'],
  ['‘', '’'],
]);

/** Control, format (bidi, zero-width) and surrogate characters; line breaks and tabs are ordinary white space. */
const INVISIBLE = /(?![\t\n\r\uFEFF])[\p{Cc}\p{Cf}\p{Cs}\p{Co}]/u;
const SPACE = /\s/u;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/** Cuts a query into tokens in one pass. Throws an OfflineRefusal for text that no request can hold. */
export function tokenizeQuery(query: string): Token[] {
  if (query.length > MAX_OFFLINE_QUERY) {
    throw new OfflineRefusal(`the request is longer than ${MAX_OFFLINE_QUERY} characters`, MAX_OFFLINE_QUERY);
  }
  const invisible = INVISIBLE.exec(query);
  if (invisible !== null) {
    const code = (query.codePointAt(invisible.index) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    throw new OfflineRefusal(`the request holds the invisible character U+${code}`, invisible.index);
  }
  const tokens: Token[] = [];
  let at = 0;
  while (at < query.length) {
    if (SPACE.test(query.charAt(at))) {
      at += 1;
      continue;
    }
    const end = endOfChunk(query, at);
    tokens.push(...cutChunk(query, at, end));
    at = end;
  }
  return tokens;
}

/** A chunk ends at white space; quoted sections belong to it whole. */
function endOfChunk(query: string, start: number): number {
  let at = start;
  while (at < query.length && !SPACE.test(query.charAt(at))) at = endOfQuote(query, at) ?? at + 1;
  return at;
}

/** The offset after the quoted section that opens here; undefined when none does, as in `what's`. */
function endOfQuote(query: string, at: number): number | undefined {
  const closing = CLOSING_QUOTES.get(query.charAt(at));
  if (closing === undefined || LETTER_OR_DIGIT.test(query.charAt(at - 1))) return undefined;
  const close = query.indexOf(closing, at + 1);
  if (close === -1) throw new OfflineRefusal('the quote that opens here is never closed', at);
  return close + 1;
}

function cutChunk(query: string, start: number, end: number): Token[] {
  let wordEnd = end;
  while (wordEnd > start && isMark(query, wordEnd - 1, start)) wordEnd -= 1;
  const tokens: Token[] = [];
  if (wordEnd > start) {
    const quoted = CLOSING_QUOTES.has(query.charAt(start)) && endOfQuote(query, start) === wordEnd;
    const text = quoted ? query.slice(start + 1, wordEnd - 1) : query.slice(start, wordEnd);
    tokens.push({ kind: quoted ? 'quoted' : 'plain', text, start, end: wordEnd });
  }
  for (let at = wordEnd; at < end; at += 1) {
    tokens.push({ kind: 'mark', text: query.charAt(at), start: at, end: at + 1 });
  }
  return tokens;
}

function isMark(query: string, at: number, start: number): boolean {
  const character = query.charAt(at);
  // After a number it is a factorial, not punctuation.
  if (character === '!') return at > start && !/[\d)!]/.test(query.charAt(at - 1));
  return character !== '' && ',;:?.'.includes(character);
}
