import { expect, test } from 'vitest';

import { bm25 } from '../../src/planner/bm25.js';

/** Lengths 2, 4 and 3, so 3 in the mean. */
const TEXTS = [
  ['a', 'b'],
  ['a', 'a', 'c', 'd'],
  ['e', 'f', 'g'],
];

test('when texts are compared then each has the score that BM25 gives by hand', () => {
  // ln(1 + 1.5 / 2.5) = 0.470004 for a, which two texts have; ln(1 + 2.5 / 1.5) = 0.980829 for c, which one has.
  // First text: 0.470004 · 1 · 2.2 / (1 + 1.2 · 0.75). Second: 0.470004 · 2 · 2.2 / (2 + 1.2 · 1.25) and
  // 0.980829 · 1 · 2.2 / (1 + 1.2 · 1.25).
  const [first, second, third] = bm25(new Set(['a', 'c', 'z']), TEXTS);
  expect(first?.score).toBeCloseTo(0.544215, 5);
  expect(second?.score).toBeCloseTo(0.590862 + 0.86313, 5);
  expect(third).toEqual({ score: 0, shared: [] });
});

test('when terms are shared then those that count most come first', () => {
  const shared = bm25(new Set(['a', 'c', 'z']), TEXTS).map((match) => match.shared);
  expect(shared).toEqual([['a'], ['c', 'a'], []]);
});

test('when all texts have a term then it still counts', () => {
  // ln(1 + 0.5 / 1.5), in a text as long as the mean: 0.287682 · 2.2 / 2.2.
  expect(bm25(new Set(['a']), [['a']])[0]?.score).toBeCloseTo(0.287682, 5);
});

test('when there are no texts then there are no matches', () => {
  expect(bm25(new Set(['a']), [])).toEqual([]);
});
