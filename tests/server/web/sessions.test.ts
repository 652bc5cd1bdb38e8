import { expect, test } from 'vitest';

import { Sessions } from '../../../src/server/web/sessions.js';

const HOUR_MS = 3_600_000;

function opened() {
  let now = Date.parse('2026-12-01T00:00:00Z');
  const sessions = new Sessions(() => new Date(now));
  const open = (name = 'ada') => sessions.open({ person: { user: 'u', host: 'h', name }, name, roles: new Set() });
  const find = (id: string) => sessions.find(id, { isByPerson: true });
  const isThere = (id: string) => sessions.find(id, { isByPerson: false }) !== undefined;
  return { find, isThere, open, pass: (hours: number) => (now += hours * HOUR_MS) };
}

test('when nobody comes for 12 hours then the session is over, and after 7 days in any case', () => {
  const { find, open, pass } = opened();
  const [idle, used] = [open(), open()];
  for (let hours = 0; hours < 7 * 24 - 11; hours += 11) {
    pass(11);
    expect(find(used)?.session.name).toBe('ada');
  }
  pass(11);
  expect([find(used), find(idle), find('made up')]).toEqual([undefined, undefined, undefined]);
});

test('when only a page that is open asks then the session does not last longer', () => {
  const { isThere, open, pass } = opened();
  const id = open();
  pass(11);
  expect(isThere(id)).toBe(true);
  pass(1);
  expect(isThere(id)).toBe(false);
});

test('when one person comes with many browsers then the first ones are out, and nobody else is', () => {
  const { find, open } = opened();
  const ben = open('ben');
  const all = Array.from({ length: 1_000 }, () => open());
  expect(all.filter((id) => find(id) !== undefined)).toEqual(all.slice(-20));
  expect(find(ben)?.session.name).toBe('ben');
  expect(new Set(all).size).toBe(1_000);
});
