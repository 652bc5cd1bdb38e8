/** A fraction in lowest terms, so that decimals are what they look like: 0.1 + 0.2 is 0.3. */
export interface Exact {
  numerator: bigint;
  /** Above zero. */
  denominator: bigint;
  /** False once an irrational root was taken: the last digits are rounded. */
  exact: boolean;
}

/** Arithmetic that cannot be done; the message is for people. */
export class ArithmeticRefused extends Error {}

const MAX_LITERAL_DIGITS = 400;
const MAX_LITERAL_EXPONENT = 400;
/** Bits of a numerator or denominator, about 1,200 digits: four times what a JSON number can reach. */
const MAX_BITS = 4_096;
const MAX_EXPONENT = 10_000n;
/** Digits that are certain after irrational roots, computed with 53 bits. */
const CERTAIN_DIGITS = 12;

const tooLarge = () => new ArithmeticRefused('the numbers get too large');

function make(numerator: bigint, denominator: bigint, exact: boolean): Exact {
  if (denominator === 0n) throw new ArithmeticRefused('division by zero');
  const sign = denominator < 0n ? -1n : 1n;
  const divisor = sign * greatestCommonDivisor(numerator, denominator);
  const result = { numerator: numerator / divisor, denominator: denominator / divisor, exact };
  if (bits(result.numerator) > MAX_BITS || bits(result.denominator) > MAX_BITS) throw tooLarge();
  return result;
}

function greatestCommonDivisor(one: bigint, two: bigint): bigint {
  let [a, b] = [absolute(one), absolute(two)];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function bits(value: bigint): number {
  return absolute(value).toString(16).length * 4;
}

/** Reads `12`, `0.5`, `.5` or `1e-3`. */
export function fromDecimal(text: string): Exact {
  const [mantissa = '', tens = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  if (whole.length + fraction.length > MAX_LITERAL_DIGITS) {
    throw new ArithmeticRefused(`a number has more than ${MAX_LITERAL_DIGITS} digits`);
  }
  const exponent = Number(tens) - fraction.length;
  if (Math.abs(Number(tens)) > MAX_LITERAL_EXPONENT) {
    throw new ArithmeticRefused(`the exponent of ${text} is beyond ${MAX_LITERAL_EXPONENT}`);
  }
  const digits = BigInt(whole + fraction);
  const scale = 10n ** BigInt(Math.abs(exponent));
  return exponent < 0 ? make(digits, scale, true) : make(digits * scale, 1n, true);
}

export function negate(a: Exact): Exact {
  return { ...a, numerator: -a.numerator };
}

export function add(a: Exact, b: Exact): Exact {
  const numerator = a.numerator * b.denominator + b.numerator * a.denominator;
  const sum = make(numerator, a.denominator * b.denominator, a.exact && b.exact);
  if (!sum.exact && magnitude(sum) * 1_000 < Math.max(magnitude(a), magnitude(b))) {
    throw new ArithmeticRefused('it takes nearly equal rounded numbers from each other, which leaves no certain digit');
  }
  return sum;
}

export function subtract(a: Exact, b: Exact): Exact {
  return add(a, negate(b));
}

export function multiply(a: Exact, b: Exact): Exact {
  return make(a.numerator * b.numerator, a.denominator * b.denominator, a.exact && b.exact);
}

export function divide(a: Exact, b: Exact): Exact {
  return make(a.numerator * b.denominator, a.denominator * b.numerator, a.exact && b.exact);
}

/** The rest of a division. Programs disagree about negative numbers, so those are refused. */
export function modulo(a: Exact, b: Exact): Exact {
  if (a.numerator < 0n || b.numerator <= 0n || !a.exact || !b.exact) {
    throw new ArithmeticRefused('"mod" needs exact numbers that are not negative, and a divisor above zero');
  }
  const quotient = (a.numerator * b.denominator) / (a.denominator * b.numerator);
  return subtract(a, multiply(b, { numerator: quotient, denominator: 1n, exact: true }));
}

export function power(base: Exact, exponent: Exact): Exact {
  if (base.numerator === 0n && exponent.numerator <= 0n) throw new ArithmeticRefused('0 to the power of 0 or less');
  if (exponent.denominator !== 1n) return rootPower(base, exponent);
  const times = absolute(exponent.numerator);
  if (times > (base.exact && exponent.exact ? MAX_EXPONENT : 1_000n)) throw tooLarge();
  const size = Math.max(bits(base.numerator), bits(base.denominator)) - 4;
  if (size * Number(times) > MAX_BITS) throw tooLarge();
  const [top, bottom] = [base.numerator ** times, base.denominator ** times];
  const exact = base.exact && exponent.exact;
  return exponent.numerator < 0n ? make(bottom, top, exact) : make(top, bottom, exact);
}

function rootPower(base: Exact, exponent: Exact): Exact {
  if (base.numerator < 0n) throw new ArithmeticRefused('a fractional power of a negative number');
  if (exponent.denominator === 2n) {
    return power(squareRoot(base), { ...exponent, denominator: 1n });
  }
  return rounded(toFinite(base) ** toFinite(exponent));
}

export function squareRoot(a: Exact): Exact {
  if (a.numerator < 0n) throw new ArithmeticRefused('the square root of a negative number');
  const [top, bottom] = [wholeRoot(a.numerator, 2n), wholeRoot(a.denominator, 2n)];
  if (top !== undefined && bottom !== undefined) return make(top, bottom, a.exact);
  return rounded(Math.sqrt(toFinite(a)));
}

export function cubeRoot(a: Exact): Exact {
  const [top, bottom] = [wholeRoot(absolute(a.numerator), 3n), wholeRoot(a.denominator, 3n)];
  if (top === undefined || bottom === undefined) return rounded(Math.cbrt(toFinite(a)));
  return make(a.numerator < 0n ? -top : top, bottom, a.exact);
}

/** The root of a whole number when it is whole, by bisection. */
function wholeRoot(value: bigint, degree: bigint): bigint | undefined {
  let [low, high] = [0n, 1n << BigInt(Math.ceil(bits(value) / Number(degree)) + 1)];
  while (low < high) {
    const middle = (low + high) / 2n;
    if (middle ** degree < value) low = middle + 1n;
    else high = middle;
  }
  return low ** degree === value ? low : undefined;
}

function rounded(value: number): Exact {
  if (!Number.isFinite(value)) throw tooLarge();
  const parsed = fromDecimal(String(Math.abs(value)));
  return { ...(value < 0 ? negate(parsed) : parsed), exact: false };
}

function magnitude(a: Exact): number {
  return Math.abs(toNearest(a));
}

function toFinite(a: Exact): number {
  const value = toNearest(a);
  if (!Number.isFinite(value)) throw tooLarge();
  return value;
}

/** The nearest double; infinite when there is none. */
function toNearest({ numerator, denominator }: Exact): number {
  if (denominator === 1n) return Number(numerator);
  const digits = (value: bigint) => absolute(value).toString().length;
  const scale = Math.max(0, 40 + digits(denominator) - digits(numerator));
  const scaled = numerator * 10n ** BigInt(scale);
  const quotient = scaled / denominator;
  // A digit after the last one keeps a value just above a tie from being taken for the tie.
  const sticky = scaled % denominator === 0n ? '0' : '1';
  return Number(`${quotient === 0n ? '0' : quotient}${sticky}e-${scale + 1}`);
}

/**
 * As a JSON number. A whole number is exact or refused, also one that a fraction would be rounded to; any other is the
 * nearest double, or, after an irrational root, rounded to 12 significant digits.
 */
export function toJsonNumber(value: Exact): number {
  const nearest = toFinite(value);
  if (!value.exact) return Number(nearest.toPrecision(CERTAIN_DIGITS));
  if (nearest === 0 && value.numerator !== 0n) throw new ArithmeticRefused('the result is too close to zero');
  if (value.denominator === 1n && !isWrittenAs(nearest, value.numerator)) {
    throw new ArithmeticRefused(`the result is ${value.numerator}, which has more digits than a JSON number keeps`);
  }
  if (value.denominator !== 1n && Number.isInteger(nearest)) {
    throw new ArithmeticRefused(
      `the result is not the whole number ${nearest}, and a JSON number comes no closer to it`,
    );
  }
  return nearest;
}

function isWrittenAs(number: number, whole: bigint): boolean {
  const written = fromDecimal(String(Math.abs(number)));
  return written.denominator === 1n && written.numerator === absolute(whole);
}
