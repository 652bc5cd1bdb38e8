import vm from 'node:vm';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import type { Json, JsonSchema } from '../../src/domain/json.js';
import { compileSchema } from '../../src/tools/json-schema.js';

async function problems(schema: JsonSchema, value: Json) {
  return (await compileSchema(schema))(value);
}

describe('a JSON Schema', () => {
  test.each<[string, JsonSchema, Json]>([
    ['type', { type: 'number' }, 3],
    ['format', { type: 'string', format: 'email' }, 'a@b.cd'],
    ['unknown keyword', { 'x-mine': 1, type: 'object' }, {}],
    ['2020-12 tuple', { prefixItems: [{ type: 'number' }], items: false }, [1]],
    [
      'draft 7 tuple',
      { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'number' }], additionalItems: false },
      [1],
    ],
    ['own $ref', { $defs: { n: { type: 'number' } }, properties: { a: { $ref: '#/$defs/n' } } }, { a: 1 }],
    ['own $id', { $id: 'https://example.org/s', type: 'null' }, null],
  ])('when the value fits (%s), then there is no problem', async (_case, schema, value) => {
    expect(await problems(schema, value)).toEqual([]);
  });

  test('when the value does not fit, then every problem has its place and keyword', async () => {
    const schema = {
      properties: { a: { type: 'number' }, c: { enum: ['x', 'y'] } },
      required: ['b'],
      additionalProperties: false,
    };
    expect(await problems(schema, { a: 'one', c: 'z', d: 1 })).toEqual([
      { pointer: '', keyword: 'required', missing: 'b', message: expect.any(String) },
      { pointer: '', keyword: 'additionalProperties', message: expect.stringContaining('"d"') },
      { pointer: '/a', keyword: 'type', message: 'must be number' },
      { pointer: '/c', keyword: 'enum', message: expect.stringContaining('["x","y"]') },
    ]);
  });

  test.each<[string, JsonSchema]>([
    ['an unknown type', { type: 'nummer' }],
    ['another document', { $ref: 'https://example.org/other.json' }],
    ['a missing definition', { $ref: '#/$defs/none' }],
    ['a bad pattern', { pattern: '(' }],
    ['endless nesting', JSON.parse('{"not":'.repeat(500) + '{}' + '}'.repeat(500)) as JsonSchema],
  ])('when it has %s, then it is refused with the reason', async (_case, schema) => {
    await expect(compileSchema(schema)).rejects.toMatchObject({
      code: 'invalid-input',
      details: { why: expect.any(String), fix: expect.any(String) },
    });
  });

  test('when two schemas have the same $id, then each is itself', async () => {
    const $id = 'https://example.org/s';
    const [first, second] = [await compileSchema({ $id, const: 1 }), await compileSchema({ $id, const: 2 })];
    expect([first(1), second(2)]).toEqual([[], []]);
    expect([first(2), second(1)].map((found) => found.length)).toEqual([1, 1]);
  });

  test('when a pattern needs exponential time, then the text does not fit, instead of hanging', async () => {
    const schema = { type: 'object', properties: { a: { pattern: '^(a+)+$' } } };
    const check = await compileSchema(schema);
    expect(check({ a: `${'a'.repeat(40)}!` })).toEqual([
      { pointer: '', keyword: 'pattern', message: expect.stringContaining('^(a+)+$') },
    ]);
    expect(check({ a: 'aaa' })).toEqual([]);
    expect(check({ a: 'ab' })).toEqual([expect.objectContaining({ pointer: '/a', keyword: 'pattern' })]);
  });

  test('when the machine does something else during the first look, then the pattern gets another one', async () => {
    const check = await compileSchema({ pattern: '^a+$' });
    const look = vi.spyOn(vm.Script.prototype, 'runInContext').mockImplementationOnce(() => {
      throw new Error('Script execution timed out after 100ms');
    });
    onTestFinished(() => look.mockRestore());
    expect(check('aaa')).toEqual([]);
    expect(look).toHaveBeenCalledTimes(2);
  });

  test('when keys are named like parts of every object, then they are properties like others', async () => {
    const schema = { properties: { constructor: { type: 'number' } }, required: ['constructor', '__proto__'] };
    expect((await problems(schema, {})).map(({ missing }) => missing)).toEqual(['constructor', '__proto__']);
  });
});
