import { describe, expect, test } from 'vitest';

import { readRows } from '../../../src/cli/batch/table-rows.js';
import type { Json, JsonSchema } from '../../../src/domain/values/json.js';

/** What the input `x` gets of a cell; undefined for nothing. */
function cellFor(schema: JsonSchema | undefined, cell: Json): Json | undefined {
  const { rows } = readRows([{ x: cell }], [{ name: '$x', ...(schema && { schema }) }]);
  const [row] = rows;
  return row !== undefined && 'values' in row ? row.values['x'] : undefined;
}

describe('readRows', () => {
  test.each<[JsonSchema | undefined, Json, Json | undefined]>([
    [undefined, '7', '7'],
    [undefined, '', ''],
    [undefined, null, undefined],
    [undefined, 7, 7],
    [{ type: 'string' }, '007', '007'],
    [{ type: 'string' }, ' a ', ' a '],
    [{ type: 'string' }, '', ''],
    [{ type: 'string' }, 7, '7'],
    [{ type: 'string' }, true, 'true'],
    [{ type: 'integer' }, '7', 7],
    [{ type: 'integer' }, ' 7 ', 7],
    [{ type: 'integer' }, 7, 7],
    [{ type: 'integer' }, '7 pieces', '7 pieces'],
    [{ type: 'integer' }, '9007199254740993', '9007199254740993'],
    [{ type: 'integer' }, '', undefined],
    [{ type: 'integer' }, ' ', undefined],
    [{ type: 'number' }, '-1.5e3', -1500],
    [{ type: 'number' }, '1,5', '1,5'],
    [{ type: ['number', 'string'] }, '7', '7'],
    [{ type: ['number', 'null'] }, '7', 7],
    [{ type: 'boolean' }, 'TRUE', true],
    [{ type: 'boolean' }, 'no', false],
    [{ type: 'array' }, '[1, "a"]', [1, 'a']],
    [{ type: 'object' }, '{"a": 1}', { a: 1 }],
    [{ enum: ['S', 'M', 1] }, 'M', 'M'],
    [{ enum: ['S', 'M', 1] }, '1', 1],
    [{ enum: ['S', 'M', 1] }, '', undefined],
  ])('when an input has the schema %j and the cell is %j then it gets %j', (schema, cell, expected) => {
    expect(cellFor(schema, cell)).toEqual(expected);
  });

  test('when columns have no input then they are told once, with the names that may be meant', () => {
    const records = [
      { city: 'Oslo', zip: '1', ctiy: '' },
      { city: 'Rome', zip: '2', ctiy: '' },
    ];
    const { rows, leftOut } = readRows(records, [{ name: '$city' }]);
    expect(rows).toEqual([
      { number: 1, part: 'row', values: { city: 'Oslo' } },
      { number: 2, part: 'row', values: { city: 'Rome' } },
    ]);
    expect(leftOut).toBe(
      'the plan has no input for the columns "zip", "ctiy" (did you mean city?), so they are left out.',
    );
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`x${index}`, '']));
    expect(readRows([many], []).leftOut).toMatch(/ "x9" and 2 more, so they are left out\.$/);
  });

  test('when names have a sign or spaces then they are the same names', () => {
    const { rows, leftOut } = readRows([{ ' $city ': 'Oslo' }], [{ name: 'city' }]);
    expect([rows[0], leftOut]).toEqual([{ number: 1, part: 'row', values: { ' $city ': 'Oslo' } }, undefined]);
  });
});
