import { describe, expect, test } from 'vitest';

import { cutTo, padTo, textWidth, wrapTo } from '../../src/ui/text-width.js';

describe('textWidth', () => {
  test.each([
    ['plain', 5],
    ['Zürich', 6],
    ['e\u0301', 1],
    ['東京', 4],
    ['한국', 4],
    ['ＡＢ', 4],
    ['👍', 2],
    ['👍🏽', 2],
    ['🇫🇷', 2],
    ['❤️', 2],
    ['✔ ⏸ → …', 7],
    ['', 0],
  ])('when text is %j then it takes %i cells', (text, cells) => {
    expect(textWidth(text)).toBe(cells);
  });
});

describe('cutTo', () => {
  test.each([
    ['plain', 5, 'plain'],
    ['plain', 4, 'pla…'],
    ['two words', 5, 'two…'],
    ['東京都', 5, '東京…'],
    ['東京都', 4, '東…'],
    ['x', 0, ''],
    ['x'.repeat(1_000_000), 3, 'xx…'],
  ])('when %.20j is cut to %i cells then the end is marked', (text, width, cut) => {
    expect(cutTo(text, width)).toBe(cut);
  });

  test('when symbols are plain then the mark is three dots', () => {
    expect(cutTo('abcdefgh', 6, '...')).toBe('abc...');
  });
});

describe('wrapTo', () => {
  test.each([
    ['one two three', 7, ['one two', 'three']],
    ['one\ntwo', 20, ['one', 'two']],
    ['abcdefghij', 4, ['abcd', 'efgh', 'ij']],
    ['a abcdefgh b', 4, ['a', 'abcd', 'efgh', 'b']],
    ['two  spaces', 20, ['two  spaces']],
    ['  indented text', 12, ['  indented', 'text']],
    ['👍🏽👍🏽', 3, ['👍🏽', '👍🏽']],
    ['東京 大阪', 4, ['東京', '大阪']],
    ['', 5, ['']],
  ])('when %j is wrapped to %i cells then no line is wider', (text, width, lines) => {
    expect(wrapTo(text, width)).toEqual(lines);
  });
});

test.each([['x '], ['東京'], ['ü'], ['a\n']])('when a megabyte of %j is wrapped then it takes one pass', (part) => {
  const text = part.repeat(1_000_000 / part.length);
  expect(wrapTo(text, 80).join('').replaceAll(/[ \n]/g, '')).toBe(text.replaceAll(/[ \n]/g, ''));
});

describe('padTo', () => {
  test.each([
    ['ab', 4, 'ab  '],
    ['東', 4, '東  '],
    ['abcde', 4, 'abcde'],
  ])('when %j is padded to %i cells then spaces follow', (text, width, padded) => {
    expect(padTo(text, width)).toBe(padded);
  });
});
