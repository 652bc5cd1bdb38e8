import { expect, test } from 'vitest';

import { PortiaError } from '../../../src/domain/errors.js';
import { describeThrown } from '../../../src/domain/values/thrown.js';

const circle: { message: string; cause?: unknown } = { message: 'round' };
circle.cause = circle;

const refused = Object.assign(new AggregateError([new Error('connect ECONNREFUSED ::1:9'), new Error('b')], ''), {
  code: 'ECONNREFUSED',
});

const unreadable = new Proxy(
  {},
  {
    get() {
      throw new Error('no');
    },
  },
);

test.each<[string, unknown, string]>([
  ['an error', new Error('quota used up'), 'quota used up'],
  ['a text', ' quota used up ', 'quota used up'],
  ['a number', 7, '7'],
  ['an object with a message', { message: 'quota used up', status: 429 }, 'quota used up'],
  ['an object around one', { error: { message: 'quota used up' } }, 'quota used up'],
  ['an object with other keys', { code: 'E_QUOTA', left: 0 }, '{"code":"E_QUOTA","left":0}'],
  ['an error with a cause', new Error('call failed', { cause: new Error('quota') }), 'call failed: quota'],
  ['an error that repeats its cause', new Error('call failed: quota', { cause: 'quota' }), 'call failed: quota'],
  ['causes in a chain', new Error('a1', { cause: new Error('b2', { cause: { message: 'c3' } }) }), 'a1: b2: c3'],
  ['causes in a circle', circle, 'round'],
  [
    'a failed fetch',
    new TypeError('fetch failed', { cause: refused }),
    expect.stringContaining('failed: ECONNREFUSED'),
  ],
  ['an aggregate', new AggregateError([new Error('one'), 'two'], 'All failed'), 'All failed: one; two'],
  ['an aggregate without a message', new AggregateError([new Error('one'), new Error('two')]), 'one; two'],
  ['a list of errors', [new Error('one'), { message: 'two' }], 'one; two'],
  ['an error of portia', new PortiaError('unavailable', 'Not here.', { cause: new Error('socket') }), 'Not here.'],
  ['an error without a message', new RangeError(''), 'RangeError was thrown, without a message'],
  ['an empty text', '', 'an empty text was thrown, without a message'],
  ['an empty object', {}, 'an object was thrown, without a message'],
  ['nothing', undefined, 'undefined was thrown, without a message'],
  ['what cannot be read', unreadable, 'something was thrown that cannot be read'],
])('when %s is thrown then the text says why', (_what, thrown, text) => {
  expect(describeThrown(thrown)).toEqual(text);
});

test('when a message is very long then its beginning is left, and no half of a secret', () => {
  const redact = (text: string) => text.replaceAll('hunter2', '***');
  const text = describeThrown(new Error(`${'x'.repeat(1_957)}hunter2${'y'.repeat(200_000)}`), redact);
  expect(text).toHaveLength(1_960 + '… (201,960 characters in all)'.length);
  expect(text).toMatch(/x\*\*\*… \(201,960 characters in all\)$/);
});
