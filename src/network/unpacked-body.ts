import type { IncomingMessage } from 'node:http';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';

/** The body of an answer as it was before the server, or something on the way, packed it. */
export function unpackedBody(incoming: IncomingMessage): Readable {
  const unpack = unpackerFor(incoming.headers['content-encoding']?.trim().toLowerCase());
  if (unpack === undefined) return incoming;
  // An error in one stream ends the last one, too, so that its reader gets the error.
  return pipeline(incoming, unpack, () => undefined);
}

function unpackerFor(encoding: string | undefined) {
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
