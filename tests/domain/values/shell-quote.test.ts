import { execFileSync } from 'node:child_process';

import { describe, expect, test } from 'vitest';

import { shellCommand, shellQuote } from '../../../src/domain/values/shell-quote.js';

const words = [
  'plain',
  'demo_runs/weather.txt',
  '',
  'two words',
  "it's",
  '"double"',
  '$quantity.filename=3',
  '`id`',
  'a;b|c&d>e<f',
  '#1',
  '~',
  '=ls',
  '*?[x]',
  'back\\slash',
  'new\nline',
  '!history',
  '東京',
  '--answer',
  'llama3.2:1b',
  'x; rm -rf ~',
  "it's $(id)",
];

describe('shellQuote', () => {
  test.each(words)('when a shell reads %j then it gets the same word', (word) => {
    expect(execFileSync('/bin/sh', ['-c', `printf %s ${shellQuote(word)}`], { encoding: 'utf8' })).toBe(word);
  });

  test('when words need no quotes then they get none', () => {
    expect(shellCommand(['portia', 'resume', 'prun-1', '--answer', 'filename=a b.txt', '--answer', 'n:=3'])).toBe(
      "portia resume prun-1 --answer 'filename=a b.txt' --answer n:=3",
    );
  });
});
