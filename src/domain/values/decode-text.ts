/** Why bytes are not read as UTF-8; both are sentences. */
interface NotUtf8 {
  why: string;
  fix: string;
}

export type DecodedText = { ok: true; text: string } | ({ ok: false } & NotUtf8);

/** The text of UTF-8 bytes without its byte order mark, or what the bytes are instead. */
export function decodeText(bytes: Uint8Array): DecodedText {
  const other = otherUnicodeOf(bytes);
  if (other !== undefined) return { ok: false, ...other };
  try {
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { ok: false, ...whyNotText(bytes) };
  }
}

/** What text in UTF-32 or UTF-16 is, by its beginning; undefined for all else. */
export function otherUnicodeOf(bytes: Uint8Array): NotUtf8 | undefined {
  const name = isUtf32(bytes) ? 'UTF-32' : utf16Of(bytes) === undefined ? undefined : 'UTF-16';
  if (name === undefined) return undefined;
  return { why: `It is ${name} text.`, fix: `Save it as UTF-8: iconv -f ${name} -t UTF-8 OLD > NEW` };
}

/** The order of UTF-16 that bytes are in, by their byte order mark, first letters or line ends; undefined when they are not. */
export function utf16Of(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  const [first, second, third, fourth] = bytes;
  if (isUtf32(bytes)) return undefined;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // Without its mark, text of Western letters has a zero beside each of them.
  const isLetter = (byte: number | undefined) => byte !== undefined && byte > 0;
  if (isLetter(first) && second === 0 && isLetter(third) && fourth === 0) return 'utf-16le';
  if (first === 0 && isLetter(second) && third === 0 && isLetter(fourth)) return 'utf-16be';
  return utf16OfLines(bytes);
}

/** Whether bytes begin with the byte order mark of UTF-32. */
function isUtf32([first, second, third, fourth]: Uint8Array): boolean {
  if (first === 0xff && second === 0xfe) return third === 0 && fourth === 0;
  return first === 0 && second === 0 && third === 0xfe && fourth === 0xff;
}

/** Without its mark, other text has a zero beside the signs that all languages share. UTF-8 has none beside line ends. */
function utf16OfLines(bytes: Uint8Array): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes.length % 2 === 1) return undefined;
  const end = bytes.indexOf(0x0a);
  const isLow = end % 2 === 0;
  const other = isLow ? bytes[end + 1] : bytes[end - 1];
  if (end === -1 || other !== 0) return undefined;
  return isLow ? 'utf-16le' : 'utf-16be';
}

function whyNotText(bytes: Uint8Array): NotUtf8 {
  // Whatever cannot be text in any encoding: zeros, and controls that no editor writes.
  if (bytes.subarray(0, 1000).some((byte) => byte < 7 || (byte > 13 && byte < 27))) {
    return { why: 'It is not text but a binary file.', fix: 'Give a text file in UTF-8.' };
  }
  const before = new TextDecoder('utf-8').decode(bytes).split('\uFFFD', 1)[0] ?? '';
  return {
    why: `It is not UTF-8: line ${before.split('\n').length} has a character in another encoding.`,
    fix: 'Save it as UTF-8: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW',
  };
}
