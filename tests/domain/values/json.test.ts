import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runInNewContext } from 'node:vm';

import {
  canonicalJson,
  depthOf,
  escapePointer,
  hasMoreTokens,
  isDeeperThan,
  MAX_DEPTH,
  setOwn,
  toJson,
  toJsonWithNulls,
  type Json,
} from '../../../src/domain/values/json.js';

/** Objects in objects: `nested(2)` is {"a":{"a":1}}. */
function nested(depth: number): Json {
  let value: Json = 1;
  for (let level = 0; level < depth; level += 1) value = { a: value };
  return value;
}

function circle(): unknown {
  const value: Record<string, unknown> = {};
  value['self'] = [{ back: value }];
  return value;
}

/** Two references at every level: small in memory, endless when it is written out. */
function doubled(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = { a: value, b: value };
  return value;
}

const throwing = {
  get secret(): number {
    throw new Error('do not look');
  },
};

class Point {
  x = 1;
}

describe('toJson', () => {
  test('when a value is JSON then it comes back equal, as a copy', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const result = toJson(value);
        expect(result).toEqual({ ok: true, value: JSON.parse(JSON.stringify(value)) });
        if (typeof value === 'object' && value !== null) expect(result.ok && result.value).not.toBe(value);
      }),
    );
  });

  test('when a value is anything at all then it never throws, and what it gives survives a file', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withDate: true, withMap: true, withSparseArray: true }), (value) => {
        const result = toJson(value);
        if (!result.ok) expect(result.problem).toMatch(/\w/);
        else expect(JSON.parse(JSON.stringify(result.value))).toEqual(result.value);
      }),
    );
  });

  test.each([
    ['NaN', { a: [Number.NaN] }, '/a/0 is NaN'],
    ['an infinity', -Infinity, 'the value is -Infinity'],
    ['a function', { f: () => 1 }, '/f is of type function'],
    ['a BigInt', [1n], '/0 is of type bigint'],
    ['a symbol', Symbol('x'), 'the value is of type symbol'],
    ['nothing', undefined, 'the value is of type undefined'],
    ['a Map', { m: new Map() }, '/m is a Map'],
    ['a class', new Point(), 'the value is a Point'],
    ['bytes', Buffer.from('x'), 'the value is a Buffer'],
    ['an object without a name', Object.create(Object.create({}) as object), 'the value is a Object'],
    ['a hostile constructor', Object.create({ constructor: { name: 5 } }), 'the value is a class instance'],
    ['an invalid Date', [new Date('never')], '/0 is an invalid Date'],
    ['a circle', circle(), '/self/0/back is a cycle'],
    ['a getter that throws', throwing, 'cannot be read: do not look'],
    ['a deep value', nested(10_000), 'nested deeper than 256 levels'],
    ['billions of values in a few objects', doubled(60), 'made of more than 10,000,000 values'],
  ])('when the value is or holds %s then the problem says so and where', (_name, value, problem) => {
    expect(toJson(value)).toEqual({ ok: false, problem: expect.stringContaining(problem) as string });
  });

  test.each<[string, ProxyHandler<object>]>([
    [
      'own keys',
      {
        ownKeys: () => {
          throw new TypeError('trap');
        },
      },
    ],
    [
      'the prototype',
      {
        getPrototypeOf: () => {
          throw new TypeError('trap');
        },
      },
    ],
    [
      'a value',
      {
        ownKeys: () => ['a'],
        getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }),
        get: () => {
          throw new TypeError('trap');
        },
      },
    ],
    [
      'something unreadable',
      {
        ownKeys: () => {
          throw Object.create(null);
        },
      },
    ],
  ])('when a proxy throws for %s then that is a problem', (_name, handler) => {
    expect(toJson(new Proxy({}, handler))).toMatchObject({
      ok: false,
      problem: expect.stringContaining('cannot be read') as string,
    });
  });

  test.each<[string, unknown, unknown]>([
    ['a Date is its ISO text', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['undefined in an object is left out', { a: undefined, b: 1 }, { b: 1 }],
    [
      'undefined and holes in a list are null',
      Object.assign(Array<unknown>(3), { 0: undefined, 2: 1 }),
      [null, null, 1],
    ],
    ['minus zero is zero', -0, 0],
    ['an object of another realm is plain', runInNewContext('({a:[1]})'), { a: [1] }],
    ['an object without prototype is plain', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  ])('when %s, then it is JSON', (_name, value, expected) => {
    const result = toJson(value);
    expect(result).toEqual({ ok: true, value: expected });
    if (result.ok && typeof value === 'number') expect(Object.is(result.value, 0)).toBe(true);
  });

  test('when a key is __proto__ then it stays a key and no prototype changes', () => {
    const result = toJson(JSON.parse('{"__proto__":{"polluted":true}}'));
    if (!result.ok) throw new Error(result.problem);
    expect(Object.keys(result.value as object)).toEqual(['__proto__']);
    expect(Object.getPrototypeOf(result.value)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test.each([
    [MAX_DEPTH, true],
    [MAX_DEPTH + 1, false],
  ])('when objects nest %i levels then whether it is taken is %s', (levels, ok) => {
    expect(toJson(nested(levels)).ok).toBe(ok);
  });

  test('when a list only claims to be long then it is refused without making room for it', () => {
    const claimed: unknown[] = [];
    claimed.length = 4_000_000_000;
    expect(toJson(claimed)).toMatchObject({ ok: false, problem: expect.stringContaining('10,000,000') as string });
  });
});

describe('depthOf', () => {
  test.each([
    [0, 1],
    [0, {}],
    [1, [1]],
    [2, { a: [1] }],
    [7, nested(7)],
  ])('then it is %i for %j', (depth, value) => {
    expect(depthOf(value)).toBe(depth);
  });

  test.each([
    ['is 10,000 levels deep', nested(10_000)],
    ['is a circle', circle()],
    ['shares its parts', doubled(400)],
  ])('when the value %s then counting stops behind the limit', (_name, value) => {
    expect(depthOf(value)).toBe(MAX_DEPTH + 1);
    expect(depthOf(value, 5)).toBe(6);
  });
});

describe('isDeeperThan', () => {
  test('when a value is JSON then it says what its depth says', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(6), (value, levels) => {
        const { value: json } = toJsonWithNulls(value);
        expect(isDeeperThan(levels, json)).toBe(depthOf(json, levels) > levels);
      }),
    );
  });

  test('when a value is far too deep then looking ends at the limit', () => {
    expect(isDeeperThan(MAX_DEPTH, nested(10_000))).toBe(true);
  });
});

describe('canonicalJson', () => {
  test('when a key has no value then it is left out, as JSON does', () => {
    expect(canonicalJson({ b: 1, a: undefined })).toBe('{"b":1}');
  });

  test('when keys are in another order then the text is the same', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (record) => {
        const turned = Object.fromEntries(Object.entries(record).toReversed());
        expect(canonicalJson(turned)).toBe(canonicalJson(record));
        expect(JSON.parse(canonicalJson(record))).toEqual(JSON.parse(JSON.stringify(record)));
      }),
    );
  });

  test('when two values differ then so do their texts', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), fc.jsonValue(), (one, two) => {
        const isSame = JSON.stringify(toJson(one)) === JSON.stringify(toJson(two));
        if (isSame) expect(canonicalJson(one)).toBe(canonicalJson(two));
        else if (canonicalJson(one) === canonicalJson(two)) expect(one).toEqual(two);
      }),
    );
  });

  test('when a key is __proto__ then it is written', () => {
    expect(canonicalJson(JSON.parse('{"b":1,"__proto__":2,"a":{"d":1,"c":[{"z":1,"y":2}]}}'))).toBe(
      '{"__proto__":2,"a":{"c":[{"y":2,"z":1}],"d":1},"b":1}',
    );
  });
});

test.each([
  ['', ''],
  ['a/b', 'a~1b'],
  ['~1', '~01'],
  ['/~/', '~1~0~1'],
])('when a key is %j then its part of a pointer is %j', (key, part) => {
  expect(escapePointer(key)).toBe(part);
});

test.each([
  ['abcde', 1],
  ['abcd', 0],
  [{ a: 'abc' }, 2],
])('when a value is %j then its tokens are estimated as %i', (value, tokens) => {
  expect([hasMoreTokens(value, tokens - 1), hasMoreTokens(value, tokens)]).toEqual([true, false]);
});

test('when a key of the prototype is set then it is an own key', () => {
  const record: Record<string, number> = {};
  setOwn(record, '__proto__', 1);
  expect(Object.entries(record)).toEqual([['__proto__', 1]]);
});
