import { expect, test } from 'vitest';

import { keepsOrder, movedNamesIn, objectsIn, orderChanged } from '../../../src/domain/values/name-order.js';

test.each([
  [['Country', '2019'], false],
  [['2020', '2019', 'Country'], false],
  [['2019', '2020', 'Country'], true],
  [['Country', 'Year 2019', '02', '1.5', '-1', '4294967295'], true],
  [['Country', '4294967294'], false],
  [[], true],
])('when an object has the names %j then whether it keeps their order is %s', (names, expected) => {
  expect(keepsOrder(names)).toBe(expected);
});

test('when JSON is walked through then each object has its names once, after those inside it', () => {
  const json = '{"a": {"b\\"]": [{"2": 1, "1": "x:{,"}]}, "c": 1, "a": null}';
  expect([...objectsIn(json)]).toEqual([
    { names: ['2', '1'], depth: 3 },
    { names: ['b"]'], depth: 1 },
    { names: ['a', 'c'], depth: 0 },
  ]);
});

test.each([
  ['{"z": 1, "2020": 2}', ['z', '2020']],
  ['[{"2019": 1, "z": 2}, {"z": 1, "2019" : 2}]', ['z', '2019']],
  ['{"z": {"2020": 1, "2019": 2}}', ['2020', '2019']],
  ['{"\\u007a": 1, "0": 2}', ['z', '0']],
  ['{"2019": 1, "2020": 2, "z": 3}', undefined],
  ['{"z": "2020", "y": "\\"2020\\":"}', undefined],
])('when the JSON is %s then the names that it cannot keep in their order are %j', (json, names) => {
  expect(movedNamesIn(json)).toEqual(names);
});

test('when there are many names then the warning gives the first ones', () => {
  const names = Array.from({ length: 100 }, (_, index) => String(100 - index));
  expect(orderChanged(names)).toMatch(/ In its order: 100, 99, .* 72, 71, …\.$/);
});
