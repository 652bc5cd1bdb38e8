import type { ArithmeticOperator as Operator } from '../../domain/values/arithmetic-words.js';

/** Represents the earlier result in a formula; nothing else in a formula can be written like this. */
export const RESULT_MARK = '$';

/** How tightly a formula binds: a sum, a product, a negated number, a power, or one piece. */
const LEVELS = { sum: 0, product: 1, negated: 2, power: 3, piece: 4 } as const;
type Level = (typeof LEVELS)[keyof typeof LEVELS];

/** A calculation as text that every calculator reads alike. */
export interface Formula {
  /** Digits, `+ - * / mod ^`, parentheses and `RESULT_MARK`. */
  text: string;
  level: Level;
  /** Certainly not below zero: only then is a remainder the same for everybody. */
  nonNegative: boolean;
  /** Certainly a whole number: only to such a power is everything exact. */
  isWhole: boolean;
  /** The loosest operators outside parentheses; none for one piece. */
  operators: ReadonlySet<Operator>;
  usesResult: boolean;
}

const NONE: ReadonlySet<Operator> = new Set();
const OPERATOR_LEVELS: Readonly<Record<Operator, Level>> = {
  '+': LEVELS.sum,
  '-': LEVELS.sum,
  '*': LEVELS.product,
  '/': LEVELS.product,
  mod: LEVELS.product,
  '^': LEVELS.power,
};

/** The value of the calculation before this one. */
export const RESULT: Formula = {
  text: RESULT_MARK,
  level: LEVELS.piece,
  nonNegative: false,
  isWhole: false,
  operators: NONE,
  usesResult: true,
};

export function literal(digits: string): Formula {
  const isWhole = /^\d+$/.test(digits);
  return { text: digits, level: LEVELS.piece, nonNegative: true, isWhole, operators: NONE, usesResult: false };
}

/** The formula as one piece. */
export function group(formula: Formula): Formula {
  return { ...formula, text: asPiece(formula), level: LEVELS.piece, operators: NONE };
}

export function negate(formula: Formula): Formula {
  return { ...formula, text: `-${asPiece(formula)}`, level: LEVELS.negated, nonNegative: false };
}

/** Both sides joined, with parentheses also where calculators differ: powers of powers, negated numbers, remainders. */
export function combine(left: Formula, operator: Operator, right: Formula): Formula {
  const level = OPERATOR_LEVELS[operator];
  const careful = operator === '^' || operator === 'mod';
  const leftFits = left.level >= level && !careful && isPlain(left);
  const rightFits = right.level > level && !careful && isPlain(right);
  const outer = left.level === level ? left.operators : NONE;
  return {
    text: `${leftFits ? left.text : asPiece(left)} ${operator} ${rightFits ? right.text : asPiece(right)}`,
    level,
    nonNegative: left.nonNegative && right.nonNegative && operator !== '-',
    isWhole: left.isWhole && right.isWhole && (operator === '^' ? right.nonNegative : operator !== '/'),
    operators: new Set([...outer, operator]),
    usesResult: left.usesResult || right.usesResult,
  };
}

/** Neither a negated number nor a remainder. */
function isPlain(formula: Formula): boolean {
  return formula.level !== LEVELS.negated && !formula.operators.has('mod');
}

function asPiece(formula: Formula): string {
  return formula.level === LEVELS.piece ? formula.text : `(${formula.text})`;
}
