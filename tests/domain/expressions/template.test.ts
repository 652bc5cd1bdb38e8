import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ExpressionError } from '../../../src/domain/expressions/expression-error.js';
import { parseTemplate, templatesIn, wholeExpression } from '../../../src/domain/expressions/template.js';

/** Text as it is, expressions as lists of their source. */
function partsOf(text: string): (string | [string])[] {
  return parseTemplate(text).map((part) => (part.kind === 'text' ? part.text : [part.expression.source]));
}

function errorOf(text: string): ExpressionError {
  try {
    parseTemplate(text);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
  throw new Error('the template parses');
}

describe('parseTemplate', () => {
  test.each<[string, (string | [string])[]]>([
    ['', []],
    ['plain } text }} {', ['plain } text }} {']],
    ['{{$x}}', [['$x']]],
    ['a {{ $x }} b {{$y}}{{$z}}', ['a ', [' $x '], ' b ', ['$y'], ['$z']]],
    ['{{{{', ['{{']],
    ['{{{{ $x }}', ['{{ $x }}']],
    ['{{{{{{$x}}', ['{{', ['$x']]],
    ['{{{{{{{{', ['{{{{']],
    ['{{ {"a": {"b": 1}} }}', [[' {"a": {"b": 1}} ']]],
    ['{{{"a":{"b":1}}}}', [['{"a":{"b":1}}']]],
    ['{{{"a":1}}}}', [['{"a":1}'], '}']],
    ['{{ $x.{"a": {}} }} end', [[' $x.{"a": {}} '], ' end']],
    ['{{ "}}" }}!', [[' "}}" '], '!']],
    ["{{ '}} \\\\' }}!", [[" '}} \\\\' "], '!']],
    ['{{ "\\"}}" & $x }}', [[' "\\"}}" & $x ']]],
    ['{{ $x.`}}` }}', [[' $x.`}}` ']]],
    ['{{ $x /* }} " */ }}"', [[' $x /* }} " */ '], '"']],
    ['{{ $x / $y }} {{ $x / 2 }}', [[' $x / $y '], ' ', [' $x / 2 ']]],
    ['{{ $map($x, function($v){{"a": $v}}) }}', [[' $map($x, function($v){{"a": $v}}) ']]],
    ["it's {{ $x }} o'clock", ["it's ", [' $x '], " o'clock"]],
    ['日本 {{ "🎉" }}', ['日本 ', [' "🎉" ']]],
  ])('when the text is %s then its parts are %j', (text, expected) => {
    expect(partsOf(text)).toEqual(expected);
  });

  test.each([
    ['a {{ $x', '{{ is never closed by }}; write {{{{ for two braces', 3],
    ['{{', '{{ is never closed by }}; write {{{{ for two braces', 1],
    ['}} {{', '{{ is never closed by }}; write {{{{ for two braces', 4],
    ['ab{{}}', 'Unexpected end of expression', 5],
    ['ab{{ 1 + }}', 'Unexpected end of expression', 9],
    ['{{ $ok }} {{ $eval("1") }}', '$eval is not allowed', 14],
    ['{{ "never closed }} text', 'String literal must be terminated', 17],
    ['{{ {"a": 1 }} text', 'Expected "}"', 11],
    ['{{ $sum($x }} {{ $y }}', 'Expected ")"', 11],
    ['x {{ $x /* }}', 'Comment has no closing tag', 8],
    ['{{ $x } }}', 'Syntax error', 7],
  ])('when the text is %s then it says %s at %i', (text, message, position) => {
    const error = errorOf(text);
    expect(error.message).toContain(message);
    expect(error).toMatchObject({ position, source: text });
  });

  test('when a text has no braces then it is one part, as it is', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((text) => !text.includes('{{')),
        (text) => {
          expect(partsOf(text)).toEqual([text]);
        },
      ),
    );
  });

  test('when strings, names and comments hold any text then they do not end the expression', () => {
    const quoted = fc.oneof(
      fc.string().map((text) => JSON.stringify(text)),
      fc.string().map((text) => `$x.\`${text.replaceAll('`', '')}\``),
      fc.string().map((text) => `$x /*${text.replaceAll('*', '')}*/`),
      fc.constant('{"a": {"b": [1, {"c": {}}]}}'),
    );
    fc.assert(
      fc.property(fc.array(quoted, { minLength: 1, maxLength: 4 }), fc.string(), (sources, text) => {
        const literal = text.replaceAll('{', '');
        const whole = sources.map((source) => `{{ ${source} }}`).join('') + literal;
        const expected = [...sources.map((source) => [` ${source} `]), ...(literal === '' ? [] : [literal])];
        expect(partsOf(whole)).toEqual(expected);
      }),
    );
  });

  test('when it is any text at all then it parses or is an ExpressionError with a place in it', () => {
    const piece = fc.constantFrom(
      '{{',
      '}}',
      '{',
      '}',
      '"',
      "'",
      '`',
      '/*',
      '*/',
      '/',
      '\\',
      '$x',
      ' ',
      'a',
      '{{{{',
      '(',
      ')',
    );
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join('')),
        (text) => {
          try {
            for (const part of parseTemplate(text)) if (part.kind === 'text') expect(part.text).not.toBe('');
          } catch (error) {
            expect(error).toBeInstanceOf(ExpressionError);
            expect((error as ExpressionError).position).toBeGreaterThanOrEqual(1);
            expect((error as ExpressionError).position).toBeLessThanOrEqual(text.length + 1);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  const megabyte = 1_000_000;
  test.each([
    ['pairs of braces', '{{'.repeat(megabyte / 2), undefined],
    ['an odd number of pairs', '{{'.repeat(megabyte / 2 + 1), 'never closed'],
    ['closing braces behind an open string', `{{ "${'}} '.repeat(megabyte / 3)}`, 'longer than'],
    ['closing braces that end nothing', `{{ (${' }}('.repeat(20_000)}`, 'Expected ")"'],
    [
      'a list before thousands of closing braces in a string',
      `{{ [${'1,'.repeat(30_000)} "${'}}'.repeat(10_000)}`,
      'String literal',
    ],
    ['open comments', `{{ ${'/*'.repeat(megabyte / 2)}`, 'never closed'],
    ['open braces', `{{ ${'{ '.repeat(megabyte / 2)}`, 'never closed'],
    ['a long string', `{{ "${'\\"a'.repeat(megabyte / 3)}" }}`, 'longer than'],
    ['many expressions', '{{$x}} '.repeat(100_000), undefined],
  ])('when a megabyte is %s then it is judged all the same', (_name, text, message) => {
    if (message === undefined) expect(parseTemplate(text).length).toBeGreaterThan(0);
    else expect(errorOf(text).message).toContain(message);
  });
});

test.each([
  ['{{ $x }}', '$x'],
  [' {{ $x }}', undefined],
  ['{{ $x }}{{ $y }}', undefined],
  ['text', undefined],
  ['', undefined],
  ['{{{{', undefined],
])('when the text is %j then the expression that it is as a whole is %s', (text, source) => {
  expect(wholeExpression(parseTemplate(text))?.source.trim()).toBe(source);
});

test('when a value holds texts then those with templates are found, with their pointers', () => {
  const value = { 'a/b': ['{{ $x }}', 'plain', { '~': 'see {{ $y }}' }], n: 1, none: null, flag: true };
  expect(templatesIn(value, '/args')).toEqual([
    { pointer: '/args/a~1b/0', text: '{{ $x }}' },
    { pointer: '/args/a~1b/2/~0', text: 'see {{ $y }}' },
  ]);
  expect(templatesIn('{{ $x }}')).toEqual([{ pointer: '', text: '{{ $x }}' }]);
});
