import fc from 'fast-check';

import { calculate, fraction, fromDecimal, type Fraction } from './exact-arithmetic.js';

/** A calculation in the words and signs of a person, and its exact value (undefined: a division by zero). */
export interface ArithmeticRequest {
  words: string[];
  value: Fraction | undefined;
}

/** What a person says for a part of a calculation, and how tightly it holds together: sum 1, product 2, power 3, piece 4. */
interface Part extends ArithmeticRequest {
  binding: number;
}

const SPELLINGS: Record<string, string[]> = {
  '+': ['+', 'plus', 'PLUS'],
  '-': ['-', '−', 'minus'],
  '*': ['*', '×', 'x', 'times', 'multiplied by'],
  '/': ['/', '÷', 'divided by'],
  '^': ['^', '**', 'to the power of'],
};
const BINDING: Record<string, number> = { '+': 1, '-': 1, '*': 2, '/': 2, '^': 3 };
const SMALL = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
];

const numberPart: fc.Arbitrary<Part> = fc.oneof(
  fc.nat(999).map((value) => piece(String(value), fraction(BigInt(value)))),
  fc.tuple(fc.nat(99), fc.integer({ min: 0, max: 99 })).map(([whole, decimals]) => {
    const digits = `${whole}.${String(decimals).padStart(2, '0')}`;
    return piece(digits, fromDecimal(digits));
  }),
  fc.nat(12).map((value) => piece(SMALL[value] ?? '', fraction(BigInt(value)))),
);

function piece(word: string, value: Fraction): Part {
  return { words: [word], value, binding: 4 };
}

function bracket(part: Part): Part {
  return { ...part, words: ['(', ...part.words, ')'], binding: 4 };
}

function tight(part: Part, least: number): Part {
  return part.binding >= least ? part : bracket(part);
}

/** Brackets only where the usual rules of precedence need them. */
function join(left: Part, [operator, spelling]: [string, string], right: Part): Part {
  const binding = BINDING[operator] ?? 0;
  // Powers group from the right, everything else from the left.
  const first = tight(left, operator === '^' ? 4 : binding);
  const second = tight(right, operator === '^' ? 3 : binding + 1);
  return {
    words: [...first.words, ...spelling.split(' '), ...second.words],
    value: calculate(left.value, operator, right.value),
    binding,
  };
}

const operator = fc
  .constantFrom('+', '-', '*', '/')
  .chain((sign) => fc.constantFrom(...(SPELLINGS[sign] ?? [])).map((spelling): [string, string] => [sign, spelling]));
const powerSign = fc.constantFrom(...(SPELLINGS['^'] ?? [])).map((spelling): [string, string] => ['^', spelling]);
const exponent = fc.nat(3).map((value) => piece(String(value), fraction(BigInt(value))));

const { formula } = fc.letrec<{ formula: Part }>((tie) => ({
  formula: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    numberPart,
    fc.tuple(tie('formula'), operator, tie('formula')).map(([left, sign, right]) => join(left, sign, right)),
    fc.tuple(numberPart, powerSign, exponent).map(([left, sign, right]) => join(left, sign, right)),
    tie('formula').map(bracket),
    fc.tuple(tie('formula'), fc.constantFrom('squared', 'cubed')).map(([part, word]) => squareOrCube(part, word)),
    tie('formula').map((part) =>
      bracket({ words: ['-', ...tight(part, 3).words], value: calculate(fraction(0n), '-', part.value), binding: 4 }),
    ),
  ),
}));

function squareOrCube(part: Part, word: string): Part {
  const power = fraction(word === 'squared' ? 2n : 3n);
  const isSmall = part.words.length < 8;
  return isSmall
    ? { words: [...tight(part, 4).words, word], value: calculate(part.value, '^', power), binding: 3 }
    : part;
}

const computed = formula.filter(
  (part) => part.words.length > 1 && part.words.length < 60 && part.words.some((word) => OPERATOR_WORDS.has(word)),
);
const OPERATOR_WORDS = new Set([
  ...Object.values(SPELLINGS).flatMap((all) => all.map((spelling) => spelling.split(' ')[0] ?? '')),
  'squared',
  'cubed',
]);
// What ends a phrase, and what stands in a list, is one piece; what a word such as "from" ends may be anything.
const loose = formula.filter((part) => part.words.length < 20);
const operand = loose.map((part) => tight(part, 4));

const phrase: fc.Arbitrary<ArithmeticRequest> = fc.oneof(
  { weight: 3, arbitrary: computed },
  fc.tuple(operand, operand, loose).chain((parts) => fc.constantFrom(...verbPhrases(...parts))),
  fc
    .array(operand, { minLength: 2, maxLength: 5 })
    .chain((items) => fc.constantFrom(listPhrase(items, '+'), listPhrase(items, '*'))),
);

function verbPhrases(a: Part, b: Part, any: Part): ArithmeticRequest[] {
  const said = (words: string[], sign: string, [x, y]: [Part, Part]) => ({
    words,
    value: calculate(x.value, sign, y.value),
  });
  return [
    said(['add', ...a.words, 'and', ...b.words], '+', [a, b]),
    said(['Add', ...any.words, 'to', ...b.words], '+', [any, b]),
    said(['subtract', ...any.words, 'from', ...b.words], '-', [b, any]),
    said(['multiply', ...any.words, 'by', ...b.words], '*', [any, b]),
    said(['multiply', ...a.words, 'and', ...b.words], '*', [a, b]),
    said(['divide', ...any.words, 'by', ...b.words], '/', [any, b]),
  ];
}

function listPhrase(items: Part[], sign: '+' | '*'): ArithmeticRequest {
  const words = items.flatMap((item, index) =>
    index === 0 ? item.words : [index === items.length - 1 ? 'and' : ',', ...item.words],
  );
  const [first, ...rest] = items.map((item) => item.value);
  const value = rest.reduce((all, item) => calculate(all, sign, item), first);
  return { words: ['the', sign === '+' ? 'sum' : 'product', 'of', ...words], value };
}

const OPENINGS = [[], ['what', 'is'], ["what's"], ['calculate'], ['please', 'compute'], ['How', 'much', 'is']];
const ENDINGS = [[], ['?'], ['.'], ['please'], [',', 'please', '!']];

/** Requests that the offline planner must take. */
export const arithmeticRequest: fc.Arbitrary<ArithmeticRequest> = fc
  .tuple(fc.constantFrom(...OPENINGS), phrase, fc.constantFrom(...ENDINGS))
  .map(([opening, { words, value }, ending]) => {
    const isVerb = /^(add|subtract|multiply|divide)$/i.test(words[0] ?? '');
    return { words: [...(isVerb ? [] : opening), ...words, ...ending], value };
  });

/** Words next to each other with a space, signs without one where that is what people type. */
export function render(words: string[]): string {
  return words
    .join(' ')
    .replace(/(\() | (?=[),.?!])/g, '$1')
    .replace(/(?<=\d) (\+|\*|\/|\^) (?=\d)/g, '$1');
}

const UNDERSTOOD = new Set(
  `please what is the sum product of and to from by how much compute calculate add subtract multiply divide plus minus
  times x multiplied divided squared cubed raised power mod modulo result it that answer then percent evaluate`.split(
    /\s+/,
  ),
);

/** Words that mean nothing to the offline planner. */
export const JUNK: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'banana',
    'about',
    'roughly',
    'not',
    'dollars',
    '#',
    '&',
    '€',
    '5x',
    '1e3',
    '…',
    'zwölf',
    'плюс',
    '加',
    '"5"',
  ),
  fc.stringMatching(/^[a-z]{2,8}$/).filter((word) => !UNDERSTOOD.has(word) && !SMALL.includes(word)),
);
