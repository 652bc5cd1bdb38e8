import { expect, test } from 'vitest';

import { calculatorTool } from '../../../src/tools/builtin/calculator.js';
import { guardSql } from '../../../src/tools/builtin/sql-guard.js';
import { toolContext } from '../tool-context.js';

// What runs in this very thread has no clock that could end it: it must have an end, whatever it is given.
const MANY = 200_000;
const DIGITS = '9'.repeat(200);

test.each<[string, string]>([
  ['many terms', '1+'.repeat(MANY)],
  ['many brackets', '('.repeat(MANY)],
  ['many digits', '9'.repeat(MANY)],
  ['many blanks', `${' '.repeat(MANY)}x`],
  ['a tower of powers', '9^9^9^9^9^9'],
  ['a power of a power', '((((9^99)^99)^99)^99)'],
  ['a power of nearly one', '1.0000001^1000000000'],
  ['many factors', Array<string>(4).fill(DIGITS).join('*') + '^9999'],
  ['many roots', 'square root of '.repeat(60) + '4'],
])('when the calculator is given %s, then it is refused', async (_what, math_question) => {
  const result = await calculatorTool.run(toolContext({ projectRoot: '/' }), { math_question });
  expect(result).toMatchObject({ kind: 'failure', notDone: true });
});

test.each<[string, string]>([
  ['many quotes', "'".repeat(2 * MANY + 1)],
  ['comments in comments', '/*'.repeat(MANY)],
  ['many statements', ';a'.repeat(MANY)],
  ['many blanks', `PRAGMA${' '.repeat(MANY)}x y`],
  ['many dots', `PRAGMA ${'main.'.repeat(MANY)}`],
])('when the guard of SQL is given %s, then it is refused', (_what, sql) => {
  expect(guardSql(sql, 10)).toMatchObject({ ok: false });
});
