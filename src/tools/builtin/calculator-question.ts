import {
  OPERATOR_SIGNS,
  OPERATOR_WORDS,
  POWER_WORDS,
  type ArithmeticOperator,
} from '../../domain/values/arithmetic-words.js';

/** A question that was not understood completely; the message is for people. */
export class QuestionRefused extends Error {}

/** An expression over the variables n0, n1, …, and the numbers that they stand for, as decimals. */
export interface Calculation {
  expression: string;
  numbers: string[];
}

const MAX_LENGTH = 1_000;
const MAX_DEPTH = 50;

type Token = { kind: 'number' | 'symbol'; text: string };

// What people write, and the one symbol for it; longer phrases first. `x` may touch digits, as in 3x4.
const PHRASES: [pattern: string, symbol: string][] = [
  ['\\*\\*', '^'],
  operatorPhrase('^'),
  operatorPhrase('*'),
  operatorPhrase('/', 'over'),
  operatorPhrase('+', 'added to'),
  operatorPhrase('-'),
  ...POWER_WORDS.map(({ word, sign, power }): [string, string] => [`${word}(?![a-z])|${sign}`, `^${power}`]),
  ['(?:the )?(?:square root|sqrt)(?: of)?(?![a-z])|√', 'sqrt'],
  ['(?:the )?cube root(?: of)?(?![a-z])|cbrt(?![a-z])', 'cbrt'],
  ['(?:the )?sum of(?![a-z])|add(?![a-z])', 'add'],
  ['(?:the )?product of(?![a-z])|multiply(?![a-z])', 'multiply'],
  ['(?:percent|per cent)(?![a-z])|%', '%'],
  ['(?:and|of|from|by|to|with|subtract|divide)(?![a-z])', ''],
  operatorPhrase('mod'),
  ['[(),]', ''],
];

/** The operator in the words that everybody has for it, in those that only a question has, and as a sign. */
function operatorPhrase(operator: ArithmeticOperator, ...also: string[]): [pattern: string, symbol: string] {
  const words = [...OPERATOR_WORDS[operator], ...also].join('|');
  const signs = Array.from(OPERATOR_SIGNS[operator], (sign) => `|\\${sign}`).join('');
  return [`(?:${words})(?![a-z])${signs}`, operator];
}

const LEXEMES = PHRASES.map(([pattern, symbol]) => ({
  pattern: new RegExp(`(?:${pattern.replaceAll(' ', '\\s+')})`, 'y'),
  symbol,
}));
const NUMBER = /(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[+-]?\d+)?(?![\d.]|,\d)|\.\d+(?:e[+-]?\d+)?(?![\d.])/y;
const LEAD =
  /^(?:please\s+)?(?:what\s+is|what's|how\s+much\s+is|calculate|compute|evaluate|work\s+out)(?:\s+the\s+(?:result|value)\s+of)?(?![a-z])\s*:?/;

/**
 * Reads plain arithmetic (`(1 + 2) * 3`, `2^3`, `1,000 + 1`, `10 mod 3`) and the words for it (`5 times 4`,
 * `subtract 3 from 10`, `10% of 50`, `square root of 16`).
 * Throws QuestionRefused unless every character is understood and has one meaning.
 */
export function readQuestion(text: string): Calculation {
  if (text.length > MAX_LENGTH) throw new QuestionRefused(`it is longer than ${MAX_LENGTH} characters`);
  const bare = text
    .trim()
    .toLowerCase()
    .replace(LEAD, '')
    .replace(/[?=.\s]+$/, '');
  if (/(?<![\d.,])0x\d/.test(bare))
    throw new QuestionRefused('"0x" may mean a hexadecimal number or 0 times; add spaces');
  return new Reader(tokenize(bare)).calculation();
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = position;
    const found = pattern.exec(text)?.[0];
    position += found?.length ?? 0;
    return found;
  };
  while (position < text.length) {
    if (take(/\s+/y) !== undefined) continue;
    const number = take(NUMBER);
    if (number !== undefined) {
      tokens.push({ kind: 'number', text: number.replaceAll(',', '') });
      continue;
    }
    const token = takePhrase(take);
    if (token === undefined) throw new QuestionRefused(`${JSON.stringify(wordAt(text, position))} is not understood`);
    tokens.push(token);
  }
  return tokens;
}

function takePhrase(take: (pattern: RegExp) => string | undefined): Token | undefined {
  for (const { pattern, symbol } of LEXEMES) {
    const found = take(pattern);
    if (found !== undefined) return { kind: 'symbol', text: symbol === '' ? found : symbol };
  }
  return undefined;
}

function wordAt(text: string, position: number): string {
  return /^[\p{L}\p{N}.,'_]+|^./su.exec(text.slice(position))?.[0].slice(0, 40) ?? '';
}

/** Writes the tokens as one expression with brackets wherever the words had them in mind. */
class Reader {
  private position = 0;
  private depth = 0;
  private readonly numbers: string[] = [];
  private readonly tokens: Token[];

  constructor(tokens: Token[]) {
    this.tokens = tokens;
  }

  calculation(): Calculation {
    if (this.tokens.length === 0) throw new QuestionRefused('there is nothing to calculate');
    const expression = this.command() ?? this.sum();
    const rest = this.tokens[this.position];
    if (rest !== undefined) throw this.unexpected();
    return { expression, numbers: this.numbers };
  }

  private peek(ahead = 0): string | undefined {
    const token = this.tokens[this.position + ahead];
    return token?.kind === 'symbol' ? token.text : token && 'number';
  }

  private accept(...symbols: string[]): string | undefined {
    const symbol = this.peek();
    if (symbol === undefined || symbol === 'number' || !symbols.includes(symbol)) return undefined;
    this.position += 1;
    return symbol;
  }

  private expect(...symbols: string[]): void {
    if (this.accept(...symbols) === undefined) throw this.unexpected(`where "${symbols.join('" or "')}" belongs`);
  }

  private unexpected(where = 'at that place'): QuestionRefused {
    const token = this.tokens[this.position];
    if (token === undefined) return new QuestionRefused('it ends too early');
    return new QuestionRefused(`"${token.text}" is not understood ${where}`);
  }

  /** The forms that begin with a verb; their operands must be plain, because "add 2 and 3 times 4" means two things. */
  private command(): string | undefined {
    switch (this.accept('add', 'subtract', 'multiply', 'divide')) {
      case 'add':
        return this.operandList('+', ['+', 'and', 'to', 'with', ',']);
      case 'multiply':
        return this.operandList('*', ['*', 'and', 'by', 'with', ',']);
      case 'divide':
        return this.operandPair('by', (first, second) => `${first} / ${second}`);
      case 'subtract':
        return this.operandPair('from', (first, second) => `${second} - ${first}`);
      default:
        return undefined;
    }
  }

  private operandList(operator: string, separators: string[]): string {
    const operands = [this.operand()];
    do {
      this.expect(...separators);
      // "1, 2, and 3"
      if (separators.includes('and')) this.accept('and');
      operands.push(this.operand());
    } while (this.position < this.tokens.length);
    return operands.join(` ${operator} `);
  }

  private operandPair(word: string, join: (first: string, second: string) => string): string {
    const first = this.operand();
    this.expect(word);
    return join(first, this.operand());
  }

  /** A number, a bracket or a root, with signs. */
  private operand(): string {
    return this.nested(() => {
      const sign = this.accept('+', '-');
      if (sign !== undefined) return `(${sign}${this.operand()})`;
      const root = this.accept('sqrt', 'cbrt');
      if (root !== undefined) return this.root(root);
      if (this.accept('(') !== undefined) return this.bracket();
      return this.number();
    });
  }

  private nested<Result>(read: () => Result): Result {
    this.depth += 1;
    if (this.depth > MAX_DEPTH) throw new QuestionRefused(`it nests deeper than ${MAX_DEPTH} levels`);
    const result = read();
    this.depth -= 1;
    return result;
  }

  private bracket(): string {
    const inside = this.sum();
    this.expect(')');
    return `(${inside})`;
  }

  private number(): string {
    const token = this.tokens[this.position];
    if (token?.kind !== 'number') throw this.unexpected('where a number belongs');
    this.position += 1;
    return `n${this.numbers.push(token.text) - 1}`;
  }

  private root(name: string): string {
    const bracketed = this.peek() === '(';
    const written = `(${name} ${this.operand()})`;
    const ends = this.peek() === undefined || this.peek() === ')';
    if (bracketed || ends) return written;
    throw new QuestionRefused('it is not clear how far the root reaches; put brackets around what is under it');
  }

  /** Operands with operators between them; the parser of the expression knows which bind stronger. */
  private sum(): string {
    const operators = new Set<string>();
    let previous: string | undefined;
    let written = '';
    for (;;) {
      written += this.signed(previous) + this.shortPower(previous);
      previous = this.accept('+', '-', '*', '/', '^', 'mod', 'and');
      if (previous === undefined) return written;
      if (operators.add(previous).has('and') && operators.size > 1) {
        throw new QuestionRefused('it is not clear what "and" joins; write "+" and brackets');
      }
      written += ` ${previous === 'and' ? '+' : previous === 'mod' ? '%' : previous} `;
    }
  }

  private shortPower(previous: string | undefined): string {
    const power = this.accept('^2', '^3');
    if (power === undefined) return '';
    if (previous === '^' || this.peek()?.startsWith('^')) {
      throw new QuestionRefused('it is not clear which power comes first; use brackets');
    }
    return ` ^ n${this.numbers.push(power.slice(1)) - 1}`;
  }

  private signed(previous: string | undefined): string {
    let signs = '';
    for (let sign = this.accept('+', '-'); sign !== undefined; sign = this.accept('+', '-')) signs += sign;
    const operand = this.operand();
    return signs.split('').join(' ') + (this.accept('%') === undefined ? operand : this.percent(operand, previous));
  }

  private percent(operand: string, previous: string | undefined): string {
    const share = `${operand} / n${this.numbers.push('100') - 1}`;
    if (this.accept('of') !== undefined) {
      const whole = this.operand();
      if (this.peek()?.startsWith('^') || this.peek() === '%') {
        throw new QuestionRefused('it is not clear what the percentage is of; use brackets');
      }
      return `((${share}) * ${whole})`;
    }
    if (this.peek() === 'number' || this.peek() === '(') {
      throw new QuestionRefused('"%" between two numbers is not clear; write "10 mod 3" or "10% of 3"');
    }
    const clear = (symbol: string | undefined) => [undefined, '*', '/', ')'].includes(symbol);
    if (clear(previous) && clear(this.peek())) return `(${share})`;
    throw new QuestionRefused('it is not clear what the percentage is of; write for example "50 + 10% of 50"');
  }
}
