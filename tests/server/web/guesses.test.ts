import { expect, test } from 'vitest';

import { Guesses } from '../../../src/server/web/guesses.js';

const MINUTE_MS = 60_000;

function guessing() {
  let now = Date.parse('2026-12-01T00:00:00Z');
  const guesses = new Guesses(() => new Date(now));
  const tryOf = (name: string, address = '192.0.2.1') => guesses.begin({ name, address });
  return { guesses, tryOf, pass: (ms: number) => (now += ms) };
}

test('when a password is wrong again and again then each wait is longer, up to 15 minutes', () => {
  const { tryOf, pass } = guessing();
  expect([1, 2, 3, 4, 5].map(() => tryOf('ada'))).toEqual([0, 0, 0, 0, 0]);
  const waits = Array.from({ length: 8 }, () => {
    const wait = tryOf('ada');
    expect(tryOf('ada')).toBe(wait);
    pass(wait);
    expect(tryOf('ada')).toBe(0);
    return wait / 1_000;
  });
  expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900, 900]);
});

test('when somebody guesses for an hour then fewer than 100 guesses of one name are looked at, from any addresses', () => {
  const { tryOf, pass } = guessing();
  let looked = 0;
  for (let second = 0; second < 3_600; second += 5) {
    pass(5_000);
    for (const last of [1, 2, 3]) if (tryOf('ada', `198.51.${second % 200}.${last}`) === 0) looked += 1;
  }
  expect(looked).toBeLessThan(100);
});

test('when the right password comes then its wrong ones are forgotten, and others cannot hold that person there', () => {
  const { guesses, tryOf } = guessing();
  for (const _ of [1, 2, 3, 4, 5]) tryOf('ada');
  guesses.right({ name: 'ada', address: '192.0.2.1' });
  expect([1, 2, 3, 4, 5].map(() => tryOf('ada'))).toEqual([0, 0, 0, 0, 0]);
  guesses.right({ name: 'ada', address: '192.0.2.1' });
  for (let index = 0; index < 60; index += 1) tryOf('ada', `198.51.100.${index}`);
  expect(tryOf('ada', '203.0.113.9')).toBeGreaterThan(0);
  for (let index = 0; index < 60; index += 1) tryOf(`name ${index}`);
  expect(tryOf('cleo')).toBeGreaterThan(0);
  expect(tryOf('ada')).toBe(0);
  expect(tryOf('ben', '203.0.113.9')).toBe(0);
});

test('when addresses of one network of IPv6 leave out zeros then they count as one', () => {
  const { tryOf } = guessing();
  for (let index = 1; index <= 20; index += 1) tryOf(`name ${index}`, `2001:db8::${index}:b:c:d`);
  expect(tryOf('ada', '2001:db8::1')).toBeGreaterThan(0);
  expect(tryOf('ada', '2001:db8:0:1::1')).toBe(0);
});

test('when one address tries many names then it waits, as does its whole network of IPv6', () => {
  const { tryOf, pass } = guessing();
  for (let index = 0; index < 20; index += 1) tryOf(`name ${index}`, `2001:db8:1:2::${index}`);
  expect(tryOf('ada', '2001:db8:1:2::ffff')).toBeGreaterThan(0);
  expect(tryOf('ada', '2001:db8:1:3::1')).toBe(0);
  pass(61 * MINUTE_MS);
  expect(tryOf('ada', '2001:db8:1:2::ffff')).toBe(0);
});
