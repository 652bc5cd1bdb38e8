import { asText, isJsonObject, jsonOf, type Json, type JsonObject } from '../../domain/values/json.js';
import { shorten } from '../shorten.js';

/** What a server says of a request that it did not answer. */
export interface Said {
  /** In its own words, as one line without a full stop; empty when it says nothing. */
  words: string;
  /** Codes, types and reasons that stand beside the words, joined by spaces. */
  codes: string;
  /** The HTTP status that the body names; it may come with another one. */
  status: number | undefined;
  /** A page for people, of a proxy in front of the server. */
  isPage: boolean;
}

/** Bodies nest what stands behind a gateway; nothing useful is deeper. */
const MAX_NESTING = 8;
/** Where words are, the first that has some counts. */
const WORDS = [
  'message',
  'msg',
  'error_message',
  'errorMessage',
  'Message',
  'error_description',
  'status_msg',
  'faultstring',
];
/** Where more of the body is, in the same order. */
const INNER = ['error', 'errors', 'detail', 'details', 'fault', 'base_resp', 'response', 'title', 'reason'];
/** What stands behind a gateway said this, as text or JSON. */
const BEHIND = ['raw', 'remedy_hint'];
const CODES = new Set([
  'code',
  'type',
  'status',
  'reason',
  'error',
  'error_code',
  'error_type',
  'status_code',
  'param',
]);

/** Reads the body of an error, whatever its form: objects, lists, texts, JSON in texts, pages. */
export function readErrorBody(body: string): Said {
  const text = body.trim();
  if (text.startsWith('<')) return { words: titleOf(text), codes: '', status: undefined, isPage: true };
  const json = jsonOf(text);
  if (json === undefined) return { words: sentence(text), codes: '', status: undefined, isPage: false };
  const words = wordsOf(json, 0);
  const isSilent = words === '' && typeof json === 'object' && json !== null && Object.keys(json).length > 0;
  return {
    words: sentence(isSilent ? text : words),
    codes: codesOf(json, 0).join(' '),
    status: statusIn(json),
    isPage: false,
  };
}

function sentence(words: string): string {
  return shorten(words).replace(/\.$/, '');
}

/** `an HTML page`, with its title where it has one. */
function titleOf(page: string): string {
  const heading = /<title[^>]*>([^]*?)<\/title>/i.exec(page)?.[1] ?? /<h1[^>]*>([^]*?)<\/h1>/i.exec(page)?.[1] ?? '';
  const title = shorten(heading.replace(/<[^>]*>/g, ' ').replace(/&(\w+|#\d+);/g, decodeEntity));
  return title === '' ? 'an HTML page' : `an HTML page, "${title}"`;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };

function decodeEntity(written: string, name: string): string {
  if (!name.startsWith('#')) return ENTITIES[name] ?? written;
  const point = Number(name.slice(1));
  return point <= 0x10_ff_ff ? String.fromCodePoint(point) : written;
}

function wordsOf(value: Json, nesting: number): string {
  if (nesting > MAX_NESTING) return '';
  if (typeof value === 'string') return wordsOfText(value.trim(), nesting);
  if (Array.isArray(value)) {
    const all = value.map((item) => wordsOf(item, nesting + 1)).filter((words) => words !== '');
    return [...new Set(all)].join('; ');
  }
  return isJsonObject(value) ? wordsOfObject(value, nesting) : '';
}

// Gateways put what they were told into a text as it came: JSON, or a page.
function wordsOfText(text: string, nesting: number): string {
  if (text.startsWith('<')) return titleOf(text);
  const inner = /^[{[]/.test(text) ? jsonOf(text) : undefined;
  return inner === undefined ? text : wordsOf(inner, nesting + 1) || text;
}

function wordsOfObject(value: JsonObject, nesting: number): string {
  const among = (keys: string[]): string[] =>
    keys.map((key) => wordsOf(value[key] ?? null, nesting + 1)).filter((words) => words !== '');
  const [own = among(INNER)[0] ?? ''] = among(WORDS);
  const place = Array.isArray(value['loc']) ? `${value['loc'].map(asText).join('.')}: ` : '';
  const behind = isJsonObject(value['metadata']) ? value['metadata'] : {};
  const more = BEHIND.map((key) => wordsOf(behind[key] ?? null, nesting + 1)).filter((words) => words !== '');
  // "Provider returned error" says less than what the provider returned.
  return [`${place}${own}`, ...more].filter((words) => words !== '').join(': ');
}

function codesOf(value: Json, nesting: number): string[] {
  if (nesting > MAX_NESTING || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    if (typeof child === 'object') return codesOf(child, nesting + 1);
    return CODES.has(key) && (typeof child === 'string' || typeof child === 'number') ? [String(child)] : [];
  });
}

function statusIn(body: Json): number | undefined {
  const [first] = Array.isArray(body) ? body : [body];
  if (!isJsonObject(first)) return undefined;
  const inner = isJsonObject(first['error']) ? first['error'] : first;
  const named = [inner['code'], inner['status'], inner['status_code'], first['code']].map((value) =>
    Number(asText(value ?? null)),
  );
  return named.find((status) => Number.isInteger(status) && status >= 400 && status <= 599);
}
