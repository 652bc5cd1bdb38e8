import type { Clause, ClauseContext } from './clause.js';
import { endingOf, fileNameOf, parseFile } from './names.js';
import { wordOf, type Phrase } from './phrase.js';
import { quote } from './pieces.js';
import { OfflineRefusal, type Token } from './tokens.js';

const PREPOSITIONS: ReadonlySet<string> = new Set(['to', 'into', 'in', 'as']);
const REFERENCES: ReadonlySet<string> = new Set([
  'it',
  'that',
  'result',
  'the result',
  'the answer',
  'the output',
  'the contents',
]);
/**
 * Words that are text to be written even without quotes. Any other word could say what text to make up, as in
 * "write a poem to poem.txt", which is not understood here.
 */
const PLAIN_TEXT: ReadonlySet<string> = new Set(['hello', 'hi', 'world', 'done', 'ok', 'yes', 'no', 'true', 'false']);

/** After `write` or `save`: `"text" to out.txt`, `the result to out.txt`. */
export function parseWrite(phrase: Phrase, context: ClauseContext): Clause {
  const start = phrase.peek()?.start ?? context.end;
  const content = phrase.takeUntilLast(PREPOSITIONS);
  if (content === undefined) phrase.refuse('it does not say which file to write; say: to out.txt');
  const what = readContent(content, { ...context, end: start });
  const filename = parseFile(phrase);
  return what === 'earlier value' ? { kind: 'save', filename } : { kind: 'write', text: what.text, filename };
}

function readContent(tokens: Token[], context: ClauseContext): 'earlier value' | { text: string } {
  const words = tokens.map(wordOf).join(' ');
  const [first] = tokens;
  if (tokens.length === 0 || REFERENCES.has(words)) {
    if (context.previous !== 'nothing') return 'earlier value';
    throw new OfflineRefusal('there is nothing before this that could be written', first?.start ?? context.end);
  }
  const last = tokens.at(-1);
  const isIntroduced = words.startsWith('the text ') || words.startsWith('the words ');
  if (last?.kind === 'quoted' && (tokens.length === 1 || (tokens.length === 3 && isIntroduced)))
    return { text: last.text };
  const strange = tokens.find((token) => !isPlainText(token));
  if (strange !== undefined) {
    throw new OfflineRefusal(
      `put the text to write in quotes: ${quote(strange.text)} could mean something else`,
      strange.start,
    );
  }
  return { text: context.query.slice(first?.start, last?.end) };
}

function isPlainText(token: Token): boolean {
  if (token.kind === 'mark') return ',.!'.includes(token.text);
  return PLAIN_TEXT.has(wordOf(token) ?? '') || (token.kind === 'plain' && /^\d+(\.\d+)?$/.test(token.text));
}

const TABLES: ReadonlySet<string> = new Set(['csv', 'tsv', 'xlsx', 'json', 'ndjson', 'jsonl', 'yaml', 'yml']);

/** After `convert`: `data.csv to json`, `data.xlsx to other.csv`. */
export function parseConvert(phrase: Phrase): Clause {
  const start = phrase.peek()?.start ?? 0;
  const from = parseFile(phrase);
  if (from === null) phrase.refuse('it does not say which file to convert');
  if (!phrase.takeWords('to', 'into')) phrase.refuse('"to json", "to csv" or "to" and a file name must follow');
  const format = phrase.takeWords('json') ? 'json' : phrase.takeWords('csv') ? 'csv' : undefined;
  const stem = from.slice(0, -endingOf(from).length);
  const to = format === undefined ? (fileNameOf(phrase.take()) ?? '') : `${stem}${format}`;
  const as = format ?? endingOf(to);
  if (!TABLES.has(endingOf(from)) || (as !== 'json' && as !== 'csv')) {
    const endings = Array.from(TABLES, (ending) => `.${ending}`).join(', ');
    throw new OfflineRefusal(`files can be converted from ${endings}, and only to .json and .csv`, start);
  }
  if (to === from) throw new OfflineRefusal(`it would be written over itself; say: to other.${as}`, start);
  return { kind: 'convert', from, to, as };
}
