import type { ImageType } from '../domain/values/images.js';

/** What the bytes of a file are, whatever its name says. */
export type ImageFormat =
  | { ok: true; type: ImageType }
  /** `what` completes "It is …". `isText`: false for what is certainly no text. */
  | { ok: false; what: string; fix?: string; isText?: false };

/** Recognises an image by its first bytes, and looks whether its end is there. */
export function imageFormatOf(bytes: Buffer): ImageFormat {
  if (bytes.length === 0) return { ok: false, what: 'empty' };
  const known = KNOWN.find(({ starts }) => starts(bytes));
  if (known !== undefined) {
    if (!known.isWhole(bytes)) return CUT_OFF;
    const size = known.sizeOf?.(bytes);
    return size !== undefined && size[0] * size[1] > MOST_PIXELS ? tooLarge(size) : { ok: true, type: known.type };
  }
  const other = OTHERS.find(({ starts }) => starts(bytes));
  return { ok: false, what: 'not an image', ...other };
}

const CUT_OFF: ImageFormat = {
  ok: false,
  what: 'cut off: its end is missing',
  fix: 'Copy or download it again.',
  isText: false,
};

/** More than providers take. A file of a few kB may unpack to gigabytes. */
const MOST_PIXELS = 100_000_000;

function tooLarge([width, height]: readonly [number, number]): ImageFormat {
  return {
    ok: false,
    what: `an image of ${width} × ${height} pixels, and models see up to ${MOST_PIXELS / 1_000_000} million`,
    fix: 'Make it smaller: convert OLD.png -resize 2000x2000 new.png',
    isText: false,
  };
}

const begins = (text: string, at = 0) => {
  const wanted = Buffer.from(text, 'latin1');
  return (bytes: Buffer) => bytes.subarray(at, at + wanted.length).equals(wanted);
};

interface Known {
  type: ImageType;
  starts(bytes: Buffer): boolean;
  isWhole(bytes: Buffer): boolean;
  /** Width and height in pixels, where packed pixels may be many more than bytes. */
  sizeOf?(bytes: Buffer): readonly [number, number] | undefined;
}

const isRiff = begins('RIFF');
const isWebp = begins('WEBP', 8);

const KNOWN: readonly Known[] = [
  { type: 'image/png', starts: begins('\x89PNG\r\n\x1a\n'), isWhole: hasEndOfPng, sizeOf: sizeOfPng },
  // Cameras write data of their own behind the end.
  {
    type: 'image/jpeg',
    starts: begins('\xff\xd8\xff'),
    isWhole: (bytes) => bytes.lastIndexOf('\xff\xd9', 'latin1') > 2,
  },
  { type: 'image/gif', starts: begins('GIF8'), isWhole: (bytes) => bytes.findLast((byte) => byte !== 0) === 0x3b },
  {
    type: 'image/webp',
    starts: (bytes) => isRiff(bytes) && isWebp(bytes),
    isWhole: (bytes) => bytes.readUInt32LE(4) + 8 <= bytes.length,
  },
];

/** Each part of a PNG file says how long it is; the last one is IEND. */
function hasEndOfPng(bytes: Buffer): boolean {
  for (let at = 8; at + 12 <= bytes.length; at += bytes.readUInt32BE(at) + 12) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'IEND') return true;
  }
  return false;
}

/** Its first part is IHDR, which begins with the size. */
function sizeOfPng(bytes: Buffer): readonly [number, number] | undefined {
  if (bytes.length < 24) return undefined;
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

const asPng = (what: string) => ({ what, isText: false as const, fix: 'Make a PNG file of it: convert OLD new.png' });

const OTHERS: readonly { starts(bytes: Buffer): boolean; what: string; fix: string; isText?: false }[] = [
  {
    starts: (bytes) =>
      /^\uFEFF?\s*(<\?xml[^]*?)?(<!--[^]*?-->\s*)*(<!doctype svg[^]*?>\s*)?<svg[\s>]/i.test(textOf(bytes)),
    what: 'an SVG drawing, which models cannot see',
    fix: 'Make a PNG file of it: rsvg-convert OLD.svg -o new.png',
  },
  {
    starts: begins('%PDF-'),
    what: 'a PDF file',
    isText: false,
    fix: 'pdf_reader_tool reads its text; for an image of its first page: pdftoppm -png -singlefile OLD.pdf new',
  },
  { starts: begins('BM'), ...asPng('a BMP image') },
  { starts: (bytes) => begins('II*\0')(bytes) || begins('MM\0*')(bytes), ...asPng('a TIFF image') },
  { starts: (bytes) => begins('ftyp', 4)(bytes), ...asPng('an image or film of the HEIC, AVIF or MP4 family') },
];

const textOf = (bytes: Buffer): string => bytes.toString('utf8', 0, 4_096);
