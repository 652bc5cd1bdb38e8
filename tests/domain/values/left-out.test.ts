import { expect, test } from 'vitest';

import type { Json, JsonSchema } from '../../../src/domain/values/json.js';
import { withoutNulls } from '../../../src/domain/values/left-out.js';

const text: JsonSchema = { type: 'string' };
const PERSON: JsonSchema = { type: 'object', properties: { name: text, mail: text }, required: ['name'] };

const cases: [string, JsonSchema, Json, Json][] = [
  ['may be left out', PERSON, { name: 'a', mail: null }, { name: 'a' }],
  ['is required', PERSON, { name: null, mail: 'b' }, { name: null, mail: 'b' }],
  ['is not known', PERSON, { name: 'a', more: null }, { name: 'a' }],
  ['is in a list', { type: 'array', items: PERSON }, [{ name: 'a', mail: null }], [{ name: 'a' }]],
  ['is deeper', { properties: { p: PERSON } }, { p: { name: 'a', mail: null } }, { p: { name: 'a' } }],
  ['is behind a reference', { $ref: '#/$defs/P', $defs: { P: PERSON } }, { name: 'a', mail: null }, { name: 'a' }],
  ['is in a branch', { anyOf: [PERSON, { type: 'null' }] }, { name: null, mail: null }, { name: null }],
  ['is in a map', { additionalProperties: PERSON }, { p: { name: 'a', mail: null } }, { p: { name: 'a' } }],
  ['is in an endless schema', { properties: { next: { $ref: '#' } } }, { next: { next: null } }, { next: {} }],
  ['is the value itself', PERSON, null, null],
];
test.each(cases)('when a null %s then it is treated so', (_name, schema, value, expected) => {
  expect(withoutNulls(value, schema)).toEqual(expected);
});
