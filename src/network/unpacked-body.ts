import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** The body of an answer as it was before the server, or what is on the way, packed it, maybe more than once. */
export function unpackedBody(incoming: IncomingMessage): Readable {
  const encodings = (incoming.headers['content-encoding'] ?? '').toLowerCase().split(',');
  // An error in one stream ends the last one, too, so that its reader gets the error.
  return encodings.reduceRight<Readable>((body, encoding) => {
    const unpack = unpackerFor(encoding.trim());
    return unpack === undefined ? body : pipeline(body, unpack, () => undefined);
  }, incoming);
}

function unpackerFor(encoding: string) {
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      return undefined;
  }
}
