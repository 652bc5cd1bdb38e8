import { expect, test } from 'vitest';

import { readCommand } from '../../../src/ci/github/comment-command.js';

test.each([
  ['/portia approve', { kind: 'approve' }],
  ['/portia plan  \r\n', { kind: 'plan' }],
  ['/portia\tresume', { kind: 'resume' }],
  ['/portia answer name=Bob', { kind: 'answer', selector: 'name', isJson: false, text: 'Bob' }],
  ['/portia answer n:=[1,\r\n2]\r\n', { kind: 'answer', selector: 'n', isJson: true, text: '[1,\n2]' }],
  [
    '/portia answer $a=x=y\n/portia approve',
    { kind: 'answer', selector: '$a', isJson: false, text: 'x=y\n/portia approve' },
  ],
  ['/portia answer a=', { kind: 'answer', selector: 'a', isJson: false, text: '' }],
])('when a comment is %j then that is asked for', (body, command) => {
  expect(readCommand(body)).toEqual(command);
});

test.each([
  '> /portia approve',
  '```\n/portia approve\n```',
  'Look:\n/portia approve',
  '    /portia approve',
  '\n/portia approve',
  '/portiax approve',
  '`/portia approve`',
  '',
])('when a comment is %j then it is not a command', (body) => {
  expect(readCommand(body)).toBeUndefined();
});

test.each([
  ['/portia', 'is not a command'],
  ['/portia deploy', 'is not a command'],
  ['/portia approve $(touch owned)', 'is not a command'],
  ['/portia approve\nplease', 'is not a command'],
  ['/portia answer name', 'names no question'],
  ['/portia answer =x', 'names no question'],
  ['/portia answer two words=x', 'names no question'],
  ['/portia answer name=@/etc/passwd', 'cannot name a file'],
  ['/portia answer name:=@-', 'cannot name a file'],
])('when a comment is %j then that is refused', (body, why) => {
  expect(() => readCommand(body)).toThrow(why);
});
