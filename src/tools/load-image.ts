import { cutText } from '../domain/values/cut-text.js';
import { IMAGE_TYPES, type ImageSource } from '../domain/values/images.js';
import { shownUrl } from '../domain/values/secret-names.js';
import { guardedFetch, RequestFault, type GuardedAnswer, type GuardedRequest } from './guarded-fetch.js';
import { imageFormatOf } from './image-format.js';
import { readLocated } from './open-located.js';
import { explainFileError, locateFile, type Jail } from './paths.js';

/** The longest image, in bytes. */
export const MAX_IMAGE_BYTES = 10_000_000;

export type LoadedImage =
  | { ok: true; dataUrl: string }
  /** `unavailable`: a server cannot be reached, or says to try later. */
  | { ok: false; message: string; fix?: string | undefined; unavailable?: boolean };

interface Loading {
  jail: Jail;
  signal: AbortSignal;
  /** Asks a server of the public internet. */
  fetch?: (request: GuardedRequest) => Promise<GuardedAnswer>;
}

/**
 * An image as models take it, after a look at its bytes: a file that tools may read, an address that `fetch_tool` could
 * read, or bytes that are there already. Rejects with the reason of the signal only.
 */
export async function loadImage(
  source: ImageSource,
  { jail, signal, fetch = guardedFetch }: Loading,
): Promise<LoadedImage> {
  switch (source.kind) {
    case 'file':
      return readImage(source.at, jail);
    case 'address':
      return fetchImage(source.at, { signal, fetch });
    case 'data': {
      const [, text = ''] = source.at.split(',', 2);
      return asDataUrl('The image', Buffer.from(text, 'base64'));
    }
  }
}

/** Whether a tool could read a file of this name. */
export async function isImageThere(name: string, jail: Jail): Promise<boolean> {
  const located = await locateFile(name, 'read', jail);
  return !located.ok || located.stats !== undefined;
}

async function readImage(name: string, jail: Jail): Promise<LoadedImage> {
  const located = await locateFile(name, 'read', jail);
  if (!located.ok) return { ok: false, message: located.message };
  const shown = JSON.stringify(cutText(name, 300));
  if (located.stats === undefined) return { ok: false, message: `There is no file ${shown}.` };
  try {
    const content = await readLocated(located, MAX_IMAGE_BYTES);
    return content === undefined ? tooLarge(shown, located.stats.size) : asDataUrl(shown, content);
  } catch (error) {
    return { ok: false, message: `Cannot read ${shown}: ${explainFileError(error)}` };
  }
}

const ACCEPT = Object.keys(IMAGE_TYPES).join(', ');

async function fetchImage(
  address: string,
  { signal, fetch }: Required<Pick<Loading, 'signal' | 'fetch'>>,
): Promise<LoadedImage> {
  if (!URL.canParse(address)) {
    return { ok: false, message: `${JSON.stringify(cutText(address, 300))} is not an address.` };
  }
  const shown = shownUrl(address);
  try {
    const answer = await fetch({
      url: new URL(address),
      headers: { accept: ACCEPT },
      signal,
      maxBytes: MAX_IMAGE_BYTES,
    });
    const { status } = answer;
    if (status >= 200 && status <= 299) return asDataUrl(shown, answer.body);
    const message = `There is no image at ${shown}: ${answer.url.host} answered with status ${status}.`;
    return { ok: false, message, unavailable: status === 429 || status >= 500 };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof RequestFault)) throw error;
    const message = `The image at ${shown} cannot be fetched: ${error.message}.`;
    return { ok: false, message, unavailable: error.kind === 'unreached' || error.kind === 'broken' };
  }
}

function asDataUrl(name: string, bytes: Buffer): LoadedImage {
  if (bytes.length > MAX_IMAGE_BYTES) return tooLarge(name, bytes.length);
  const format = imageFormatOf(bytes);
  if (format.ok) return { ok: true, dataUrl: `data:${format.type};base64,${bytes.toString('base64')}` };
  const kinds = 'Models see png, jpeg, webp and gif images.';
  return { ok: false, message: `${name} is ${format.what}.`, fix: format.fix ?? kinds };
}

function tooLarge(name: string, bytes: number): LoadedImage {
  return {
    ok: false,
    message: `${name} has ${(bytes / 1_000_000).toFixed(1)} MB, and an image may have ${MAX_IMAGE_BYTES / 1_000_000} MB.`,
    fix: 'Make it smaller: convert OLD.png -resize 2000x2000 new.jpg',
  };
}
