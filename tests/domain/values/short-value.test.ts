import { expect, test } from 'vitest';

import { shortValue } from '../../../src/domain/values/short-value.js';

test.each([
  ['a short text', 'T-1', 'T-1'],
  ['a long text', 'x'.repeat(500), `${'x'.repeat(79)}…`],
  ['a long text of characters with two code units', '😀'.repeat(100), `${'😀'.repeat(79)}…`],
  ['a number', 12.5, 12.5],
  ['null', null, null],
  ['a long list', [1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 3, 4, 5, 6]],
  [
    'nested values',
    { id: 1, tags: ['a', 'b'], by: { name: 'Ada', at: { x: 1 } } },
    { id: 1, tags: '… 2 items', by: { name: 'Ada', at: '…' } },
  ],
  ['many members', { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7 }, { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6 }],
])('when the value is %s then what tells it from others is kept', (_case, value, short) => {
  expect(shortValue(value)).toEqual(short);
});
