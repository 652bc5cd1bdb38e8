import { cutText } from './cut-text.js';
import { isJsonObject, type Json } from './json.js';
import { oneLine } from './printable.js';

/** Kinds of images that models see, with the endings of their files. */
export const IMAGE_TYPES = {
  'image/png': ['png'],
  'image/jpeg': ['jpg', 'jpeg'],
  'image/webp': ['webp'],
  'image/gif': ['gif'],
} as const;

export type ImageType = keyof typeof IMAGE_TYPES;

/** Where an image is: a file's name, an https address, or a data URL. */
export interface ImageSource {
  kind: 'file' | 'address' | 'data';
  /** The name, the address or the data URL. */
  at: string;
}

const ENDING = new RegExp(`\\.(${Object.values(IMAGE_TYPES).flat().join('|')})$`, 'i');
const DATA_URL = /^data:(image\/[\w.+-]+);base64,/i;
const IMAGE_MIME = /^image\/[\w.+-]+$/i;
const MIME = /^[\w.+-]+\/[\w.+-]+$/;
const MOST_OF_NAME = 2_000;

/** What most providers count for an image of a screen or a page. */
export const TOKENS_PER_IMAGE = 1_500;

/** The image that a text names and nothing else: a file by its ending, an https address by that of its path. */
export function imageNamed(text: string): ImageSource | undefined {
  if (DATA_URL.test(text)) return { kind: 'data', at: text };
  if (text.length > MOST_OF_NAME || /[\r\n\0]/.test(text)) return undefined;
  if (/^https:\/\//i.test(text)) {
    return URL.canParse(text) && ENDING.test(new URL(text).pathname) ? { kind: 'address', at: text } : undefined;
  }
  return ENDING.test(text) && !/^[a-z][a-z\d+.-]+:/i.test(text) ? { kind: 'file', at: text } : undefined;
}

/** The images in a value, and the value with words in the place of their bytes. */
export interface ShownValue {
  shown: Json;
  sources: ImageSource[];
}

/**
 * The image that a value names, or those whose bytes it holds: itself, or as items of a list, as MCP servers give them
 * (`{type: "image", mime_type, data}`). Bytes of sounds and files are shown in words, too.
 */
export function imagesIn(value: Json): ShownValue {
  const named = typeof value === 'string' ? imageNamed(value) : undefined;
  if (named?.kind === 'file' || named?.kind === 'address') return { shown: value, sources: [named] };
  const items = Array.isArray(value) ? value : [value];
  if (!holdsBytes(value)) return { shown: value, sources: [] };
  const addresses = items.map(dataUrlOf);
  const shown = items.map((item, index) => {
    const address = addresses[index];
    return address === undefined ? withoutBytes(item) : inWords(address, item);
  });
  const sources = addresses.flatMap((at): ImageSource[] => (at === undefined ? [] : [{ kind: 'data', at }]));
  return { shown: Array.isArray(value) ? shown : (shown[0] ?? null), sources };
}

/** Whether the bytes of an image, a sound or a file are in the value: itself, or an item of a list. */
export function holdsBytes(value: Json): boolean {
  const items = Array.isArray(value) ? value : [value];
  return items.some((item) => dataUrlOf(item) !== undefined || withoutBytes(item) !== item);
}

function dataUrlOf(value: Json): string | undefined {
  if (typeof value === 'string') return DATA_URL.test(value) ? value : undefined;
  if (!isJsonObject(value)) return undefined;
  const { type, mime_type: mime, data } = value;
  if (type !== 'image' || typeof data !== 'string') return undefined;
  return `data:${typeof mime === 'string' && IMAGE_MIME.test(mime) ? mime : 'image/unknown'};base64,${data}`;
}

/** A sound or a file, as MCP servers give them, with words in the place of its bytes; the same value for all others. */
function withoutBytes(value: Json): Json {
  if (!isJsonObject(value)) return value;
  const { type, mime_type: mime, data } = value;
  if ((type !== 'audio' && type !== 'resource') || typeof data !== 'string') return value;
  const kind = typeof mime === 'string' && MIME.test(mime) ? mime : type;
  return { ...value, data: inWords(`data:${kind};base64,${data}`) };
}

/** `[image/png, 12 kB]`, or `[image a.png, 12 kB]` for one that was a file. */
function inWords(dataUrl: string, value: Json = null): string {
  const [head = ''] = dataUrl.split(';', 1);
  const bytes = Math.floor(((dataUrl.length - head.length) * 3) / 4);
  const name = isJsonObject(value) ? value['name'] : undefined;
  const type = head.slice('data:'.length) || 'image';
  const what = typeof name === 'string' && name !== '' ? `image ${oneLine(cutText(name, LONGEST_SHOWN))}` : type;
  return `[${what}, ${Math.ceil(bytes / 1_000)} kB]`;
}

const LONGEST_SHOWN = 100;
