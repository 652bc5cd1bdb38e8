import { expect, test } from 'vitest';

import { decodeText } from '../../../src/domain/values/decode-text.js';

test.each<[what: string, bytes: Buffer, why: string]>([
  ['little-endian UTF-16 with its mark', Buffer.from('\uFEFF{}', 'utf16le'), 'It is UTF-16 text.'],
  ['little-endian UTF-16 without its mark', Buffer.from('{"a": 1}', 'utf16le'), 'It is UTF-16 text.'],
  ['big-endian UTF-16', Buffer.from('{"a": 1}', 'utf16le').swap16(), 'It is UTF-16 text.'],
  ['UTF-16 of other letters', Buffer.from('имя\n', 'utf16le'), 'It is UTF-16 text.'],
  ['big-endian UTF-16 of other letters', Buffer.from('имя\n', 'utf16le').swap16(), 'It is UTF-16 text.'],
  ['UTF-32', Buffer.from('fffe00006100000062000000', 'hex'), 'It is UTF-32 text.'],
  ['big-endian UTF-32', Buffer.from('0000feff00000061', 'hex'), 'It is UTF-32 text.'],
  ['a picture', Buffer.from('89504e470d0a1a0a00', 'hex'), 'It is not text but a binary file.'],
  ['Latin-1', Buffer.from('{\n"a": "é"}', 'latin1'), 'It is not UTF-8: line 2 has a character in another encoding.'],
])('when the bytes are %s then that is the reason', (_what, bytes, why) => {
  expect(decodeText(bytes)).toEqual({ ok: false, why, fix: expect.stringContaining('UTF-8') });
});

test.each([
  ['\uFEFFé', 'é'],
  ['', ''],
  ['a\u0000b', 'a\u0000b'],
  ['a,b\n1,x\u0000y\n', 'a,b\n1,x\u0000y\n'],
])('when the bytes are the UTF-8 of %j then the text is %j', (text, expected) => {
  expect(decodeText(Buffer.from(text))).toEqual({ ok: true, text: expected });
});
