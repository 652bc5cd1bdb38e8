import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { loadTests } from '../../../src/app/testing/load-tests.js';
import { PortiaError } from '../../../src/domain/errors.js';
import { createMemoryStore } from '../../../src/storage/memory-store.js';
import { makeProject } from '../../support/portia.js';

const store = createMemoryStore({ now: () => new Date() });
const CODES = ['invalid-input', 'unreadable', 'not-found', 'invalid-plan', 'newer-version'];

/** Numbers from 0 to below `end`, the same each time. */
function numbers(): (end: number) => number {
  let state = 7;
  return (end) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % end;
  };
}

const SIGNS = [
  '',
  ' ',
  '\n',
  ':',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  '0',
  '-1',
  'null',
  'a',
  '&x',
  '*x',
  '!!set',
  '\u0000',
  '/',
];

test('when a file of tests is damaged at any place then it is read, or refused with what is wrong', async () => {
  const folder = makeProject({
    'refund.yaml': readFileSync('plans/examples/refund.yaml', 'utf8'),
  });
  const path = join(folder, 'a.test.yaml');
  const whole = readFileSync('plans/tests/refund.test.yaml', 'utf8').replace('../examples/', '');
  writeFileSync(path, whole);
  expect((await loadTests(path, 'a.test.yaml', { store })).cases).toHaveLength(4);
  const next = numbers();
  const refused = new Set<string>();
  for (let round = 0; round < 80; round += 1) {
    const at = next(whole.length);
    const sign = SIGNS[next(SIGNS.length)] ?? '';
    writeFileSync(path, whole.slice(0, at) + sign + whole.slice(at + next(4)));
    try {
      await loadTests(path, 'a.test.yaml', { store });
    } catch (error) {
      if (!(error instanceof PortiaError)) throw error;
      expect(error.details.why ?? error.message).not.toBe('');
      refused.add(error.code);
    }
  }
  expect(CODES).toEqual(expect.arrayContaining([...refused]));
  expect(refused.size).toBeGreaterThan(1);
});
