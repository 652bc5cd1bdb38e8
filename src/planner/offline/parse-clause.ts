import { CALCULATION_VERBS, NUMBER_WORDS, parseCalculation } from './arithmetic.js';
import type { Clause, ClauseContext } from './clause.js';
import { parseDatabase, parseDatabaseName, parseFile, parseTables } from './names.js';
import { Phrase, wordOf } from './phrase.js';
import { quote } from './pieces.js';
import type { Token } from './tokens.js';
import { parseConvert, parseWrite } from './writing.js';

type ClauseParser = (phrase: Phrase, context: ClauseContext) => Clause;

/** The clauses that begin with a word of their own; all others but SQL must be calculations. */
const PARSERS: ReadonlyMap<string, ClauseParser> = new Map<string, ClauseParser>([
  ...['read', 'show', 'print', 'display', 'cat'].map((verb) => [verb, parseShow] as const),
  ...['write', 'save', 'store'].map((verb) => [verb, parseWrite] as const),
  ...['calculate', 'compute', 'evaluate'].map((verb) => [verb, parseFormula] as const),
  ['what', parseQuestion],
  ["what's", parseContent],
  ['how', parseHowMuch],
  ['convert', parseConvert],
  ['list', parseList],
  ['describe', describeTables],
]);

/** First words of calculations that begin with neither a verb nor a sign nor digits. */
const CALCULATION_STARTS: ReadonlySet<string> = new Set([
  ...NUMBER_WORDS,
  ...'the sum product it that result plus minus times x multiplied divided mod modulo'.split(' '),
]);

/** Whether a new clause begins with this word after a mere "and". */
export function isClauseVerb(word: string): boolean {
  return PARSERS.has(word) || CALCULATION_VERBS.has(word) || word === 'run' || word === 'execute' || word === 'query';
}

/** Understands one clause that is not SQL, every word of it, or throws an OfflineRefusal. */
export function parseClause(tokens: Token[], context: ClauseContext): Clause {
  const phrase = new Phrase(tokens, context.end);
  const first = phrase.peek();
  const word = wordOf(first);
  const parser = PARSERS.get(word ?? '');
  if (parser !== undefined) {
    phrase.take();
    const clause = parser(phrase, context);
    phrase.expectEnd();
    return clause;
  }
  const isCalculation = word !== undefined && (CALCULATION_STARTS.has(word) || CALCULATION_VERBS.has(word));
  if (!isCalculation && !/^[\d.(−-]/.test(first?.text ?? '')) {
    phrase.refuse(first === undefined ? 'something to do is missing' : `no request begins with ${quote(first.text)}`);
  }
  return parseFormula(phrase, context);
}

function parseFormula(phrase: Phrase, context: ClauseContext): Clause {
  const hasResult = context.previous === 'number';
  return { kind: 'calculate', formula: parseCalculation(phrase.takeRest(), { hasResult, end: context.end }) };
}

/** After `what`. */
function parseQuestion(phrase: Phrase, context: ClauseContext): Clause {
  if (phrase.takeWords('tables are in', 'tables are there in')) {
    return { kind: 'list-tables', database: parseDatabaseName(phrase) };
  }
  if (!phrase.takeWords('is')) phrase.refuse('after "what" only "is" or "tables are in" can follow');
  return parseContent(phrase, context);
}

/** After `what is`. */
function parseContent(phrase: Phrase, context: ClauseContext): Clause {
  const asksForFile = phrase.takeWords('in', 'inside', 'the content of', 'the contents of');
  return asksForFile ? { kind: 'read', filename: parseFile(phrase) } : parseFormula(phrase, context);
}

function parseHowMuch(phrase: Phrase, context: ClauseContext): Clause {
  if (!phrase.takeWords('much is')) phrase.refuse('after "how" only "much is" and a calculation can follow');
  return parseFormula(phrase, context);
}

function parseShow(phrase: Phrase): Clause {
  phrase.takeWords('me');
  if (phrase.takeWords('the tables', 'tables')) return { kind: 'list-tables', database: parseDatabase(phrase) };
  if (phrase.takeWords('the schema of', 'the columns of')) return describeTables(phrase);
  phrase.takeWords('the contents of', 'the content of', 'the text of');
  return { kind: 'read', filename: parseFile(phrase) };
}

function parseList(phrase: Phrase): Clause {
  phrase.takeWords('all');
  if (phrase.takeWords('the tables', 'tables')) return { kind: 'list-tables', database: parseDatabase(phrase) };
  if (phrase.takeWords('the columns of', 'columns of')) return describeTables(phrase);
  phrase.refuse('only the tables of a database, and their columns, can be listed');
}

function describeTables(phrase: Phrase): Clause {
  phrase.takeWords('the');
  phrase.takeWords('table', 'tables');
  return { kind: 'describe-tables', tables: parseTables(phrase), database: parseDatabase(phrase) };
}
