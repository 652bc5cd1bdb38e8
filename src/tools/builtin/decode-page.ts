import { utf16Of } from '../../domain/values/decode-text.js';
import { decode, decodeTable } from './decode-content.js';
import { ContentRefused } from './content-refused.js';

/** Where HTML may say its encoding, in bytes. */
const HEAD_BYTES = 1024;
const IN_HTML = /<meta\s[^>]*charset\s*=\s*["']?\s*([\w-]+)/i;

/**
 * Text as browsers decode it: in the encoding that is said or found in it, in spite of a wrong letter. Throws
 * ContentRefused for what is not text.
 */
export function decodePage(content: Uint8Array, said: string | undefined): string {
  const text = decodeInSpite(content, said);
  if (text.includes('\0')) throw new ContentRefused('it is not text but a binary file');
  return text;
}

function decodeInSpite(content: Uint8Array, said: string | undefined): string {
  const head = Buffer.from(content.subarray(0, HEAD_BYTES)).toString('latin1');
  const encoding = utf16Of(content) ?? [said, IN_HTML.exec(head)?.[1]].find(isKnown);
  if (encoding === undefined) return decodeTable(content).text;
  try {
    return decode(content, encoding);
  } catch (error) {
    if (!(error instanceof ContentRefused)) throw error;
    return new TextDecoder(encoding).decode(content);
  }
}

function isKnown(encoding: string | undefined): encoding is string {
  if (encoding === undefined) return false;
  try {
    return new TextDecoder(encoding).encoding !== '';
  } catch {
    return false;
  }
}
