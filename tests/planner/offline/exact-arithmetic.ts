/** An exact fraction, its denominator above zero. */
export interface Fraction {
  top: bigint;
  bottom: bigint;
}

/** The value of a formula in digits with `+ - * / mod ^ ( )`; undefined for a division by zero. Throws on anything else. */
export function evaluateExactly(formula: string): Fraction | undefined {
  const values: (Fraction | undefined)[] = [];
  const pending: string[] = [];
  const reduce = () => {
    const operator = pending.pop() ?? '';
    const right = values.pop();
    values.push(operator === 'negate' ? calculate(fraction(0n), '-', right) : calculate(values.pop(), operator, right));
  };
  let wantsValue = true;
  for (const [piece] of formula.matchAll(/\d+(?:\.\d+)?|mod|[-+*/^()]|\S/g)) {
    if (/^\d/.test(piece)) {
      values.push(fromDecimal(piece));
      wantsValue = false;
    } else if (piece === '(') pending.push(piece);
    else if (piece === ')') {
      while (pending.at(-1) !== '(') reduce();
      pending.pop();
    } else {
      const operator = wantsValue && piece === '-' ? 'negate' : piece;
      const binding = BINDING[operator];
      if (binding === undefined) throw new Error(`${piece} in ${formula}`);
      while (!wantsValue && (BINDING[pending.at(-1) ?? ''] ?? -1) >= binding) reduce();
      pending.push(operator);
      wantsValue = true;
    }
  }
  while (pending.length > 0) reduce();
  if (values.length !== 1) throw new Error(`${values.length} values in ${formula}`);
  return values[0];
}

const BINDING: Partial<Record<string, number>> = { '+': 1, '-': 1, '*': 2, '/': 2, mod: 2, negate: 3, '^': 4 };

/** Undefined when an operand is, or when there is no such value. Powers take small whole exponents. */
export function calculate(
  left: Fraction | undefined,
  operator: string,
  right: Fraction | undefined,
): Fraction | undefined {
  if (left === undefined || right === undefined) return undefined;
  const { top: a, bottom: b } = left;
  const { top: c, bottom: d } = right;
  switch (operator) {
    case '+':
      return fraction(a * d + c * b, b * d);
    case '-':
      return fraction(a * d - c * b, b * d);
    case '*':
      return fraction(a * c, b * d);
    case '/':
      return c === 0n ? undefined : fraction(a * d, b * c);
    case 'mod':
      return c === 0n ? undefined : fraction((a * d) % (c * b), b * d);
    case '^':
      if (d !== 1n || c < 0n || c > 8n) throw new Error('the exponent is not a small whole number');
      return a === 0n && c === 0n ? undefined : fraction(a ** c, b ** c);
    default:
      throw new Error(`no operator: ${operator}`);
  }
}

export function fromDecimal(digits: string): Fraction {
  const [whole = '', decimals = ''] = digits.split('.');
  return fraction(BigInt(whole + decimals), 10n ** BigInt(decimals.length));
}

/** In lowest terms, so that equal fractions are equal objects. */
export function fraction(top: bigint, bottom = 1n): Fraction {
  let [a, b] = [top < 0n ? -top : top, bottom < 0n ? -bottom : bottom];
  while (b !== 0n) [a, b] = [b, a % b];
  const divisor = (a === 0n ? 1n : a) * (bottom < 0n ? -1n : 1n);
  return { top: top / divisor, bottom: bottom / divisor };
}
