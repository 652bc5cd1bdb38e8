import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { redactor } from '../../../src/domain/values/redaction.js';

const secret = (value: string, shown?: string) => ({ name: value.toUpperCase(), value, ...(shown && { shown }) });

/** All that is told of a text that comes in pieces, and what is held back at its end. */
function told(pieces: string[], secrets: Parameters<typeof redactor>[0]) {
  const { beginning } = redactor(secrets);
  let all = '';
  let rest = '';
  for (const piece of pieces) {
    const next = beginning(rest + piece, all === '');
    all += next.text;
    ({ rest } = next);
  }
  return { all, rest };
}

const SECRETS = [secret('abcabcab1'), secret('bcabcabca2'), secret('abcabcab1more'), secret('cab 1\nxx', '[said]')];

test('when a text comes in pieces then what is told is the beginning of the redacted text', () => {
  const word = fc.constantFrom('a', 'b', 'c', 'ab', '1', '2', 'more', ' 1\nxx', 'abcabcab1', 'bcabcabca2', 'cab 1\nx');
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (pieces) => {
      const { all, rest } = told(pieces, SECRETS);
      expect(redactor(SECRETS).text(pieces.join(''))).toBe(all + redactor(SECRETS).text(rest));
    }),
    { numRuns: 2_000 },
  );
});

test('when a secret is torn apart then nothing of it is told', () => {
  expect(told([...'x abcabcab1'], SECRETS)).toEqual({ all: 'x ', rest: 'abcabcab1' });
  expect(told([...'x abcabcab1 y'], SECRETS)).toEqual({ all: 'x [ABCABCAB1] y', rest: '' });
});

test('when a short text may be a secret that somebody gave then it is not told before more has come', () => {
  const pin = [secret('123', '[pin]')];
  expect(told(['1', '23'], pin)).toEqual({ all: '', rest: '123' });
  expect(told(['1', '23', ' men'], pin)).toEqual({ all: '123 men', rest: '' });
});

test('when there are no secrets then everything is told at once', () => {
  expect(told(['a', 'b'], [])).toEqual({ all: 'ab', rest: '' });
});
