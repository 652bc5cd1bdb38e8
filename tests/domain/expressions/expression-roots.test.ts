import { expect, test } from 'vitest';

import { ExpressionError } from '../../../src/domain/expressions/expression-error.js';
import { parseExpression } from '../../../src/domain/expressions/expression.js';

function errorOf(source: string): ExpressionError {
  try {
    parseExpression(source);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error(`${source} is accepted`);
}

test.each([
  ['$match($x, /(?=a)/)', 12],
  ['$x[$contains(name, /(a)\\1/)]', 20],
  ['$replace($x, /(?<!a)b/, "")', 14],
])('when %s looks around or back then its regular expression is refused', (source, position) => {
  const message = 'lookaround and backreferences do not exist in regular expressions here';
  expect(errorOf(source)).toMatchObject({ message, position });
});

test.each([
  ['label', 'label is a field without a value to take it from; did you mean $label?', 1],
  ['``', 'write a name between the backticks, as in `unit price`', 2],
  ['1 + label', 'label is a field without a value to take it from; did you mean $label?', 5],
  ['$exists(label.a)', 'label is a field without a value to take it from; did you mean $label?', 9],
  ['$map($x, function($v){ $v.a & b })', 'b is a field without a value to take it from; did you mean $b?', 31],
  ['"a" & `b c`', 'b c is a field without a value to take it from; did you mean $b c?', 9],
  ['{ "a": b }', 'b is a field without a value to take it from; did you mean $b?', 8],
  ['{ a: 1 }', 'a key is a text: did you mean "a"?', 3],
  ['$', '$ has no value here: only a filter or a path has an item', 1],
  ['$sum($.a)', '$ has no value here: only a filter or a path has an item', 6],
  ['$x[a = $$.b]', '$$ has no value here: an expression has only the names of the plan', 8],
  ['*', '* has nothing to look into here: begin with a name, as in $list.*', 1],
  ['len($x)', 'there is no function len; did you mean $count($list), or $length($text)?', 1],
  ['$len($x)', 'there is no function $len; did you mean $count($list), or $length($text)?', 1],
  ['sum($x)', 'there is no function sum; did you mean $sum?', 1],
  ['$summ($x)', 'there is no function $summ; did you mean $sum?', 1],
  ['$x.$nothing()', 'there is no function $nothing', 4],
  ['$x["a"]', 'a filter takes a condition or an index, not a text; did you mean .a?', 4],
  ["$x.b['a b']", 'a filter takes a condition or an index, not a text; did you mean .`a b`?', 6],
  ['$x = True', 'write true instead of True', 6],
  ['$x = None', 'write null instead of None', 6],
  ['“a”', 'write straight quotes, as in "text": “a” has others', 1],
  ['($y := $f(1); $f := function($n){ $n }; $y)', 'there is no function $f', 8],
])('when it is %s, which can never have a value, then it says %s', (source, message, position) => {
  expect(errorOf(source)).toMatchObject({ message, position });
});

test.each([
  '$x[a > 1 and $exists(b)].c',
  '$x^(a, >b).{ "n": $.n, a: b }',
  '$x{a: $sum(b)}',
  '$x ~> |items|{ "a": b }|',
  '$x.(a + b)',
  '$x@$v.items[id = $v.id]',
  '$x#$i[$i > 0 and a]',
  '$map($x, function($v){ $v.a })',
  '$x.$uppercase(name)',
  '$x.*',
  '$x.items.%.name',
  '$x.items[$filter(b, function($v){ $v > c })]',
])('when a field has an item to look at, as in %s, then it is accepted', (source) => {
  expect(parseExpression(source).source).toBe(source);
});
