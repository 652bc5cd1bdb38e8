import { describe, expect, test } from 'vitest';

import type { Json } from '../../../src/domain/values/json.js';
import { describeValue, partOf, type WantedPart } from '../../../src/domain/values/value-parts.js';

const ORDERS = Array.from({ length: 200 }, (_, index): Json => ({
  id: index,
  customer: { name: `customer ${index}` },
}));
const VALUE: Json = { orders: ORDERS, 'a key': 'odd', note: 'Ship it on Friday.' };
const TEXT = `${'word '.repeat(1_000)}Straße 7 (Köln) ${'more '.repeat(1_000)}`;

const read = (value: Json, wanted: WantedPart, most = 1_000) => {
  const found = partOf(value, wanted, most);
  return found.ok ? found.text : `! ${found.problem}`;
};

test.each<[Json, string]>([
  ['short', 'A text of 5 characters. It begins: short'],
  [TEXT, `A text of ${TEXT.length} characters. It begins: word word`],
  [ORDERS, `A list of 200 items, ${JSON.stringify(ORDERS).length} characters as JSON. The first: {"id":0,"customer":`],
  [[], 'A list of 0 items, 2 characters as JSON.'],
  [VALUE, 'Its keys: orders, a key, note.'],
  [7, 'A text of 1 characters. It begins: 7'],
])('when a value is described then it says what it is and how it begins (%#)', (value, said) => {
  expect(describeValue(value)).toContain(said);
  expect(describeValue(value).length).toBeLessThan(700);
});

test.each<[string, WantedPart, string]>([
  ['a path', { path: 'orders[3].customer.name' }, '[characters 0-10 of 10]\ncustomer 3'],
  ['a path from $', { path: '$.note' }, '[characters 0-18 of 18]\nShip it on Friday.'],
  ['an odd key', { path: '["a key"]' }, '[characters 0-3 of 3]\nodd'],
  [
    'items of a list',
    { path: 'orders', range: '5-7' },
    `[items 5-7 of 200]\n5: ${JSON.stringify(ORDERS[5])}\n6: ${JSON.stringify(ORDERS[6])}`,
  ],
  ['characters of a text', { path: 'note', range: '8-17' }, '[characters 8-17 of 18]\non Friday'],
  ['what is behind the end', { path: 'note', range: '90-99' }, '[characters 90-90 of 18]\n'],
  ['places in a structure', { search: 'CUSTOMER 19' }, 'orders[19].customer.name: customer 19'],
  ['a key', { search: 'a KEY' }, 'a key is a key'],
  ['what is nowhere', { search: 'tuesday' }, '"tuesday" is not in it.'],
  ['signs that mean something elsewhere', { search: '.*(' }, '".*(" is not in it.'],
  [
    'a path to nothing',
    { path: 'orders[3].client' },
    '! There is nothing at orders[3].client. orders[3] is this: An object',
  ],
  [
    'a list by a name',
    { path: 'orders.first' },
    '! There is nothing at orders.first. orders is this: A list of 200 items',
  ],
  ['no path', { path: 'orders[' }, '! orders[ is not a path. Write it as orders[0].customer.'],
  ['no range', { path: 'note', range: 'all' }, '! "all" is not a range. Write it as "0-100".'],
  ['a name that every object has', { path: 'constructor' }, '! There is nothing at constructor. The value is this'],
])('when %s is read then it is that part, or says why not', (_what, wanted, text) => {
  expect(read(VALUE, wanted)).toContain(text);
});

describe('when there is no room for all', () => {
  test('then a text is cut, and says which characters it has', () => {
    expect(read(TEXT, {}, 20)).toBe(`[characters 0-20 of ${TEXT.length}]\nword word word word `);
    expect(read(TEXT, { range: '5-' }, 20)).toContain(`[characters 5-25 of ${TEXT.length}]`);
  });

  test('then a list ends with a whole item, and of one that is too long there is the beginning', () => {
    expect(read(ORDERS, { range: '10-100' }, 200)).toMatch(/^\[items 10-14 of 200\]\n10: .*\n13: .*}$/s);
    expect(read([TEXT, 'b'], {}, 50)).toMatch(/^\[items 0-1 of 2\]\n0: "word .*…$/);
  });

  test('then a search says that there are more places', () => {
    expect(read(TEXT, { search: 'word' }).split('\n').at(-1)).toBe('There are more.');
    expect(read(ORDERS, { search: 'customer' }, 100_000).split('\n')).toHaveLength(21);
  });
});

test('when a text is searched then each place has its position and what is around it', () => {
  const at = TEXT.indexOf('Straße');
  const [place = ''] = read(TEXT, { search: 'straße 7 (k' }).split('\n');
  expect(place).toMatch(new RegExp(`^at character ${at}: …word .* more`));
  expect(read(TEXT, { range: `${at}-${at + 8}` })).toContain('\nStraße 7');
});
