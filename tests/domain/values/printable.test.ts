import { describe, expect, test } from 'vitest';

import { isPrintable, oneLine, printable } from '../../../src/domain/values/printable.js';

const controls = [...Array(32).keys(), ...Array.from({ length: 33 }, (_, index) => 0x7f + index)].filter(
  (code) => code !== 0x0a && code !== 0x09,
);
const hidden = [
  0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x180e, 0x200b, 0x200c, 0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b,
  0x202c, 0x202d, 0x202e, 0x2060, 0x2064, 0x2066, 0x2067, 0x2068, 0x2069, 0x206f, 0x2800, 0x3164, 0xfe00, 0xfe0d,
  0xfeff, 0xffa0, 0xfff9, 0xfffb, 0xe0001, 0xe0041, 0xe007f, 0xe0100, 0xe01ef, 0xd800, 0xdfff,
];

describe('printable', () => {
  test.each([...controls, ...hidden].map((code) => [code.toString(16), String.fromCodePoint(code)] as const))(
    'when text holds U+%s then it is shown and not sent',
    (code, character) => {
      expect(printable(`a${character}b`)).toBe(`a\\u{${code}}b`);
      expect(isPrintable(`a${character}b`)).toBe(false);
    },
  );

  test.each([
    'plain',
    'two\nlines\tand a tab',
    'Zürich, naïve, 東京, עברית, عربى',
    '👍 ❤️ 🇫🇷',
    '← ✔ …',
    'e\u0301',
    '\u0600',
  ])('when text is %j then it stays as it is', (text) => {
    expect(printable(text)).toBe(text);
    expect(isPrintable(text)).toBe(true);
  });

  test.each([
    ['\u001b[31mred\u001b[0m', String.raw`\u{1b}[31mred\u{1b}[0m`],
    ['\u009d0;title\u009c', String.raw`\u{9d}0;title\u{9c}`],
    ['ok\r\u0008\u0008evil', String.raw`ok\u{d}\u{8}\u{8}evil`],
    ['\u001bP1;2|data', String.raw`\u{1b}P1;2|data`],
    ['❤\ufe0f\ufe0f\ufe0e', '❤\ufe0f\\u{fe0f}\\u{fe0e}'],
  ])('when text is the attack %j then every acting character is visible', (attack, shown) => {
    expect(printable(attack)).toBe(shown);
  });

  test('when a megabyte is hostile throughout then it is still escaped whole', () => {
    expect(printable('\u001b'.repeat(1_000_000))).toHaveLength('\\u{1b}'.length * 1_000_000);
  });
});

describe('oneLine', () => {
  test.each([
    ['  two\n\n lines\r\n', 'two lines'],
    ['a\tb\u00a0c\u0085d', 'a b c d'],
    ['a\u001bb', String.raw`a\u{1b}b`],
  ])('when given %j then it is one line', (text, line) => {
    expect(oneLine(text)).toBe(line);
  });
});
