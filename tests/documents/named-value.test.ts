import { expect, test } from 'vitest';

import { readNamedValue } from '../../src/documents/named-value.js';

test.each([
  ['city=Rome', { name: 'city', isJson: false, isFile: false, text: 'Rome' }],
  ['city=', { name: 'city', isJson: false, isFile: false, text: '' }],
  [' city =a=b:=c', { name: 'city', isJson: false, isFile: false, text: 'a=b:=c' }],
  ['count:=3', { name: 'count', isJson: true, isFile: false, text: '3' }],
  ['4[2].steps.0:=1', { name: '4[2].steps.0', isJson: true, isFile: false, text: '1' }],
  ['a:b=1', { name: 'a:b', isJson: false, isFile: false, text: '1' }],
  ['body=@mail.txt', { name: 'body', isJson: false, isFile: true, text: 'mail.txt' }],
  ['list:=@-', { name: 'list', isJson: true, isFile: true, text: '-' }],
  ['body= @x', { name: 'body', isJson: false, isFile: false, text: ' @x' }],
])('when the word is %j then name and value are told apart', (word, expected) => {
  expect(readNamedValue(word)).toEqual(expected);
});

test.each(['', 'city', '=x', ':=1', ' =x'])('when the word is %j then it has no name or no value', (word) => {
  expect(readNamedValue(word)).toBeUndefined();
});
