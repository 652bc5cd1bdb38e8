import { decodeText, utf16Of } from '../../domain/values/decode-text.js';
import { ContentRefused } from './content-refused.js';

/** Bytes that Windows-1252 leaves free, and those that no text has. */
const NO_LETTERS = /[\0\x81\x8D\x8F\x90\x9D]/;

/** What Windows-1252 has from 0x80 to 0x9F, where latin-1 has no letters. */
const WINDOWS_LETTERS = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ';

const SAY = 'Save it as UTF-8, or say its encoding, such as encoding=windows-1252';

/** Text in the encoding that is said, else in UTF-16 where it begins so, else in UTF-8. Throws ContentRefused. */
export function decode(content: Uint8Array, said?: string): string {
  const encoding = said ?? utf16Of(content);
  if (encoding !== undefined) return decodeAs(content, encoding);
  const decoded = decodeText(content);
  if (decoded.ok) return decoded.text;
  throw new ContentRefused(`${decoded.why.replace(/^It/, 'it')} ${SAY}`);
}

/** The same for a table: what is not UTF-8 is read as Windows-1252, in which Excel saves CSV, with a warning. */
export function decodeTable(content: Uint8Array, encoding?: string): { text: string; warnings: string[] } {
  if (encoding !== undefined || utf16Of(content) !== undefined) {
    return { text: decode(content, encoding), warnings: [] };
  }
  const decoded = decodeText(content);
  if (decoded.ok) return { text: decoded.text, warnings: [] };
  if (NO_LETTERS.test(Buffer.from(content).toString('latin1'))) {
    throw new ContentRefused(`it is neither UTF-8 nor Windows-1252 text. ${SAY.replace('windows-1252', 'shift_jis')}`);
  }
  const why = 'is not UTF-8 text, so it was read as Windows-1252';
  return {
    text: decodeAs(content, 'windows-1252'),
    warnings: [`${why}. If letters are wrong, say its encoding, such as encoding=iso-8859-2.`],
  };
}

function decodeAs(content: Uint8Array, encoding: string): string {
  const decoder = decoderFor(encoding);
  // Some versions of Node decode it as latin-1.
  if (decoder.encoding === 'windows-1252') return decodeWindows(content);
  try {
    return decoder.decode(content);
  } catch (cause) {
    throw new ContentRefused(`it is not ${decoder.encoding.toUpperCase()} text`, { cause });
  }
}

function decodeWindows(content: Uint8Array): string {
  const latin = Buffer.from(content).toString('latin1');
  return latin.replaceAll(/[\x80-\x9F]/g, (letter) => WINDOWS_LETTERS[letter.charCodeAt(0) - 0x80] ?? letter);
}

function decoderFor(encoding: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(encoding, { fatal: true });
  } catch (cause) {
    const known = 'Say utf-8, utf-16le, windows-1252, iso-8859-2, shift_jis, gb18030 or another name of the web';
    throw new ContentRefused(`the encoding ${JSON.stringify(encoding)} is not known. ${known}`, { cause });
  }
}
