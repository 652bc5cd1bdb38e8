import { expect, test } from 'vitest';

import {
  advice,
  adviceLines,
  adviceText,
  continueInstead,
  portia,
  portiaTyped,
  readAdvice,
  REPEAT,
  spellAdvice,
} from '../../src/domain/next-step.js';

const here = (given: Parameters<typeof spellAdvice>[0]) =>
  spellAdvice(given, ({ command, words }) => ['portia', '-C', 'sub', command, ...words].join(' '));

test('when advice has a command then only that is spelled, whatever the words around it say', () => {
  const given = advice`Not portia list, but: ${portia('show', 'a b')}   # portia show`;
  expect(given).toEqual(['Not portia list, but: ', { command: 'show', words: ["'a b'"] }, '   # portia show']);
  expect(here(given)).toBe("Not portia list, but: portia -C sub show 'a b'   # portia show");
});

test('when advice has no command then it is text', () => {
  expect(advice`Wait ${'a'} minute.`).toBe('Wait a minute.');
  expect(adviceLines(['One.', undefined, 'Two.', 'One.'])).toBe('One.\nTwo.');
  expect(adviceLines([])).toBe('');
});

test('when a run is saved then it is continued instead of giving the same command again', () => {
  const next = portia('resume', 'prun-1');
  const full = advice`Free some space, then ${REPEAT}`;
  expect(adviceText(full)).toBe('Free some space, then run the same command again.');
  expect(adviceText(continueInstead(full, next))).toBe('Free some space, then continue:\nportia resume prun-1');
  expect(adviceText(continueInstead('Wait.', next))).toBe('Wait.\nportia resume prun-1');
  expect(continueInstead(undefined, next)).toEqual([next]);
});

test('when advice was stored as text then its lines that are commands are commands again', () => {
  const stored = adviceText(
    advice`${portiaTyped('run', '"add 1 + 2"')}   # again\nOr see portia list.\n${portia('list')}`,
  );
  expect(here(readAdvice(stored))).toBe(
    'portia -C sub run "add 1 + 2"   # again\nOr see portia list.\nportia -C sub list',
  );
});
