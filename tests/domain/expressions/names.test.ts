import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { describe, expect, test } from 'vitest';

import { evaluateExpression, parseExpression } from '../../../src/domain/expressions/expression.js';
import { bareName, FUNCTION_NAMES, isVariableName } from '../../../src/domain/values/names.js';

describe('names', () => {
  test('when JSONata is installed then its functions are exactly the names that are taken', () => {
    const source = readFileSync(createRequire(import.meta.url).resolve('jsonata'), 'utf8');
    const defined = [...source.matchAll(/(?:staticFrame|environment)\.bind\('(\w+)'/g)].map(([, name]) => name);
    expect([...FUNCTION_NAMES].sort()).toEqual([...new Set(defined)].sort());
  });

  test.each([...FUNCTION_NAMES])('when $%s is evaluated then JSONata has it', async (name) => {
    if (['eval', 'random', 'shuffle'].includes(name)) expect(() => parseExpression(`$${name}`)).toThrow('not allowed');
    else
      expect(await evaluateExpression(`$type($${name})`, {}, { startedAt: '2026-03-04T05:06:07.000Z' })).toBe(
        'function',
      );
  });

  test.each([
    ['x', true],
    ['$x', true],
    ['_a1', true],
    ['größe', true],
    ['x-y', false],
    ['1x', false],
    ['', false],
    ['$', false],
    ['$$x', false],
    ['a b', false],
    ['count', false],
    ['$sum', false],
    ['Sum', true],
    ['__proto__', true],
  ])('when the name is %j then whether expressions can use it is %s', (name, expected) => {
    expect(isVariableName(name)).toBe(expected);
    const bare = bareName(name);
    if (expected) expect([...parseExpression(`$${bare}`).variables.keys()]).toEqual([bare]);
  });
});
