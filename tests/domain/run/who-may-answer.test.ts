import { describe, expect, test } from 'vitest';

import type { Person } from '../../../src/domain/run/person.js';
import {
  isAgreedByThose,
  isLastNeeded,
  namesText,
  stillAsked,
  whoMayAnswer,
} from '../../../src/domain/run/who-may-answer.js';
import { question } from '../../support/question-examples.js';

const NOW = new Date('2026-12-01T09:00:00.000Z');
const user = (name: string): Person => ({ user: name, host: 'laptop' });
const yesOf = (...names: string[]) =>
  names.map((name) => ({ by: user(name), at: NOW.toISOString(), channel: 'prompt' }));
const input = (fields = {}) => question({ category: 'Input', ...fields });
const verify = (fields = {}) => question({ category: 'User Verification', ...fields });
const TWO = { approvers: { any_of: ['ann', 'ben', 'cleo'], required: 2 } };

describe('whether a person may answer', () => {
  test.each([
    ['anybody, where nobody is named', input(), user('dan')],
    ['nobody in particular, where nobody is named', verify(), undefined],
    ['one of those who are asked', input({ assignees: ['ann', 'ben'] }), user('ben')],
    ['one of those who are asked for a consent', verify({ assignees: ['ann'] }), user('ann')],
    ['one of the approvers', verify(TWO), user('cleo')],
    ['anybody, where only the number is said', verify({ approvers: { required: 2 } }), user('dan')],
    ['in time', input({ expires_at: '2026-12-01T09:00:00.001Z' }), user('dan')],
    [
      'under a name that somebody vouches for',
      verify(TWO),
      { ...user('root'), name: 'ann', vouched_by: 'login' as const },
    ],
    ['a value, where approvers are only for consents', input(TWO), user('dan')],
  ])('then yes for %s', (_, asked, person) => {
    expect(whoMayAnswer(asked, person, NOW)).toEqual({ allowed: true });
  });

  test.each([
    ['somebody else', input({ assignees: ['ann', 'ben'] }), user('dan'), 'not-asked', ['ann', 'ben']],
    ['nobody in particular', input({ assignees: ['ann'] }), undefined, 'not-asked', ['ann']],
    [
      'a name that only the person says',
      verify(TWO),
      { ...user('dan'), name: 'ann' },
      'not-asked',
      ['ann', 'ben', 'cleo'],
    ],
    [
      'somebody who agreed already',
      verify({ ...TWO, approvals: yesOf('ann') }),
      user('ann'),
      'agreed',
      ['ben', 'cleo'],
    ],
    [
      'whoever started the run',
      verify({ approvers: { ...TWO.approvers, except: ['ann'] } }),
      user('ann'),
      'started',
      ['ben', 'cleo'],
    ],
    [
      'an assignee who is not an approver',
      verify({ ...TWO, assignees: ['dan'] }),
      user('dan'),
      'not-asked',
      ['ann', 'ben', 'cleo'],
    ],
    ['whoever comes at its end', input({ expires_at: NOW.toISOString() }), user('ann'), 'expired', []],
  ])('then no for %s', (_, asked, person, because, ask) => {
    expect(whoMayAnswer(asked, person, NOW)).toMatchObject({ allowed: false, because, ask });
  });
});

test('when enough people agree with this one then it is the last that is needed', () => {
  const asked = verify({ ...TWO, approvals: yesOf('ann') });
  expect([
    isLastNeeded(verify(TWO), user('ann')),
    isLastNeeded(asked, user('ann')),
    isLastNeeded(asked, user('ben')),
  ]).toEqual([false, false, true]);
  expect(stillAsked(asked)).toEqual(['ben', 'cleo']);
});

describe('whether an answered question was agreed to by those who must', () => {
  const agreed = { resolved: true, response: true };
  test.each([
    ['two different approvers', { ...TWO, approvals: yesOf('ann'), answered_by: user('ben') }, true],
    ['one of two', { ...TWO, answered_by: user('ben') }, false],
    ['the same person twice', { ...TWO, approvals: yesOf('ann'), answered_by: user('ann') }, false],
    ['one who is not named', { ...TWO, approvals: yesOf('ann'), answered_by: user('dan') }, false],
    ['nobody', { ...TWO }, false],
    ['the one who started it', { approvers: { required: 1, except: ['ann'] }, answered_by: user('ann') }, false],
    ['an assignee', { assignees: ['ann'], answered_by: user('ann') }, true],
    ['another than the assignee', { assignees: ['ann'], answered_by: user('ben') }, false],
    ['anybody, where nobody is named', {}, true],
  ])('when it was %s', (_, fields, is) => {
    expect(isAgreedByThose(verify({ ...agreed, ...fields }))).toBe(is);
  });

  test('when one agreed to something else then that does not count', () => {
    const [one] = yesOf('ann');
    const asked = verify({
      ...agreed,
      ...TWO,
      asked: 'a',
      approvals: [{ ...one, asked: 'b' }],
      answered_by: user('ben'),
    });
    expect(isAgreedByThose(asked)).toBe(false);
  });
});

test('when names are written then as people write them', () => {
  expect([[], ['ann'], ['ann', 'ben'], ['ann', 'ben', 'cleo']].map((names) => namesText(names))).toEqual([
    undefined,
    'ann',
    'ann or ben',
    'ann, ben or cleo',
  ]);
});
