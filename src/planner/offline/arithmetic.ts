import {
  OPERATOR_WORDS,
  POWER_WORDS,
  type ArithmeticOperator as Operator,
} from '../../domain/values/arithmetic-words.js';
import { combine, group, literal, negate, RESULT, RESULT_MARK, type Formula } from './formula.js';
import { cutPieces, quote, type Piece } from './pieces.js';
import { OfflineRefusal, type Token } from './tokens.js';

/** The words that begin a calculation by what is to be done. */
export const CALCULATION_VERBS: ReadonlySet<string> = new Set(['add', 'sum', 'subtract', 'multiply', 'divide']);

export interface CalculationContext {
  /** Whether "it" and "the result" mean a number. */
  hasResult: boolean;
  /** Offset in the query where the calculation ends: what is missing is missing there. */
  end: number;
}

/** Understands one calculation, every piece of it, or throws an OfflineRefusal. */
export function parseCalculation(tokens: Token[], context: CalculationContext): Formula {
  return new ArithmeticParser(cutPieces(tokens), context).parse();
}

/** The calculator takes 1,000 characters, and the earlier result must fit in, too. */
const MAX_FORMULA = 800;
/** Deepest nesting of parentheses and powers. */
const MAX_NESTING = 20;

/** Numbers that may be written as words, each at its own index. */
export const NUMBER_WORDS: readonly string[] =
  'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');
const REFERENCES = ['the result', 'the answer', 'result', 'it', 'that'];

const SUM_OPERATORS: readonly Operator[] = ['+', '-'];
const PRODUCT_OPERATORS: readonly Operator[] = ['*', '/', 'mod'];
const OPERATORS = [...SUM_OPERATORS, ...PRODUCT_OPERATORS];

class ArithmeticParser {
  readonly #pieces: Piece[];
  readonly #context: CalculationContext;
  #at = 0;
  #nesting = 0;

  constructor(pieces: Piece[], context: CalculationContext) {
    this.#pieces = pieces;
    this.#context = context;
  }

  parse(): Formula {
    const formula = this.#parsePhrase();
    this.#take('=');
    const rest = this.#pieces[this.#at];
    if (rest !== undefined) this.#refuse(`${quote(rest.text)} does not fit here`);
    if (formula.text.length > MAX_FORMULA) {
      this.#at = 0;
      this.#refuse(`the calculation is longer than ${MAX_FORMULA} characters`);
    }
    if (formula.text === RESULT_MARK || /^-?[\d.]+$/.test(formula.text)) {
      this.#at = 0;
      this.#refuse('there is nothing to calculate');
    }
    return formula;
  }

  #parsePhrase(): Formula {
    if (this.#take('the sum of') || this.#take('sum of')) return this.#parseList(this.#parseSum(), '+');
    if (this.#take('the product of') || this.#take('product of')) return this.#parseList(this.#parseSum(), '*');
    if (this.#take('sum')) return this.#parseList(this.#parseSum(), '+');
    if (this.#take('add')) return this.#parseAdd();
    if (this.#take('subtract')) return this.#parseSubtract();
    if (this.#take('multiply')) return this.#parseScale('multiply', '*');
    if (this.#take('divide')) return this.#parseScale('divide', '/');
    return this.#parseContinuation() ?? this.#parseShare() ?? this.#parseSum();
  }

  #parseAdd(): Formula {
    const first = this.#parseSum();
    if (this.#take('to')) return combine(this.#parseLast(), '+', first);
    if (this.#context.hasResult && first.operators.size === 0 && this.#at === this.#pieces.length) {
      return combine(RESULT, '+', first);
    }
    return this.#asWritten(this.#isAtList() ? this.#parseList(first, '+') : first, '+', 'to');
  }

  #parseSubtract(): Formula {
    const first = this.#parseSum();
    if (this.#take('from')) return combine(this.#parseLast(), '-', first);
    if (this.#context.hasResult && first.operators.size === 0) return combine(RESULT, '-', first);
    return this.#asWritten(first, '-', 'from');
  }

  #parseScale(verb: string, operator: '*' | '/'): Formula {
    const hasResult = this.#context.hasResult && this.#pieces[this.#at]?.text === 'by';
    const first = hasResult ? RESULT : this.#parseSum();
    if (this.#take('by')) return combine(first, operator, this.#parseLast());
    const isList = verb === 'multiply' && this.#isAtList();
    return this.#asWritten(isList ? this.#parseList(first, operator) : first, operator, 'by');
  }

  /** `add 1 + 2`: the verb only repeats what the formula says. */
  #asWritten(formula: Formula, operator: Operator, joint: string): Formula {
    if (formula.operators.size !== 1 || !formula.operators.has(operator)) {
      this.#refuse(`this needs two numbers with "${joint}" or "${operator}" between them`);
    }
    if (this.#context.hasResult && !formula.usesResult) {
      this.#at = 0;
      this.#refuse(
        `it is not clear whether this continues with the earlier result; say "${joint} it", or leave out the verb`,
      );
    }
    return formula;
  }

  /** The rest of `1, 2 and 3` after its first item. */
  #parseList(first: Formula, operator: Operator): Formula {
    if (!this.#isAtList()) return this.#asWritten(first, operator, 'and');
    let all = this.#asItem(first, operator);
    while (this.#isAtList()) {
      this.#take(',');
      this.#take('and');
      const item = this.#parseSum();
      all = combine(all, operator, this.#asItem(item, this.#isAtList() ? operator : undefined));
    }
    return all;
  }

  /** An operator in an item could also mean the whole list, unless it is the list's own. */
  #asItem(item: Formula, operator: Operator | undefined): Formula {
    for (const own of item.operators) if (own !== operator) this.#refuseUnclear(item);
    return item;
  }

  /** `times 4` after another calculation continues with its result. */
  #parseContinuation(): Formula | undefined {
    if (!this.#context.hasResult) return undefined;
    if (this.#pieces[0]?.text === '-')
      this.#refuse('it is not clear whether this is a negative number; say "subtract"');
    const operator = this.#takeOperator(OPERATORS);
    return operator === undefined ? undefined : this.#join(RESULT, operator, this.#parseLast());
  }

  /** `10% of 200` */
  #parseShare(): Formula | undefined {
    const [number, sign, of] = this.#pieces;
    if (number?.kind !== 'number' || of?.text !== 'of') return undefined;
    if (sign?.text !== '%' && sign?.text !== 'percent') return undefined;
    this.#at = 3;
    return combine(combine(literal(number.text), '*', this.#parseLast()), '/', literal('100'));
  }

  /** The last number of a phrase: an operator behind it could belong to it or to the whole phrase. */
  #parseLast(): Formula {
    const last = this.#parseFactor();
    if (last.operators.size > 0 || this.#takeOperator(OPERATORS) !== undefined) this.#refuseUnclear(last);
    return last;
  }

  #parseSum(): Formula {
    let left = this.#parseProduct();
    for (let operator = this.#takeOperator(SUM_OPERATORS); operator !== undefined;) {
      left = combine(left, operator, this.#parseProduct());
      operator = this.#takeOperator(SUM_OPERATORS);
    }
    return left;
  }

  #parseProduct(): Formula {
    let left = this.#parseFactor();
    for (let operator = this.#takeOperator(PRODUCT_OPERATORS); operator !== undefined;) {
      left = this.#join(left, operator, this.#parseFactor());
      operator = this.#takeOperator(PRODUCT_OPERATORS);
    }
    return left;
  }

  /** Remainders neither mix with other products nor take numbers below zero: calculators differ on both. */
  #join(left: Formula, operator: Operator, right: Formula): Formula {
    const mixes =
      left.operators.has('mod') || (operator === 'mod' && (left.operators.has('*') || left.operators.has('/')));
    if (mixes) this.#refuseUnclear(left);
    if (operator === 'mod' && !(left.nonNegative && right.nonNegative)) {
      this.#refuse('the remainder of a number that may be negative is not the same everywhere');
    }
    return combine(left, operator, right);
  }

  #parseFactor(): Formula {
    return this.#takeOperator(['-']) !== undefined ? negate(this.#parsePower()) : this.#parsePower();
  }

  #parsePower(): Formula {
    let base = this.#parsePiece();
    const short = POWER_WORDS.find(({ word }) => this.#take(word));
    if (short !== undefined) base = combine(base, '^', literal(short.power));
    if (this.#takeOperator(['^']) === undefined) return base;
    const exponent = this.#nest(() => this.#parseFactor());
    if (!exponent.isWhole) this.#refuse('the result is exact only for a power that is a whole number');
    return combine(base, '^', exponent);
  }

  #parsePiece(): Formula {
    const piece = this.#pieces[this.#at];
    if (this.#take('(')) {
      const inner = this.#nest(() => this.#parseSum());
      if (!this.#take(')')) this.#refuse('a closing parenthesis is missing');
      return group(inner);
    }
    if (REFERENCES.some((words) => this.#take(words))) {
      if (this.#context.hasResult) return RESULT;
      this.#at -= 1;
      this.#refuse('there is no number before this that it could mean');
    }
    const digits = piece === undefined ? undefined : digitsOf(piece);
    if (digits === undefined)
      this.#refuse(piece === undefined ? 'a number is missing' : `${quote(piece.text)} is not a number`);
    this.#at += 1;
    return literal(digits);
  }

  #nest(parse: () => Formula): Formula {
    this.#nesting += 1;
    if (this.#nesting > MAX_NESTING) this.#refuse(`it nests deeper than ${MAX_NESTING} levels`);
    const formula = parse();
    this.#nesting -= 1;
    return formula;
  }

  #isAtList(): boolean {
    const text = this.#pieces[this.#at]?.text;
    return text === 'and' || text === ',';
  }

  #takeOperator(operators: readonly Operator[]): Operator | undefined {
    return operators.find(
      (operator) => this.#take(operator) || OPERATOR_WORDS[operator].some((words) => this.#take(words)),
    );
  }

  /** Takes the pieces that spell these words or this sign, or none. */
  #take(words: string): boolean {
    const wanted = words.split(' ');
    const found = wanted.every((word, index) => this.#pieces[this.#at + index]?.text === word);
    if (found) this.#at += wanted.length;
    return found;
  }

  #refuseUnclear(formula: Formula): never {
    const text = formula.text.replaceAll(RESULT_MARK, 'the result');
    this.#refuse(`it is not clear what belongs together around ${quote(text)}; use parentheses`);
  }

  #refuse(why: string): never {
    throw new OfflineRefusal(why, this.#pieces[this.#at]?.start ?? this.#context.end);
  }
}

function digitsOf(piece: Piece): string | undefined {
  if (piece.kind === 'number') return piece.text;
  const value = piece.kind === 'word' ? NUMBER_WORDS.indexOf(piece.text) : -1;
  return value === -1 ? undefined : String(value);
}
