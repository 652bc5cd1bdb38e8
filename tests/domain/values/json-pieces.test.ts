import fc from 'fast-check';
import { expect, test } from 'vitest';

import { digestText, digestValue, measureJson } from '../../../src/domain/values/digest.js';
import { canonicalJson, type Json } from '../../../src/domain/values/json.js';
import { beginningOfJson, jsonPieces } from '../../../src/domain/values/json-pieces.js';

const LONG = 300_000;
const rows = (count: number): Json => Array.from({ length: count }, (_, index) => ({ b: index, a: [true, null, 0.5] }));

const values: [string, Json][] = [
  ['a short text', 'a "b"\n'],
  ['a text of several pieces', 'äb"c\\\n\u0001'.repeat(50_000)],
  ['a text of pieces that end inside of a character', `x${'🎈'.repeat(150_000)}`],
  ['a text of halves of characters', '\ud83c'.repeat(LONG)],
  ['a list of many small values', rows(10_000)],
  ['a list with a long text in it', [1, 'x'.repeat(LONG), { y: 'z'.repeat(LONG) }, 2]],
  ['an object with a long text in it', { b: 1, '"a': 'x'.repeat(LONG), __proto: [rows(10_000)] }],
  ['an object with numbers as keys', { 10: 'x'.repeat(LONG), 9: 1, a: 2 }],
  ['a list in lists', [[[rows(10_000)]]]],
];

test.each(values)('when %s is written in pieces then they are its JSON', (_what, value) => {
  // Compared as a truth value: a difference between texts of megabytes is not to be printed.
  expect([...jsonPieces(value)].join('') === JSON.stringify(value)).toBe(true);
  expect([...jsonPieces(value, true)].join('') === canonicalJson(value)).toBe(true);
});

test.each(values)('when %s is measured then its size and digests are those of its JSON', (_what, value) => {
  const text = JSON.stringify(value);
  expect(measureJson(value)).toEqual({ digest: digestText(text), bytes: Buffer.byteLength(text) });
  expect(digestValue(value)).toBe(digestText(canonicalJson(value)));
});

test('when a value is long then no piece of it is much longer than others', () => {
  const pieces = [...jsonPieces({ list: rows(20_000), text: 'x'.repeat(900_000) })];
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(600_000);
});

test('when only the beginning of a value is wanted then it is the beginning of its JSON', () => {
  for (const [, value] of values) {
    expect(JSON.stringify(value).startsWith(beginningOfJson(value, 300).slice(0, 300))).toBe(true);
  }
});

test('when any JSON stands beside a long text then the pieces are still its JSON', () => {
  const filler = 'x'.repeat(LONG);
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const long = [value, filler, { value }] as Json;
      expect([...jsonPieces(long)].join('') === JSON.stringify(long)).toBe(true);
      expect([...jsonPieces(long, true)].join('') === canonicalJson(long)).toBe(true);
    }),
    { numRuns: 20 },
  );
});
