import vm from 'node:vm';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import type { Json, JsonSchema } from '../../src/domain/values/json.js';
import { thisProcess } from '../../src/app/this-process.js';
import { compileAllowance, compileSchema as compileWith } from '../../src/tools/json-schema.js';

const { cpuTime } = thisProcess();
const compileSchema = (schema: JsonSchema) => compileWith(schema, { cpuTime });

async function problems(schema: JsonSchema, value: Json) {
  return (await compileSchema(schema))(value);
}

/** Definitions that each refer to the next one; the last takes texts. */
function chainOf(length: number, link: (next: JsonSchema) => JsonSchema): JsonSchema {
  const $defs: JsonSchema = { [`d${length}`]: { type: 'string' } };
  for (let index = 0; index < length; index += 1) $defs[`d${index}`] = link({ $ref: `#/$defs/d${index + 1}` });
  return { $defs, $ref: '#/$defs/d0' };
}

const CIRCLE = {
  $defs: { a: { anyOf: [{ $ref: '#/$defs/b' }] }, b: { anyOf: [{ $ref: '#/$defs/a' }] } },
  $ref: '#/$defs/a',
};

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
    ['itself', { type: 'object', properties: { c: { $ref: '#' } } }, { c: { c: {} } }],
    ['itself by a name', { $dynamicAnchor: 'a', properties: { c: { $dynamicRef: '#a' } } }, { c: { c: {} } }],
    [
      'itself in draft 7',
      { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', properties: { c: { $ref: '#' } } },
      { c: { c: {} } },
    ],
    ['hundredths', { items: { multipleOf: 0.01 } }, [0.07, 1.12, 19.99, 123_456_789.12]],
    ['objects that differ', { uniqueItems: true }, [{ a: 1 }, { a: 2 }, { a: 1, b: 1 }, '{"a":1}']],
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
    ['the $id of the schema of schemas', { $id: 'https://json-schema.org/draft/2020-12/schema' }],
    ['a malformed $id', { $id: 'http://[/%', $ref: '%#/%' }],
    ['references that form a circle', CIRCLE],
    ['a name that refers to itself', { $dynamicAnchor: 'a', anyOf: [{ $dynamicRef: '#a' }] }],
    ['a chain of references that is too long', chainOf(3_000, (next) => ({ anyOf: [next] }))],
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
      { pointer: '', keyword: 'pattern', message: expect.stringContaining('^(a+)+$'), isTooSlow: true },
    ]);
    expect(check({ a: 'aaa' })).toEqual([]);
    expect(check({ a: 'ab' })).toEqual([expect.objectContaining({ pointer: '/a', keyword: 'pattern' })]);
  });

  test('when the machine does something else during the first look, then the pattern gets another one', async () => {
    const check = await compileWith({ pattern: '^a+$' }, { cpuTime: () => 0 });
    const look = vi.spyOn(vm.Script.prototype, 'runInContext').mockImplementationOnce(() => {
      throw Object.assign(new Error('timed out'), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });
    });
    onTestFinished(() => look.mockRestore());
    expect(check('aaa')).toEqual([]);
    expect(look).toHaveBeenCalledTimes(2);
  });

  test('when references fan out, then a value that would take minutes is refused in time', async () => {
    const check = await compileSchema(chainOf(25, (next) => ({ anyOf: [next, next] })));
    expect(check(1)).toEqual([expect.objectContaining({ isTooSlow: true, message: expect.stringContaining('anyOf') })]);
  });

  test('when a pattern had its time, then it gets no other look', async () => {
    const check = await compileWith({ pattern: '^(a+)+$' });
    const look = vi.spyOn(vm.Script.prototype, 'runInContext');
    onTestFinished(() => look.mockRestore());
    expect(check(`${'a'.repeat(40)}!`)).toEqual([expect.objectContaining({ isTooSlow: true })]);
    expect(look).toHaveBeenCalledTimes(1);
  });

  test('when many short looks of a pattern take too long together, then they do not continue', async () => {
    const check = await compileSchema({ items: { pattern: '^(a+)+$' } });
    const texts = Array.from({ length: 20_000 }, () => `${'a'.repeat(16)}!`);
    expect(check(texts)).toEqual([expect.objectContaining({ isTooSlow: true })]);
  });

  test('when a circle of references is not seen before, then the value is refused without a stack trace', async () => {
    // Two documents in one are not judged before.
    const $defs = { own: { $id: 'https://example.org/own' } };
    const check = await compileSchema({ $defs, anyOf: [{ $ref: '#' }] });
    expect(check(1)).toEqual([expect.objectContaining({ message: expect.stringContaining('leads back to itself') })]);
  });

  test('when a schema is too large to be made ready in time, then it is refused, and others can still be used', async () => {
    const properties = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [`p${index}`, { minLength: 1 }]),
    );
    await expect(compileSchema({ properties })).rejects.toThrow('too large');
    expect(await problems({ minLength: 2 }, 'a')).toHaveLength(1);
  });

  test('when large schemas of one plan took their time together, then the next one is not begun', async () => {
    const properties = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`p${index}`, { minLength: 1 }]));
    const allowance = compileAllowance();
    const given = allowance.milliseconds;
    await compileWith({ properties }, { cpuTime, allowance });
    expect(allowance.milliseconds).toBeLessThan(given);
    const look = vi.spyOn(vm.Script.prototype, 'runInContext');
    onTestFinished(() => look.mockRestore());
    allowance.milliseconds = 0;
    await expect(compileWith({ properties }, { cpuTime, allowance })).rejects.toMatchObject({
      details: { why: expect.stringContaining('together') },
    });
    expect(await compileWith({ minLength: 2 }, { cpuTime, allowance })).toBeTypeOf('function');
    expect(look).not.toHaveBeenCalled();
  });

  test('when a large definition is referred to often, then it is not made ready each time', async () => {
    const properties = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`p${index}`, { minLength: 1 }]));
    const schema = {
      $defs: { large: { properties } },
      allOf: Array.from({ length: 100 }, () => ({ $ref: '#/$defs/large' })),
    };
    expect(await problems(schema, {})).toEqual([]);
  });

  test('when a schema and a value are simple, then no clock runs', async () => {
    const look = vi.spyOn(vm.Script.prototype, 'runInContext');
    onTestFinished(() => look.mockRestore());
    const schema = { type: 'object', properties: { a: { type: 'number', multipleOf: 0.1 } }, required: ['a'] };
    expect(await problems(schema, { a: 0.3 })).toEqual([]);
    expect(look).not.toHaveBeenCalled();
  });

  test('when one of very many items is a copy, then it is found at once, with its place', async () => {
    const items: Json[] = Array.from({ length: 20_000 }, (_, index) => ({ index, name: `n${index}` }));
    const check = await compileSchema({ uniqueItems: true });
    expect(check(items)).toEqual([]);
    expect(check([...items, { name: 'n7', index: 7 }])).toEqual([
      { pointer: '', keyword: 'uniqueItems', message: expect.stringContaining('7 and 20000') },
    ]);
  });

  test('when an inner schema has the $id of a later one, then both can be used', async () => {
    const $id = 'https://example.org/inner';
    expect(await problems({ $defs: { inner: { $id, const: 1 } }, $ref: $id }, 1)).toEqual([]);
    expect(await problems({ $id, const: 2 }, 2)).toEqual([]);
  });

  test('when keys are named like parts of every object, then they are properties like others', async () => {
    const schema = { properties: { constructor: { type: 'number' } }, required: ['constructor', '__proto__'] };
    expect((await problems(schema, {})).map(({ missing }) => missing)).toEqual(['constructor', '__proto__']);
  });
});
