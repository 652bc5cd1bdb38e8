import { expect, test } from 'vitest';

import { endlessReference } from '../../src/tools/endless-reference.js';
import type { JsonSchema } from '../../src/domain/values/json.js';

test.each<[string, JsonSchema]>([
  ['at once', { $ref: '#' }],
  ['through a definition', { $defs: { a: { allOf: [{ $ref: '#/$defs/a' }] } } }],
  ['through an escaped pointer', { $defs: { 'a/b c': { not: { $ref: '#/$defs/a~1b%20c' } } } }],
  ['through a condition', { properties: { x: { $anchor: 'x', if: { $ref: '#x' } } } }],
  ['through what depends on a property', { dependentSchemas: { a: { $ref: '#' } } }],
  ['through its own address', { $id: 'https://example.org/s', oneOf: [{ $ref: 'https://example.org/s#' }] }],
  ['through a name of draft 7', { definitions: { a: { $id: '#a', anyOf: [{ $ref: '#a' }] } } }],
])('when a schema leads back to itself %s, then the reference is named', (_way, schema) => {
  expect(endlessReference(schema)).toMatch(/#/);
});

test.each<[string, JsonSchema]>([
  ['a part of the value comes between', { properties: { c: { $ref: '#' } }, items: { anyOf: [{ $ref: '#' }] } }],
  ['two ways lead to one definition', { $defs: { a: {} }, anyOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }] }],
  ['the target is nowhere', { $ref: '#/$defs/none' }],
  ['the pointer is malformed', { $ref: '#/%' }],
  ['it names itself only in data', { const: { $ref: '#' } }],
])('when %s, then nothing is endless', (_case, schema) => {
  expect(endlessReference(schema)).toBeUndefined();
});

test('when a chain of references is longer than the stack, then it is followed to its end', () => {
  const $defs: JsonSchema = {};
  for (let index = 0; index < 20_000; index += 1) $defs[`d${index}`] = { $ref: `#/$defs/d${(index + 1) % 20_000}` };
  expect(endlessReference({ $defs })).toMatch(/#/);
});
