import { PortiaError } from '../domain/errors.js';
import { imageNamed, imagesIn, type ImageSource } from '../domain/values/images.js';
import { asText, type Json } from '../domain/values/json.js';
import type { Model, ModelMessage, ModelRequest } from '../models/model.js';
import type { ImageLoader } from './services.js';

/** The most images in one request, and their Base64 characters together. */
const MOST_IMAGES = 20;
const MOST_CHARACTERS = 40_000_000;

/**
 * The images that a model is shown of a value, each by its name, its address or as a data URL. What may be the user's
 * own data names files and no addresses: those would carry it away. For all other values it is the other way round.
 */
export async function imagesSeen(
  value: Json,
  { loader, isPrivate }: { loader: ImageLoader; isPrivate: boolean },
): Promise<string[]> {
  const seen: string[] = [];
  for (const source of imagesIn(value).sources) if (await isSeen(source, { loader, isPrivate })) seen.push(source.at);
  return seen;
}

async function isSeen(
  { kind, at }: ImageSource,
  { loader, isPrivate }: { loader: ImageLoader; isPrivate: boolean },
): Promise<boolean> {
  if (kind === 'data') return true;
  return kind === 'file' ? isPrivate && loader.isThere(at) : !isPrivate;
}

/** A request with its images in place of their names, as the model takes it. Rejects with the PortiaError of the loader. */
export async function withImages(
  request: ModelRequest,
  { loader, model, signal }: { loader: ImageLoader; model: Model; signal: AbortSignal },
): Promise<ModelRequest> {
  const named = request.messages.flatMap(imagesOf);
  if (named.length === 0) return request;
  if (model.takesImages === false) return { ...request, messages: withEach(request, () => []) };
  if (named.length > MOST_IMAGES) throw tooMany(`It has ${named.length} images`, `${MOST_IMAGES} images`);
  const loaded = new Map<string, string>();
  let characters = 0;
  for (const at of new Set(named)) {
    const dataUrl = await loader.load(imageNamed(at) ?? { kind: 'file', at }, signal);
    characters += dataUrl.length;
    if (characters > MOST_CHARACTERS) throw tooMany('Its images have more than 30 MB', '30 MB');
    loaded.set(at, dataUrl);
  }
  return { ...request, messages: withEach(request, (images) => images.map((at) => loaded.get(at) ?? at)) };
}

/** A request as it is kept: images that were given as bytes are in words. */
export function withNamedImages(request: ModelRequest): ModelRequest {
  return { ...request, messages: withEach(request, (images) => images.map((at) => asText(imagesIn(at).shown))) };
}

function withEach(
  { messages }: ModelRequest,
  change: (images: readonly string[]) => readonly string[],
): ModelMessage[] {
  return messages.map((message) =>
    'images' in message && message.images !== undefined ? { ...message, images: change(message.images) } : message,
  );
}

function imagesOf(message: ModelMessage): readonly string[] {
  return 'images' in message ? (message.images ?? []) : [];
}

function tooMany(has: string, most: string): PortiaError {
  return new PortiaError('invalid-input', 'The request shows too many images.', {
    why: `${has}, and one request may show ${most}.`,
    fix: 'Show them in several steps, such as one for each item of a for_each.',
    retryable: false,
  });
}
