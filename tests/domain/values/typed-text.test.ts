import { expect, test } from 'vitest';

import type { Json, JsonSchema } from '../../../src/domain/values/json.js';
import { readTyped } from '../../../src/domain/values/typed-text.js';

test.each<[string, JsonSchema, Json | undefined]>([
  ['7', { type: 'string' }, '7'],
  [' 7 ', {}, ' 7 '],
  ['7', { type: ['number', 'string'] }, '7'],
  [' 7 ', { type: 'integer' }, 7],
  ['+.5', { type: 'number' }, 0.5],
  ['-0', { type: 'number' }, 0],
  ['0x10', { type: 'number' }, undefined],
  ['1e400', { type: 'number' }, undefined],
  ['12345678901234567', { type: 'integer' }, undefined],
  ['Yes', { type: 'boolean' }, true],
  ['n', { anyOf: [{ type: 'boolean' }, { type: 'null' }] }, false],
  ['null', { anyOf: [{ type: 'boolean' }, { type: 'null' }] }, null],
  ['[1, "a"]', { type: 'array' }, [1, 'a']],
  ['{"a":1}', { type: 'array' }, undefined],
  ['{"a":12345678901234567}', { type: 'object' }, undefined],
  ['2', { enum: [1, 2] }, 2],
  ['2', { enum: ['2', 2] }, '2'],
  ['3', { const: 2 }, undefined],
])('when %j is read by the schema %j then it is %j', (text, schema, expected) => {
  expect(readTyped(text, schema)).toEqual(expected);
});
