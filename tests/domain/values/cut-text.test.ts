import { expect, test } from 'vitest';

import { cutText } from '../../../src/domain/values/cut-text.js';

test('when a text is too long then it ends in … within its limit, and half of a character is left out', () => {
  expect(['abc', 'abcd', 'ab😀d', '😀'].map((text) => cutText(text, 3))).toEqual(['abc', 'ab…', 'ab…', '😀']);
  expect(cutText('a😀d', 3)).toBe('a…');
});
