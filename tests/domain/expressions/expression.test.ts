import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ExpressionError } from '../../../src/domain/expressions/expression-error.js';
import { evaluateExpression, parseExpression } from '../../../src/domain/expressions/expression.js';

const STARTED = '2026-03-04T05:06:07.000Z';

function variablesOf(source: string): string[] {
  return [...parseExpression(source).variables.keys()];
}

function errorOf(source: string): ExpressionError {
  try {
    parseExpression(source);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error(`${source} parses`);
}

const evaluate = (source: string, variables: Record<string, unknown> = {}) =>
  evaluateExpression(source, variables, { startedAt: STARTED });

describe('the variables that an expression takes from outside', () => {
  test.each<[string, string[]]>([
    ['1 + 2', []],
    ['$x + $y * $x', ['x', 'y']],
    ['$x.a[b > $limit].c', ['x', 'limit']],
    ['$x.(`$x` + a."$y")', ['x']],
    ['"$x" & \'$y\' /* $z */', []],
    ['$sum($x)', ['x']],
    ['$x ~> $sum', ['x']],
    ['$x ~> $map(function($v) { $v + $y })', ['x', 'y']],
    ['$map($x, $uppercase)', ['x']],
    ['$filter($x, function($v, $i, $a) { $v = $i and $count($a) > $n })', ['x', 'n']],
    ['λ($v){ $v + $w }', ['w']],
    ['$reduce($x, function($sum, $v) { $sum + $v }, $start)', ['x', 'start']],
    ['($a := $x; $b := $a + $y; $a * $b)', ['x', 'y']],
    ['($x := $x + 1; $x)', ['x']],
    ['($a := 1; ($b := 2; $a + $b)) + $b', ['b']],
    ['$x@$v.$v.a', ['x']],
    ['$x#$i.{"at": $i}', ['x']],
    ['$x[a = 1]#$i.{"at": $i}', ['x']],
    ['$x.a@$v.b#$i[$v.c = $i and $i < $n]', ['x', 'n']],
    ['$sum($x@$v.$v) + $v', ['x', 'v']],
    ['$x.{"a": $}', ['x']],
    ['$x{name: $sum(price) * $rate}', ['x', 'rate']],
    ['$x^(>price, name)', ['x']],
    ['{"a": $x, $y: [$z, 1..$n]}', ['x', 'y', 'z', 'n']],
    ['$x ~> | items | {"price": price * $rate}, $gone |', ['x', 'rate', 'gone']],
    ['$a ? $b : $c', ['a', 'b', 'c']],
    ['$x ?? $y', ['x', 'y']],
    ['$x ?: $y', ['x', 'y']],
    ['$substring(?, 0, $n)', ['n']],
    ['($f := $substring(?, 0, $n); $f($x))', ['n', 'x']],
    ['($twice := function($g){ function($x){ $g($g($x)) } }; $twice($h))', ['h']],
    ['$exists($x)', ['x']],
    ['$été + $größe_2 + $名前', ['été', 'größe_2', '名前']],
    ['$__proto__ + $constructor + $toString', ['__proto__', 'constructor', 'toString']],
    // A function may call itself, and functions that are bound after it.
    ['($fact := function($n){ $n < 2 ? 1 : $n * $fact($n - 1) }; $fact($x))', ['x']],
    [
      '($even := function($n){ $n = 0 or $odd($n - 1) }; $odd := function($n){ $n != 0 and $even($n - 1) }; $even($x))',
      ['x'],
    ],
    // Whether a branch binds a name depends on data.
    ['($c ? ($x := 1) : 2; $x)', ['c', 'x']],
    ['($c ? $x := 1 : 2; $x)', ['c', 'x']],
  ])('when it is %s then they are %j', (source, expected) => {
    expect(variablesOf(source)).toEqual(expected);
  });

  test.each([
    ['$total + $x', { total: 1, x: 10 }],
    ['1 + $total', { total: 5 }],
    ['\n  $x', { x: 4 }],
    ['$x + $x', { x: 1 }],
  ])('when it is %j then each has the place of its first use', (source, expected) => {
    expect(Object.fromEntries(parseExpression(source).variables)).toEqual(expected);
  });
});

describe('the variables that an expression cannot do without', () => {
  test.each<[string, string[]]>([
    ['$x + $y', ['x', 'y']],
    ['$exists($x)', []],
    ['$not($exists($x.a))', []],
    ['$x ~> $exists', []],
    ['$x.a ~> $exists()', []],
    ['$exists($x) and $x > $y', ['y']],
    ['$exists($x) ? $x : "none"', []],
    ['$exists($x) ? $x : $y', []],
    ['$x ?? $y', []],
    ['$x ?: 0', ['x']],
    ['$flag ? $x : $y', ['flag', 'x', 'y']],
    ['$exists($x[a = $y])', []],
    ['$exists($a.b) ? 1 : 0', []],
    ['($exists := function($v){ $v }; $exists($x))', ['x']],
  ])('when it is %s then they are %j', (source, expected) => {
    expect([...parseExpression(source).needs]).toEqual(expected);
  });
});

describe('what is refused', () => {
  test.each([
    ['$eval("1")', '$eval is not allowed', 1],
    ['1 + $random()', '$random is not allowed', 5],
    ['$shuffle($x)', '$shuffle is not allowed', 1],
    ['$map($x, $eval)', '$eval is not allowed', 10],
    ['$x ~> $eval', '$eval is not allowed', 7],
    ['($e := $eval; $e("1"))', '$eval is not allowed', 8],
    ['($c ? $eval := 1 : 0; $eval("$random()"))', '$eval is not allowed', 7],
    ['function($eval){ 1 }', '$eval is not allowed', 10],
    ['$eval(?, {})', '$eval is not allowed', 1],
    ['{"f": $random}', '$random is not allowed', 7],
    ['$x[$random() > 0]', '$random is not allowed', 4],
    ['$x^($random())', '$random is not allowed', 5],
    ['$x ~> |a|{"b": $random()}|', '$random is not allowed', 16],
    ['$x@$v.{"a": $random()}', '$random is not allowed', 13],
  ])('when it is %s then it says %s at %i', (source, message, position) => {
    expect(errorOf(source)).toMatchObject({ message, position, source });
  });

  test.each([
    ['', 'Unexpected end of expression', 1],
    ['1 +', 'Unexpected end of expression', 3],
    ['(1', 'Expected ")" before end of expression', 2],
    ['"abc', 'String literal must be terminated', 4],
    ['1 2', 'Syntax error: 2', 3],
    ['$x.%', "The object representing the 'parent' cannot be derived", 2],
    ['$eval', '$eval is not allowed', 1],
  ])('when it is %j then it says %s at %i', (source, message, position) => {
    const error = errorOf(source);
    expect(error.message).toContain(message);
    expect(error.position).toBe(position);
  });

  test.each([
    ['longer than 100,000 characters', `1${'+1'.repeat(50_000)}`, 'is longer than 100000 characters'],
    ['20,000 brackets', '('.repeat(20_000), 'nests too deeply'],
    ['20,000 lists', '['.repeat(20_000), 'nests too deeply'],
    ['20,000 minus signs', '-'.repeat(20_000) + '$x', 'nests too deeply'],
  ])('when it is %s then it is refused', (_name, source, message) => {
    expect(errorOf(source).message).toBe(message);
  });

  test('when it is any text at all then it parses or is an ExpressionError with a place in it', () => {
    const piece = fc.constantFrom(
      '$x',
      '$',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      ':=',
      ':',
      '?',
      '@$v',
      '#$i',
      '|',
      '~>',
      '"',
      '/',
      '1',
      '.',
      '^',
      'function($a)',
      '%',
      '*',
      ' ',
      ';',
      ',',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (source) => {
          try {
            const { variables, needs } = parseExpression(source);
            for (const name of needs) expect(variables.has(name)).toBe(true);
            for (const [name, position] of variables)
              expect(source.slice(position - 1)).toMatch(`$${name}`.slice(0, 1));
          } catch (error) {
            expect(error).toBeInstanceOf(ExpressionError);
            expect((error as ExpressionError).position).toBeGreaterThanOrEqual(1);
            expect((error as ExpressionError).position).toBeLessThanOrEqual(Math.max(1, source.length));
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

test('when a text is measured then its characters are counted as JSONata counts them', async () => {
  const unit = fc.oneof(fc.string({ unit: 'binary', maxLength: 3 }), fc.constantFrom('😀', '\ud83d', '\ude00', 'é'));
  const texts = fc.array(unit).map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(texts, async (text) => {
      expect(await evaluate('$length($text)', { text })).toBe([...text].length);
    }),
  );
  expect(await evaluate('$text.$length()', { text: 'abc' })).toBe(3);
  expect(await evaluate('$length($nothing)')).toBeUndefined();
  await expect(evaluate('$length(5)')).rejects.toThrow(ExpressionError);
});

describe('what must be evaluated where it can be ended', () => {
  test.each([
    '$sort($x)',
    '$x ~> $sort',
    '$map($x, $sort)',
    '$x^(a)',
    '$distinct($x)',
    '$split($x, ",")',
    '$replace($x, "a", "b")',
    '$pad($x, $n)',
    '[1..$n]',
    '[1..1000000]',
    '[1..10].[1..10]',
    '[[1..10]]',
    '[1..10][$ > 5]',
    '[1..10]{"a": [1..10]}',
    '$reduce($x, function($a, $b){ {"a": $a, "b": $a} })',
    '($f := function($n){ $f($n + 1) }; $f(0))',
    '(function($f){ $f($f) })(function($f){ $f($f) })',
    '($f := function($v){ $map([1, 2], $f) }; $map([1], $f))',
    '$map($x, function($v){ $map($x, function($w){ $v + $w }) })',
    'function($a)<s+s+s+s+:s>{ $a }("a")',
    `(${Array.from({ length: 30 }, (_, index) => `$a${index + 1} := {"a": $a${index}, "b": $a${index}};`).join('')} 1)`,
  ])('when it is %s then it says so', (source) => {
    expect(parseExpression(source).unbounded).toBe(true);
  });

  test.each([
    '$x + 1',
    '$sum($x.price)',
    '$x[a > 1 and b = "c"]',
    '$map($x, function($v){ $v * 2 })',
    '$join($x, ", ")',
    '$exists($x) ? $x : 0',
    '$x ~> $filter(function($v){ $v > 1 }) ~> $count',
    '$substringBefore($x, "-")',
    '$contains($x, "a")',
    '$map($x, $uppercase)',
    '[1..100000]',
    '[-5..5]',
  ])('when it is %s then it needs no worker', (source) => {
    expect(parseExpression(source).unbounded).toBe(false);
  });

  test.each([
    ['($f := function($x) { $f($x) }; $f(1))', true],
    ['($f := function($x) { 1 + $f($x) }; $f(1))', true],
    ['($f := function($g) { $g($g) }; $f($f))', true],
    ['($f := function($x) { $map($x, $f) }; $f([1]))', true],
    ['($f := function($x) { $reduce([1, 2], $f) }; $f(1))', true],
    ['($f := function($x) { $x ~> $f }; $f(1))', true],
    ['($f := function($x) { $x + 1 }; $f(1))', false],
    ['$map($a, function($x) { $sum($x.price) })', false],
    ['$sort($a, function($x, $y) { $x > $y })', false],
    ['$map($a, function($x) { $sort($x) })', false],
  ])('when it is %s then whether a function may call itself is %s', (source, recursive) => {
    expect(parseExpression(source).recursive).toBe(recursive);
  });
});

describe('evaluateExpression', () => {
  test.each<[string, Record<string, unknown>, unknown]>([
    ['$x + 1', { x: 2 }, 3],
    ['$x.a', { x: [{ a: 1 }, { a: 2 }] }, [1, 2]],
    ['$missing', {}, undefined],
    ['$round($x, 2)', { x: 1.005 }, 1],
    ['$__proto__', { ['__proto__']: 5 }, 5],
    ['$constructor', {}, undefined],
    ['($fact := function($n){ $n < 2 ? 1 : $n * $fact($n - 1) }; $fact(5))', {}, 120],
    ['$exists($x) ? $x : "none"', {}, 'none'],
    ['$now()', {}, STARTED],
    ['$now("[Y0001]-[M01]-[D01]")', {}, '2026-03-04'],
    ['$now("[H01]:[m01]", "+0100")', {}, '06:06'],
    ['$millis()', {}, Date.parse(STARTED)],
    ['$toMillis($now()) = $millis()', {}, true],
    ['$map([1, 2], function($v){ $now() })', {}, [STARTED, STARTED]],
    ['[1, 2, 3][$ > 1]', {}, [2, 3]],
    ['[1 .. 5][$ > $x]', { x: 9 }, []],
    ['[[1, 2], [3]][$count($) > 1]', {}, [[1, 2]]],
    ['[[1], [2]][$[0] = 1]', {}, [[1]]],
    ['$number($x)', { x: '9007199254740992' }, 9007199254740992],
    ['$parseInteger($x, "#,##0")', { x: '12,345' }, 12345],
    ['$parseInteger("twelve", "w")', {}, 12],
    ['$sum($x.$number())', { x: ['1.5', '1e2', '0x10', true] }, 118.5],
  ])('when it is %s then it gives the value', async (source, variables, expected) => {
    const result = await evaluate(source, variables);
    expect(JSON.parse(JSON.stringify(result ?? null))).toEqual(expected ?? null);
  });

  test('when two evaluations of one expression overlap then each has its own variables and time', async () => {
    const moments = ['2026-01-01T00:00:00.000Z', '2027-01-01T00:00:00.000Z'];
    const results = await Promise.all(
      moments.map((moment, x) => evaluateExpression('$now() & "/" & $x', { x }, { startedAt: moment })),
    );
    expect(results).toEqual([`${moments[0]}/0`, `${moments[1]}/1`]);
  });

  test.each([
    ['1 + $number($x)', { x: '9007199254740993' }, 'more digits than a number can keep: keep it as text', 12],
    ['$parseInteger($x, "#,##0")', { x: '9,007,199,254,740,993' }, 'more digits than a number can keep: keep it', 14],
    ['$x + "a"', { x: 1 }, 'The right side of the "+" operator must evaluate to a number', 4],
    ['$x + 1', { x: 'a' }, 'must evaluate to a number; texts are joined with &', 4],
    ['$x[$k]', { x: { a: 1 }, k: 'a' }, 'not a text; the field of that name is $lookup($object, "a")', 4],
    ['$map(["a"], function($k){ $x[$k] })', { x: { a: 1 } }, 'a filter takes a condition or an index', 5],
    ['$error("stop")', {}, 'stop', 7],
    ['($f := 1; $f())', {}, 'Attempted to invoke a non-function', 13],
    ['$number("x")', {}, 'Unable to cast value to a number: "x"', 8],
    ['$fromMillis(1, "[Q]")', {}, 'Q', 12],
    ['1 +', {}, 'Unexpected end of expression', 3],
    ['$eval("1")', {}, '$eval is not allowed', 1],
    ['($f := function($n){ 1 + $f($n) }; $f(1))', {}, 'Stack overflow', 28],
    ['$count($split($pad("a", 200000000), ""))', {}, 'a text up to more than 10,000,000 characters', 19],
    ['$pad("", -100000000, "é")', {}, 'a text up to more than 10,000,000 characters', 5],
    ['$count($split($x, ""))', { x: 'a'.repeat(1_000_001) }, 'a list of more than 1,000,000 items', 14],
    ['$count($split($x, ","))', { x: ','.repeat(1_000_001) }, 'a list of more than 1,000,000 items', 14],
    ['$count([1..9000000])', {}, 'a list of more than 1,000,000 items', 11],
    ['$count([1..90000000])', {}, 'a list of more than 1,000,000 items', 11],
  ])('when %s fails then it says why and where', async (source, variables, message, position) => {
    const failure = evaluate(source, variables).catch((error: unknown) => error);
    await expect(failure).resolves.toBeInstanceOf(ExpressionError);
    await expect(failure).resolves.toMatchObject({ message: expect.stringContaining(message) as string, position });
  });

  test('when an expression never ends then it is cut', async () => {
    await expect(evaluate('($f := function($n){ $f($n + 1) }; $f(0))')).rejects.toMatchObject({
      name: 'ExpressionError',
      message: expect.stringContaining('takes longer than') as string,
    });
  });

  test('when an expression is parsed again then it is remembered, until others have taken its place', () => {
    const first = parseExpression('"a" & $x0');
    expect(parseExpression('"a" & $x0')).toBe(first);
    for (let index = 0; index < 30; index += 1) parseExpression(`"${'a'.repeat(50_000)}${index}"`);
    expect(parseExpression('"a" & $x0')).not.toBe(first);
    expect(parseExpression('"a" & $x0')).toEqual(first);
  });
});
