import { expect, test } from 'vitest';

import { partsOfOthers, type ProjectUser } from '../../src/config/owner-rule.js';

const ADA = 1_000;
const BOB = 2_000;

const isOwn = (ownerId: number, user: Partial<ProjectUser>) =>
  partsOfOthers([{ path: 'portia.json', ownerId }], {
    userId: undefined,
    sudoUserId: undefined,
    trustedOwners: [],
    ...user,
  }).length === 0;

test.each([
  ['a file of root is used by a user', 0, { userId: ADA }, true],
  ["a user's own file is used", ADA, { userId: ADA }, true],
  ['a file of another user is used', BOB, { userId: ADA }, false],
  ['a file of another user is used by root', BOB, { userId: 0 }, false],
  ['a file of whoever called sudo is used by root', BOB, { userId: 0, sudoUserId: BOB }, true],
  ['a file of a third user is used with sudo', ADA, { userId: 0, sudoUserId: BOB }, false],
  ['a user who is not root says that he called sudo', BOB, { userId: ADA, sudoUserId: BOB }, false],
  ['a file of a trusted owner is used', BOB, { userId: ADA, trustedOwners: [BOB] }, true],
  ['the system has no numeric ids', BOB, { userId: undefined }, true],
])('when %s then it counts as it should', (_what, ownerId, user, expected) => {
  expect(isOwn(ownerId, user)).toBe(expected);
});

test('when several parts belong to others then each is named', () => {
  const parts = [0, ADA, BOB, 3_000].map((ownerId) => ({ path: `of ${ownerId}`, ownerId }));
  const others = partsOfOthers(parts, { userId: ADA, sudoUserId: undefined, trustedOwners: [] });
  expect(others.map(({ path }) => path)).toEqual(['of 2000', 'of 3000']);
});
