import { PortiaError } from '../../domain/errors.js';
import type { Json } from '../../domain/values/json.js';
import { shellQuote } from '../../domain/values/shell-quote.js';
import { imageFormatOf } from '../../tools/image-format.js';
import { MAX_IMAGE_BYTES } from '../../tools/load-image.js';

/**
 * The value of an input that is an image, by what the bytes are and not by the name: `{type: "image", mime_type, data,
 * name}`, with the bytes in Base64. Undefined for a file that must be text. Throws a PortiaError `invalid-input` for an
 * image that no model can be shown, and for a PDF file.
 */
export function imageOfFile(path: string, content: Uint8Array): Json | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const format = imageFormatOf(bytes);
  if (!format.ok) {
    if (format.isText !== false) return undefined;
    throw unusable(path, `It is ${format.what}.`, format.fix);
  }
  if (bytes.length > MAX_IMAGE_BYTES) {
    const megabytes = (bytes.length / 1_000_000).toFixed(1);
    const why = `It has ${megabytes} MB, and an image may have ${MAX_IMAGE_BYTES / 1_000_000} MB.`;
    throw unusable(path, why, `Make it smaller: convert ${shellQuote(path)} -resize 2000x2000 smaller.jpg`);
  }
  return { type: 'image', mime_type: format.type, data: bytes.toString('base64'), name: lastName(path) };
}

function lastName(path: string): string {
  return path.split(/[/\\]/).at(-1) ?? path;
}

function unusable(path: string, why: string, fix: string | undefined): PortiaError {
  return new PortiaError('invalid-input', `${path} cannot be an input.`, {
    why,
    fix: fix ?? 'Give a text, or a png, jpeg, webp or gif image.',
  });
}
