import { expect, test } from 'vitest';

import decoder from '../../.config/text-decoding.js';

test.each([
  ['UTF-8', 'Grüße', '4772c3bcc39f65'],
  ['UTF-16LE', 'Grüße', '47007200fc00df006500'],
  ['ISO-8859-1', 'Grüße', '4772fcdf65'],
  ['windows-1251', 'Привет', 'cff0e8e2e5f2'],
  ['Shift_JIS', 'こん', '82b182f1'],
  ['GB18030', '中文', 'd6d0cec4'],
])('when a text in %s was edited then it is decoded', (encoding, text, bytes) => {
  expect(decoder.encodingExists(encoding)).toBe(true);
  expect(decoder.decode(Buffer.from(bytes, 'hex'), encoding)).toBe(text);
});

test('when an encoding is not known then that is said', () => {
  expect(decoder.encodingExists('EBCDIC-AT-DE')).toBe(false);
});
