import { expect, test } from 'vitest';

import type { JsonSchema } from '../../../src/domain/values/json.js';
import { misspeltKeywords } from '../../../src/domain/values/schema-slips.js';

test.each<[JsonSchema, [string, string][]]>([
  [{ typ: 'string' }, [['typ', 'type']]],
  [{ type: 'object', requierd: ['a'] }, [['requierd', 'required']]],
  [{ type: 'array', item: { minLenght: 1 } }, [['item', 'items']]],
  [
    { type: 'array', items: { anyOf: [{ minlength: 1 }, { propertys: {} }] } },
    [
      ['minlength', 'minLength'],
      ['propertys', 'properties'],
    ],
  ],
  // Names of properties are not keywords, and other programs have words of their own.
  [
    { type: 'object', properties: { typ: { type: 'string' }, requierd: true }, 'x-order': 1, note: 'n', label: 'l' },
    [],
  ],
  [{ $defs: { item: { type: 'integer', maximun: 3 } }, $ref: '#/$defs/item' }, [['maximun', 'maximum']]],
])('when a schema is %j then the misspelt keywords are %j', (schema, expected) => {
  expect(misspeltKeywords(schema).map(({ word, near }) => [word, near])).toEqual(expected);
});
