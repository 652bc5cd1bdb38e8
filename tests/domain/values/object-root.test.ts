import { describe, expect, test } from 'vitest';

import type { Json, JsonSchema } from '../../../src/domain/values/json.js';
import { unwrapRoot, withObjectRoot } from '../../../src/domain/values/object-root.js';
import { compileSchema } from '../../../src/tools/json-schema.js';

const text: JsonSchema = { type: 'string' };

describe('a root that is an object', () => {
  test('when the schema describes objects then it stays as it is', () => {
    const schema = { type: 'object', properties: { a: text } };
    const root = withObjectRoot(schema, 'x');
    expect(root).toEqual({ schema, key: undefined });
    expect(unwrapRoot({ a: 'b' }, root)).toEqual({ a: 'b' });
  });

  test('when the schema only names properties then the type is added', () => {
    expect(withObjectRoot({ properties: { a: text } }, 'x')).toEqual({
      schema: { type: 'object', properties: { a: text } },
      key: undefined,
    });
  });
});

describe('any other root', () => {
  const others: [string, JsonSchema, Json][] = [
    ['a list', { type: 'array', items: text }, ['a']],
    ['a text', text, 'a'],
    ['anything', {}, { a: 1 }],
    ['an object or null', { type: ['object', 'null'] }, null],
    ['an object with branches', { type: 'object', anyOf: [{ required: ['a'] }] }, { a: 1 }],
    ['a reference', { $ref: '#/$defs/A', $defs: { A: text } }, 'a'],
    ['an old reference', { $ref: '#/definitions/A', definitions: { A: text } }, 'a'],
    ['a reference to the root', { type: 'array', items: { $ref: '#' } }, [[], [[]]]],
    [
      'a definition that refers to the root',
      { anyOf: [text, { $ref: '#/$defs/L' }], $defs: { L: { type: 'array', items: { $ref: '#' } } } },
      ['a', ['b']],
    ],
    ['a reference to a part', { type: 'array', prefixItems: [text, { $ref: '#/prefixItems/0' }] }, ['a', 'b']],
    ['an old draft', { $schema: 'http://json-schema.org/draft-07/schema#', type: 'array', items: [text] }, ['a']],
  ];
  test.each(others)('when it is %s then the same values fit, one level deeper', async (_name, schema, value) => {
    const root = withObjectRoot(schema, 'x');
    expect(root.schema).toMatchObject({ type: 'object', required: ['x'], additionalProperties: false });
    const check = await compileSchema(root.schema);
    expect(check({ x: value })).toEqual([]);
    expect(unwrapRoot({ x: value }, root)).toEqual(value);
    expect([unwrapRoot(value, root), unwrapRoot({ y: 1 }, root)]).toEqual([undefined, undefined]);
  });

  test('when data looks like a reference then it is not touched', () => {
    const schema = { enum: [{ $ref: '#' }] };
    expect(withObjectRoot(schema, 'x').schema['properties']).toEqual({ x: schema });
  });
});
